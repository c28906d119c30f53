"""Files replaced whole: the old one or the new one, never a part, and nothing left beside."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from quiz.filebytes import replace


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file.yaml"
    path.write_bytes(b"old")
    return path


def test_only_the_new_file_stands_in_the_folder(file: Path) -> None:
    replace(file, b"new")

    assert {each.name: each.read_bytes() for each in file.parent.iterdir()} == {"file.yaml": b"new"}


def failing(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("step", ["replace", "fsync"])
def test_where_it_fails_the_old_file_stands_alone(file: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    monkeypatch.setattr(os, step, failing)

    with pytest.raises(OSError, match="No space left"):
        replace(file, b"new", lasting=True)

    assert {each.name: each.read_bytes() for each in file.parent.iterdir()} == {"file.yaml": b"old"}


@pytest.mark.parametrize(("before", "private", "after"), [(0o640, False, 0o640), (0o644, True, 0o600)])
def test_a_file_may_be_read_by_those_who_could_unless_it_is_private(
    file: Path, before: int, private: bool, after: int
) -> None:
    file.chmod(before)

    replace(file, b"new", private=private)

    assert stat.S_IMODE(file.stat().st_mode) == after


def test_a_private_file_is_never_readable_by_others_not_even_while_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []
    move = os.replace

    def seen(beside: str, path: Path) -> None:
        modes.append(stat.S_IMODE(os.stat(beside).st_mode))
        move(beside, path)

    monkeypatch.setattr(os, "replace", seen)
    replace(tmp_path / "new.yaml", b"new", private=True)

    assert modes == [0o600]
