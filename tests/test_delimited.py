"""Tables as people save them: what can be read right is, the rest is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import delimited
from data.errors import InputError

ROWS = [(2, {"date": "2025-12-14", "model": "Молнія, Kub"})]


def written(folder: Path, content: bytes | str) -> Path:
    path = folder / "reports.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings_and_separators(
    tmp_path: Path, encoding: str, separator: str, line_end: str
) -> None:
    lines = [f"Date{separator}model", f'2025-12-14{separator}"Молнія, Kub"']
    text = line_end.join(lines) + line_end
    found = delimited.read(written(tmp_path, text.encode(encoding)), error=InputError)
    assert found.header == ("date", "model")
    assert list(found.rows) == ROWS
    assert not found.left_out
    assert len(found.notes) == (encoding in ("utf-16", "cp1251"))


def test_the_lines_are_those_of_the_file(tmp_path: Path) -> None:
    text = 'a,b\n\n1,2\n"x\ny",3\nonly one\na,b\n,\n5,6,\n7,8,9\n'
    found = delimited.read(written(tmp_path, text), error=InputError)
    assert list(found.rows) == [
        (3, {"a": "1", "b": "2"}),
        (4, {"a": "x y", "b": "3"}),
        (9, {"a": "5", "b": "6"}),
    ]
    assert list(found.left_out) == [
        (6, "it has 1 cell, the header 2."),
        (7, "it is the header again."),
        (10, "it has 3 cells, the header 2."),
    ]


def test_a_separator_is_chosen_by_the_cells_it_makes(tmp_path: Path) -> None:
    found = delimited.read(written(tmp_path, 'a;"b, c, d"\n1;2\n'), error=InputError)
    assert found.header == ("a", "b, c, d")


def test_blank_lines_and_what_excel_writes_above_the_header(tmp_path: Path) -> None:
    found = delimited.read(written(tmp_path, ",,\n\nsep=;\na;b\n1,5;2\n3\n"), error=InputError)
    assert list(found.rows) == [(5, {"a": "1,5", "b": "2"})]
    assert list(found.left_out) == [(6, "it has 1 cell, the header 2.")]


def test_a_row_that_is_there_twice_is_left_out(tmp_path: Path) -> None:
    text = "a,b\n1,2\n1,3\n1, 2\n"
    found = delimited.read(written(tmp_path, text), error=InputError).without_repeats()
    assert [line for line, _ in found.rows] == [2, 3]
    assert list(found.left_out) == [(4, "it is the same as line 2.")]


def test_a_missing_quotation_mark_is_guessed(tmp_path: Path) -> None:
    found = delimited.read(written(tmp_path, 'a,b\n1,2\n"3,4\n5,6\n'), error=InputError)
    assert list(found.rows) == [(2, {"a": "1", "b": "2"})]
    assert list(found.left_out) == [
        (
            3,
            "it has 1 cell, the header 2; it goes on to line 4: a quotation mark may lack its "
            "partner.",
        )
    ]


def test_a_million_characters_in_a_cell_are_one_row_lost(tmp_path: Path) -> None:
    text = f"a,b\n1,2\n{'x' * 1_000_000},3\n4,5\n"
    found = delimited.read(written(tmp_path, text), error=InputError)
    assert [line for line, _ in found.rows] == [2, 4]
    assert list(found.left_out) == [(3, "a cell is longer than 131,072 characters.")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n \r\n", "is empty"),
        (b",,,,\n", "has no line of column names"),
        (b'""\n', "has no line of column names"),
        (b"PK\x03\x04rest", "is a ZIP archive or a spreadsheet"),
        (b"a,b\n1,\x00\n", "line 2 holds a zero byte"),
        ("a,b\n1,Zürich\n".encode("latin-1"), "line 2 is not; save it as CSV UTF-8"),
        (b"a,b\n1,2\n3,\x98\n", "line 3 is not; save it as CSV UTF-8"),
        (b"x" * 200_000, "line 1: a cell is longer than 131,072 characters"),
    ],
)
def test_what_is_no_table_is_one_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(InputError, match=r"^reports\.csv [^\n]*\.$") as caught:
        delimited.read(written(tmp_path, content), error=InputError)
    assert sentence in str(caught.value)


@pytest.mark.parametrize("name", ["nowhere.csv", ".", "https://example.org/a.csv"])
def test_what_is_no_local_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="there is no file"):
        delimited.read(tmp_path / name, error=InputError)


def test_a_file_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "LARGEST_FILE_BYTES", 3)
    with pytest.raises(InputError, match="is larger than 64 MB"):
        delimited.read(written(tmp_path, "a,b\n"), error=InputError)


def test_columns_are_asked_for_by_name(tmp_path: Path) -> None:
    found = delimited.read(written(tmp_path, "a,b,a\n1,2,3\n"), error=InputError)
    found.require(["b"], error=InputError)
    with pytest.raises(InputError, match=r"has no column c, d; it has a, b, a\.$"):
        found.require(["b", "c", "d"], error=InputError)
    with pytest.raises(InputError, match="has the column a twice in its header"):
        found.require(["a"], error=InputError)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1", "'quoted'"])
def test_a_formula_is_guarded_and_given_back(text: str) -> None:
    assert delimited.guarded(text) == f"'{text}"
    assert delimited.unguarded(delimited.guarded(text)) == text


@given(st.text())
def test_guarding_loses_nothing(text: str) -> None:
    guarded = delimited.guarded(text)
    assert delimited.unguarded(guarded) == text
    assert not guarded.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@pytest.mark.parametrize("text", ["'Ivano", "Kalibr", "", "'"])
def test_a_plain_text_stays(text: str) -> None:
    assert delimited.unguarded(text) == text
