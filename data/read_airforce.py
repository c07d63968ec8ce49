"""The Air Force table as Kaggle gives it: CSV, or that in a ZIP archive."""

from __future__ import annotations

import csv
import io
import zipfile

from data import airforce_source
from data.errors import RefusedError
from data.language import _

_LARGEST_BYTES = 50_000_000
_FEWEST_ROWS = 1_000


def read(body: bytes) -> bytes:
    """The table as CSV, once it has the columns that the project reads.

    Raises
    ------
    RefusedError
        Saying what is wrong.
    """
    content = _unpacked(body) if body.startswith(b"PK\x03\x04") else body
    try:
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        head = next(rows, [])
        count = sum(1 for _row in rows)
    except (UnicodeDecodeError, csv.Error) as fault:
        raise RefusedError(_("the file is not a table in CSV.")) from fault
    lacking = sorted(set(airforce_source.NEEDED) - set(head))
    if lacking:
        raise RefusedError(
            _("the table lacks the columns {names}.").format(names=", ".join(lacking))
        )
    if count < _FEWEST_ROWS:
        raise RefusedError(
            _("the table has {n} rows; the published one has thousands.").format(n=count)
        )
    return content


def _unpacked(body: bytes) -> bytes:
    """The one table in an archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            tables = [each for each in archive.infolist() if each.filename.endswith("daily.csv")]
            if len(tables) != 1 or tables[0].file_size > _LARGEST_BYTES:
                raise RefusedError(_("the archive does not hold the table of attacks."))
            with archive.open(tables[0]) as file:
                content = file.read(_LARGEST_BYTES + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as fault:
        raise RefusedError(_("the archive is damaged.")) from fault
    if len(content) > _LARGEST_BYTES:
        raise RefusedError(_("the archive does not hold the table of attacks."))
    return content
