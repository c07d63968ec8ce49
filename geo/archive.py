"""ZIP archives from strangers: what is in them, read under names of ours.

Nothing is ever unpacked to where an archive says. Members are read one by one, by what was counted
and not by what the archive claims, and an archive that looks like a trap is refused as a whole.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from data.errors import InputError
from data.language import _, ngettext

MOST_ENTRIES = 200
LARGEST_UNPACKED_BYTES = 100 * 1024 * 1024
# Text packs to a twentieth; what packs to less than this is mostly one byte, many times over.
MOST_TIMES_LARGER = 200
_SMALL_BYTES = 1024 * 1024
_ARCHIVES = (".zip", ".kmz", ".7z", ".rar", ".gz", ".bz2", ".xz", ".tar", ".tgz", ".zst")
_MARKS = (b"PK\x03\x04", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_PIECE = 1 << 20
# What systems put into archives by themselves.
_LITTER = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")


class Archive:
    """An archive that has been looked over.

    Raises
    ------
    InputError
        Where it is damaged, encrypted, too large, holds another archive, a link, or a name that
        leads out of it.
    """

    def __init__(self, file: Path, name: str) -> None:
        self._name = name
        try:
            self._archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as fault:
            raise InputError(
                _("{name} is a damaged ZIP archive; pack it again.").format(name=name)
            ) from fault
        self._left = LARGEST_UNPACKED_BYTES
        entries = self._archive.infolist()
        if len(entries) > MOST_ENTRIES:
            raise InputError(
                ngettext(
                    "{name} holds {n} file; at most {most} are looked at.",
                    "{name} holds {n} files; at most {most} are looked at.",
                    len(entries),
                ).format(name=name, n=f"{len(entries):,}", most=MOST_ENTRIES)
            )
        self.members: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            self._look_over(entry)
        claimed = sum(entry.file_size for entry in entries)
        packed = sum(entry.compress_size for entry in entries)
        bomb = claimed > _SMALL_BYTES and claimed > MOST_TIMES_LARGER * max(packed, 1)
        if claimed > LARGEST_UNPACKED_BYTES or bomb:
            raise self._too_large()

    def _look_over(self, entry: zipfile.ZipInfo) -> None:
        """Refuse an entry that is no plain file in the archive; note one that is."""
        # As it was written: zipfile itself cuts a name at a null byte.
        name = entry.orig_filename.replace("\\", "/")
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\0" in name or ":" in name:
            raise InputError(
                _("{name} holds a file whose name leads out of the archive; pack it again.").format(
                    name=self._name
                )
            )
        mode = entry.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise InputError(
                _("{name} holds a link instead of a file; pack the files themselves.").format(
                    name=self._name
                )
            )
        if entry.flag_bits & 0x1:
            raise InputError(
                _("{name} is locked with a password; pack it without one.").format(name=self._name)
            )
        if entry.is_dir() or path.name in _LITTER or path.parts[:1] == (_LITTER[0],):
            return
        if path.suffix.lower() in _ARCHIVES:
            raise self._nested(path.name)
        self.members[name] = entry

    def read(self, name: str) -> bytes:
        """The content of a member.

        Raises
        ------
        InputError
            Where it is damaged, itself an archive, or unpacks to more than the archive said or may.
        """
        entry = self.members[name]
        pieces, size = [], 0
        try:
            with self._archive.open(entry) as stream:
                while piece := stream.read(_PIECE):
                    size += len(piece)
                    if size > self._left or size > entry.file_size:
                        raise self._too_large()
                    pieces.append(piece)
        except (zipfile.BadZipFile, OSError, EOFError, zlib.error, NotImplementedError) as fault:
            raise InputError(
                _("{name} is a damaged ZIP archive; pack it again.").format(name=self._name)
            ) from fault
        self._left -= size
        content = b"".join(pieces)
        if content.startswith(_MARKS):
            raise self._nested(PurePosixPath(name).name)
        return content

    def _nested(self, inner: str) -> InputError:
        return InputError(
            _("{name} holds another archive, {inner}; unpack that one first.").format(
                name=self._name, inner=inner[-60:]
            )
        )

    def _too_large(self) -> InputError:
        return InputError(
            _("{name} unpacks to more than {n} MB; give a smaller file.").format(
                name=self._name, n=LARGEST_UNPACKED_BYTES // 1024**2
            )
        )
