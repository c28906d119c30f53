"""The first screen as it was drawn last time, so that it can be read before anything is there that makes it.

It is kept in the cache folder under the SHA-256 of every rule, of the code that draws it, and of the size of the
terminal, so it is what will be drawn again in a moment. It holds no answer of anybody. One that is damaged, or that
somebody else could have written, is not looked at.
"""

from __future__ import annotations

import os
import sys

from quiz import ansi, opening

TYPE_CHECKING = False  # as typing has it, whose import would cost milliseconds
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ENDING = ".screen"
MOST_KEPT = 4
"""Files in the cache folder: the last sizes of terminal, and the menu."""

LARGEST = 65_536
"""Bytes of such a file."""

HERE = os.path.dirname(os.path.abspath(__file__))
CODE = ("", "commands", "rulebase")
"""Folders of modules of which one or the other decides what a first screen shows."""

_told = False
"""Whether what is said before the first screen was shown with it."""

_wanted = ""
"""The name under which the first screen is to be kept, or nothing."""

_said: list[str] = []
"""What was said before the first screen."""


def show(what: str) -> None:
    """Show the first screen of "ask" or "menu" if it is known, with all that is said before."""
    global _told, _wanted
    name = _name(what)
    found = _read(name) if name else None
    if found is None:
        _wanted = name
        return
    said, rows = found
    opening.write("".join(f"{line}\n" for line in said))
    text = ansi.drawn(rows, opening.size()[0], ansi.colour_is_wanted())
    opening.show(f"{ansi.HIDE}{text}{ansi.up(len(rows) - 1)}\r")
    _told = bool(said)


def say(text: str, say: Callable[[str], object]) -> None:
    """Say this before the first screen, unless it was shown already."""
    if not _told:
        _said.append(text)
        say(text)


def keep(rows: Sequence[Sequence[tuple[str, str]]], page: Callable[[str], str]) -> None:
    """Keep the rows of the first screen for the next time, where they are not known. `page` sets what was said."""
    global _wanted
    name, _wanted = _wanted, ""
    if not name:
        return
    from contextlib import suppress
    from hashlib import sha256

    from quiz.filebytes import replace

    body = _written([line for text in _said for line in page(text).split("\n")], rows)
    with suppress(OSError):
        folder = os.path.dirname(name)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        replace(name, sha256(body).hexdigest().encode() + b"\n" + body, private=True)
        kept = [each for each in os.scandir(folder) if each.name.endswith(ENDING)]
        for old in sorted(kept, key=lambda each: each.stat().st_mtime, reverse=True)[MOST_KEPT:]:
            os.unlink(old.path)


# --- where it is --------------------------------------------------------------------------------------------


def _name(what: str) -> str:
    """The file of this screen on this terminal, or nothing where none can be."""
    folder, rules = _folder(), _rules()
    if not folder or not rules:
        return ""
    from hashlib import sha256

    digest = sha256(f"{what}\0{opening.size()}\0{sys.version}".encode())
    try:
        for path in (*_files(rules, (".yaml", ".yml")), *_code()):
            digest.update(f"\0{path}\0".encode("utf-8", "surrogateescape"))
            with open(path, "rb", buffering=0) as file:
                digest.update(file.read())
    except OSError:
        return ""
    return os.path.join(folder, digest.hexdigest() + ENDING)


def _folder() -> str:
    """The cache folder, the same as that of compiled rules; nothing where there is no home."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    home = "~/Library/Caches" if sys.platform == "darwin" else "~/.cache"
    folder = given if given.startswith("/") else os.path.expanduser(home)
    return os.path.join(folder, "electrolyte-quiz") if os.path.isabs(folder) else ""


def _rules() -> str:
    """The folder of the shipped rules, as `quiz.rulebase` finds it; nothing where they lie in an archive."""
    places = (os.path.join(HERE, "rules"), os.path.join(os.path.dirname(HERE), "rules"))
    return next((place for place in places if os.path.isdir(place)), "")


def _files(folder: str, endings: tuple[str, ...]) -> Iterator[str]:
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda each: each.name)
    for each in found:
        if each.is_dir():
            yield from _files(each.path, endings)
        elif each.name.endswith(endings):
            yield each.path


def _code() -> Iterator[str]:
    for folder in CODE:
        for name in sorted(os.listdir(os.path.join(HERE, folder))):
            if name.endswith(".py"):
                yield os.path.join(HERE, folder, name)


def _read(name: str) -> tuple[list[str], list[list[tuple[str, str]]]] | None:
    """Lines to say and rows to draw, or None where there are none that can be trusted."""
    from hashlib import sha256

    try:
        with open(name, "rb", opener=lambda path, flags: os.open(path, flags | getattr(os, "O_NOFOLLOW", 0))) as file:
            about = os.fstat(file.fileno())
            if about.st_uid != os.getuid() or about.st_mode & 0o022 or about.st_size > LARGEST:
                return None
            digest, _, body = file.read().partition(b"\n")
        return _understood(body) if sha256(body).hexdigest().encode() == digest else None
    except (OSError, ValueError, AttributeError):  # the last: where nobody owns a file
        return None


def _written(said: Sequence[str], rows: Sequence[Sequence[tuple[str, str]]]) -> bytes:
    """How many lines are said; these; then a line for each row, a tab between each style and text of it."""
    drawn = ["\t".join(part for piece in row for part in piece) for row in rows]
    return "\n".join((str(len(said)), *said, *drawn)).encode("utf-8", "replace")


def _understood(body: bytes) -> tuple[list[str], list[list[tuple[str, str]]]]:
    """Raises ValueError where it is nothing that can be shown."""
    count, *lines = body.decode().split("\n")
    said, drawn = lines[: int(count)], [line.split("\t") if line else [] for line in lines[int(count) :]]
    rows = [list(zip(parts[::2], parts[1::2], strict=True)) for parts in drawn]
    if len(rows) > opening.size()[1]:
        raise ValueError("more rows than there is room for")
    for style, text in (piece for row in rows for piece in row):
        if style not in ansi.STYLES or not text.isprintable():
            raise ValueError("not what is drawn here")
    if not all(line.isprintable() for line in said):
        raise ValueError("not what is said here")
    return said, rows
