"""Files appear whole or not at all; `tests.test_export` has what becomes of a full disk."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from data import atomic


def test_pieces_and_bytes_are_put_under_the_name(tmp_path: Path) -> None:
    file = tmp_path / "it.bin"
    atomic.write(b"old", file)
    atomic.write((piece for piece in (b"new", b"er")), file)
    assert file.read_bytes() == b"newer"
    assert list(tmp_path.iterdir()) == [file]


def test_what_fails_halfway_leaves_what_was_there(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise KeyboardInterrupt

    file, draft = tmp_path / "it.bin", tmp_path / "elsewhere" / "draft"
    draft.parent.mkdir()
    atomic.write(b"old", file)
    for place in (None, draft):
        with pytest.raises(KeyboardInterrupt):
            atomic.write(pieces(), file, draft=place)
    assert file.read_bytes() == b"old"
    assert sorted(tmp_path.rglob("*")) == [draft.parent, file]


def test_what_a_killed_process_left_is_in_nobody_s_way(tmp_path: Path) -> None:
    file = tmp_path / "it.bin"
    # As it would be after a process of this number; a link leads nobody astray.
    left = tmp_path / f".it.bin.{os.getpid()}-{threading.get_ident()}.part"
    left.symlink_to(tmp_path / "other")
    atomic.write(b"whole", file)
    assert file.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [file]


def test_two_threads_write_one_file(tmp_path: Path) -> None:
    file, both = tmp_path / "it.bin", threading.Barrier(2)
    faults: list[BaseException] = []

    def pieces(letter: bytes) -> Iterator[bytes]:
        yield letter
        both.wait(timeout=60)
        yield letter

    def write(letter: bytes) -> None:
        try:
            atomic.write(pieces(letter), file)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=write, args=(letter,)) for letter in (b"a", b"b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert file.read_bytes() in (b"aa", b"bb")
    assert list(tmp_path.iterdir()) == [file]
