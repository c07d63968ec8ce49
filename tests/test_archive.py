"""Archives from strangers: what they hold is read, and what is a trap is named."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from data.errors import InputError
from geo import archive
from geo.archive import Archive


def packed(folder: Path, files: dict[str, bytes], **how: int) -> Path:
    target = folder / "file"
    with zipfile.ZipFile(target, "w", how.get("compression", zipfile.ZIP_DEFLATED)) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return target


def refused(file: Path) -> str:
    """The one sentence by which an archive is refused."""

    def read_all() -> None:
        opened = Archive(file, "it.zip")
        for name in opened.members:
            opened.read(name)

    with pytest.raises(InputError) as caught:
        read_all()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_members_are_read_by_name(tmp_path: Path) -> None:
    made = Archive(packed(tmp_path, {"a/b.shp": b"1", "c.txt": b"2"}), "it.zip")
    assert {name: made.read(name) for name in made.members} == {"a/b.shp": b"1", "c.txt": b"2"}


def test_what_systems_add_is_passed_over(tmp_path: Path) -> None:
    file = packed(tmp_path, {"__MACOSX/._a.shp": b"x", ".DS_Store": b"x", "a.shp": b"1"})
    assert list(Archive(file, "it.zip").members) == ["a.shp"]


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "a/../../b.shp",
        "/etc/passwd",
        "..\\..\\b.shp",
        "C:\\b.shp",
        "\\\\host\\share\\b.shp",
        "a.shp\0.txt",
    ],
)
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    # zipfile itself tidies names when it writes; a stranger's tool does not.
    stand_in = "#" * len(name)
    file = packed(tmp_path, {stand_in: b"x"})
    file.write_bytes(file.read_bytes().replace(stand_in.encode(), name.encode()))
    assert "leads out of the archive" in refused(file)
    assert [each.name for each in tmp_path.rglob("*")] == ["file"]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_what_is_no_plain_file_is_refused(tmp_path: Path, kind: int) -> None:
    entry = zipfile.ZipInfo("a.shp")
    entry.create_system = 3
    entry.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "file", "w") as made:
        made.writestr(entry, "/etc/passwd")
    assert "holds a link instead of a file" in refused(tmp_path / "file")


@pytest.mark.parametrize("name", ["inner.zip", "inner.KMZ", "deep/inner.tar.gz", "a.shp"])
def test_an_archive_in_an_archive_is_refused(tmp_path: Path, name: str) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as made:
        made.writestr("b.shp", b"x")
    said = refused(packed(tmp_path, {name: inner.getvalue()}))
    assert f"holds another archive, {Path(name).name}" in said


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    file = packed(tmp_path, {"a.shp": b"\0" * (archive.LARGEST_UNPACKED_BYTES + 1)})
    assert file.stat().st_size < 200_000
    assert "unpacks to more than 100 MB" in refused(file)


def test_many_files_that_are_a_bomb_together_are_refused(tmp_path: Path) -> None:
    many = {f"{n}.shp": b"\0" * 3_000_000 for n in range(40)}
    assert "unpacks to more than" in refused(packed(tmp_path, many))


def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    size = 30_000_000
    file = packed(tmp_path, {"a.shp": b"\0" * size})
    content = file.read_bytes()
    assert content.count(struct.pack("<I", size)) == 2
    file.write_bytes(content.replace(struct.pack("<I", size), struct.pack("<I", 10)))
    assert "it.zip" in refused(file)


def test_files_that_lie_over_each_other_are_refused(tmp_path: Path) -> None:
    """A bomb of the kind in which many entries of the index mean the same bytes."""
    file = packed(tmp_path, {"a.shp": bytes(range(256)) * 2_000})
    content = file.read_bytes()
    at = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    entry, tail = content[at:end], bytearray(content[end:])
    many = 150
    tail[8:12] = struct.pack("<HH", many, many)
    tail[12:16] = struct.pack("<I", many * len(entry))
    entries = [entry.replace(b"a.shp", f"{n:03}.s".encode()) for n in range(many)]
    file.write_bytes(content[:at] + b"".join(entries) + bytes(tail))
    assert "it.zip" in refused(file)


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    file = packed(tmp_path, {f"{n}.txt": b"" for n in range(archive.MOST_ENTRIES + 1)})
    assert "holds 201 files" in refused(file)


def test_a_locked_archive_is_refused(tmp_path: Path) -> None:
    file = packed(tmp_path, {"a.shp": b"x" * 100})
    content = bytearray(file.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    file.write_bytes(bytes(content))
    assert "locked with a password" in refused(file)


@pytest.mark.parametrize("keep", [30, 60, 90])
def test_a_damaged_archive_is_named(tmp_path: Path, keep: int) -> None:
    file = packed(tmp_path, {"a.shp": bytes(range(256)) * 40})
    content = file.read_bytes()
    file.write_bytes(content[: len(content) * keep // 100])
    assert "damaged ZIP archive" in refused(file)


def test_a_member_that_is_damaged_is_named(tmp_path: Path) -> None:
    file = packed(tmp_path, {"a.shp": bytes(range(256)) * 40})
    content = bytearray(file.read_bytes())
    content[60] ^= 0xFF
    file.write_bytes(bytes(content))
    assert "damaged ZIP archive" in refused(file)
