"""The authored list of proposals."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import pytest

PATH = Path(__file__).resolve().parent.parent / "data" / "proposals.toml"
DONETSK = "Donetsk Oblast"
FOUR = ["Dnipropetrovsk Oblast", "Mykolaiv Oblast", "Sumy Oblast", "Kharkiv Oblast"]
OBLASTS = {*FOUR, DONETSK, "Luhansk Oblast", "Zaporizhzhia Oblast", "Kherson Oblast"}
KEYS = {
    "id",
    "date",
    "date_text",
    "put_forward_by",
    "title",
    "content",
    "ukraine_km",
    "russia_km",
    "ukraine_leaves",
    "russia_leaves",
    "extent",
    "left_open",
    "reported_in",
    "illustrative",
}


@pytest.fixture(scope="module")
def proposals() -> dict[str, dict[str, Any]]:
    listed = tomllib.loads(PATH.read_text(encoding="utf-8"))["proposal"]
    return {proposal["id"]: proposal for proposal in listed}


def test_every_proposal_is_there_by_date_and_illustrative(
    proposals: dict[str, dict[str, Any]],
) -> None:
    assert list(proposals) == [
        "dmz-30",
        "buffer-28",
        "free-economic-zone",
        "freeze",
        "ukraine-5",
        "ukraine-10",
        "mirror-5",
        "mirror-10",
        "full-donetsk",
        "mirror-40",
        "line-20",
        "asymmetric-2026",
    ]
    dates = [proposal["date"] for proposal in proposals.values()]
    assert dates == sorted(dates)
    for proposal in proposals.values():
        assert set(proposal) == KEYS
        assert type(proposal["date"]) is dt.date
        assert proposal["illustrative"] is True
        assert proposal["put_forward_by"]
        assert proposal["reported_in"]


@pytest.mark.parametrize(
    ("name", "ukraine_km", "russia_km", "ukraine_leaves", "russia_leaves", "extent"),
    [
        ("dmz-30", 15, 15, [], [], "all"),
        ("buffer-28", 0, 0, [DONETSK], FOUR, "all"),
        ("free-economic-zone", 0, 0, [DONETSK], [], DONETSK),
        ("freeze", 0, 0, [], [], "all"),
        ("ukraine-5", 5, 0, [], [], DONETSK),
        ("ukraine-10", 10, 0, [], [], DONETSK),
        ("mirror-5", 5, 5, [], [], DONETSK),
        ("mirror-10", 10, 10, [], [], DONETSK),
        ("mirror-40", 40, 40, [], [], DONETSK),
        ("line-20", 0, 0, [], FOUR, "all"),
        ("full-donetsk", 0, 0, [DONETSK], [], DONETSK),
        ("asymmetric-2026", 0, 10, [DONETSK], [], DONETSK),
    ],
)
def test_the_scenario_each_translates_to(
    proposals: dict[str, dict[str, Any]],
    name: str,
    ukraine_km: int,
    russia_km: int,
    ukraine_leaves: list[str],
    russia_leaves: list[str],
    extent: str,
) -> None:
    proposal = proposals[name]
    assert (proposal["ukraine_km"], proposal["russia_km"]) == (ukraine_km, russia_km)
    assert sorted(proposal["ukraine_leaves"]) == sorted(ukraine_leaves)
    assert sorted(proposal["russia_leaves"]) == sorted(russia_leaves)
    assert proposal["extent"] == extent
    assert {*proposal["ukraine_leaves"], *proposal["russia_leaves"]} <= OBLASTS
