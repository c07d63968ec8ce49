"""Files that appear under their name whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable
from pathlib import Path


def write(content: bytes | Iterable[bytes], path: Path, *, draft: Path | None = None) -> None:
    """Put bytes under a name at once: a file that is there is replaced whole, or stays as it was.

    What comes in pieces is written piece by piece.

    Parameters
    ----------
    draft
        Where the bytes stay until all are there: on the same disk, and nobody else's. By default a
        hidden file beside the one they are for.

    Raises
    ------
    OSError
        Where the folder does not take the file or the disk is full; nothing is left of it then.
    """
    draft = _beside(path) if draft is None else draft
    try:
        draft.unlink(missing_ok=True)  # of a process that was killed
        with draft.open("xb") as file:
            file.writelines([content] if isinstance(content, bytes) else content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _settle(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    # Other processes and threads may be writing the same file.
    return path.with_name(f".{path.name[:80]}.{os.getpid()}-{threading.get_ident()}.part")


def _settle(folder: Path) -> None:
    """Have the disk remember the names in a folder, where the system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
