"""The rules as they stand in a folder, or stood at a revision of the git repository that holds the folder."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from quiz.errors import QuizError

ELSEWHERE = "with --rules DIR, a revision is looked for in the repository of that folder"


def rules_at(revision: str, folder: Path, into: Path) -> Path:
    """The folder of rules as it was at a git revision, written under `into`.

    `folder` is where the rules stand now. Raises QuizError where there is no git, no repository, or no such revision.
    """
    folder = folder.resolve()
    top = Path(_git(folder, ["rev-parse", "--show-toplevel"], f"{folder}: is in no git repository", ELSEWHERE))
    inside = folder.relative_to(top.resolve()).as_posix()
    commit = _git(
        top,
        ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"],
        f'"{revision}" is neither a folder nor a git revision',
    )
    packed = _run(top, ["archive", "--format=tar", commit, "--", inside])
    if packed.returncode:
        raise QuizError(f'at "{revision}" there is no folder {inside}\n  hint: was it somewhere else then?')
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as files:
        for each in files:
            content = files.extractfile(each) if each.isfile() else None
            parts = PurePosixPath(each.name).parts
            if content is not None and ".." not in parts and not PurePosixPath(each.name).is_absolute():
                place = into.joinpath(*parts)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content.read())
    return into / inside


def _git(folder: Path, arguments: Sequence[str], otherwise: str, hint: str = "") -> str:
    """What git says. Where it fails, `otherwise` is told, with git's own reason and a way out."""
    done = _run(folder, arguments)
    if done.returncode:
        why = done.stderr.decode("utf-8", "replace").strip().splitlines()
        hints = [f"git says: {why[-1]}" if why else "give a folder of rules, a branch, a tag or a commit", hint]
        raise QuizError(otherwise + "".join(f"\n  hint: {each}" for each in hints if each))
    return done.stdout.decode("utf-8").strip()


def _run(folder: Path, arguments: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False)
    except OSError as error:
        raise QuizError("git is not on this machine\n  hint: give two folders of rules instead") from error
