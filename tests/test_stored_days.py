"""Days that were fetched, in the engine: at full detail, beside the bundled ones, for everybody."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import shapely

from data import cache, checked, fetch, fetched_days, stored, upstream
from data.checked import Ground
from data.errors import DataError, InputError
from geo import check, control, explain, impact, pullback, scenario, timeline, webmap
from tests import upstream_server

Put = Callable[..., str]
OTHER_DAY = dt.date(2026, 7, 15)
"""Of which no map is bundled."""
BUNDLED_DAY = dt.date(2025, 12, 14)


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache folder of this test's own."""
    monkeypatch.setenv("PULLBACK_ATLAS_CACHE", str(tmp_path / "cache"))
    return cache.folder()


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Keep some ground as a day that was fetched; gives the checksum of its file."""

    def keep(
        polygons: list[shapely.Polygon], date: dt.date = OTHER_DAY, source: str = "deepstate"
    ) -> str:
        there = Ground(shapely.from_wkb(shapely.to_wkb(polygons)), 1.0, (("repaired", 1),))
        here = tmp_path / "arriving"
        stored.put(source, date, there, origin={"url": "https://here.invalid"}, here=here)
        return stored.sha256(source, date)

    return keep


def south_east(west: float = 37.5) -> list[shapely.Polygon]:
    """Some ground around Donetsk, from a meridian on."""
    return [shapely.box(west, 47.0, 39.5, 48.5)]


def test_a_fetched_day_stands_among_the_bundled_ones(put: Put) -> None:
    before = control.dates("deepstate")
    assert OTHER_DAY not in before
    put(south_east())
    assert control.dates("deepstate") == sorted([*before, OTHER_DAY])
    assert control.dates("owl") == before
    assert control.is_fetched(OTHER_DAY, "deepstate")
    assert not control.is_fetched(OTHER_DAY, "owl")
    assert not control.is_fetched(BUNDLED_DAY, "deepstate")
    assert control.bundled_dates("deepstate") == before
    stored.remove("deepstate", OTHER_DAY)
    assert control.dates("deepstate") == before


def test_nobody_starts_elsewhere_for_it(put: Put) -> None:
    for date in (checked.today(), BUNDLED_DAY - dt.timedelta(days=3)):
        put(south_east(), date)
    assert control.newest_date("deepstate") == control.DEFAULT_DATE
    assert scenario.default().date == control.DEFAULT_DATE


def test_it_is_loaded_as_it_was_stored(put: Put) -> None:
    sha256 = put(south_east())
    made = control.load(OTHER_DAY, "deepstate")
    assert made.fetched_sha256 == sha256
    assert (made.source, made.title, made.date) == ("deepstate", "DeepState", OTHER_DAY)
    assert "1 area that crossed itself was repaired." in [str(text) for text in made.repairs]
    assert control.load(OTHER_DAY, "deepstate") is made


def test_it_takes_the_place_of_a_bundled_day(put: Put) -> None:
    before = control.load(BUNDLED_DAY, "deepstate")
    assert before.fetched_sha256 == ""
    put(south_east(), BUNDLED_DAY)
    made = control.load(BUNDLED_DAY, "deepstate")
    assert made.held.area != pytest.approx(before.held.area, rel=0.01)
    # What has to be the same on every machine does not change for it.
    assert control.load_bundled(BUNDLED_DAY, "deepstate") is before
    stored.remove("deepstate", BUNDLED_DAY)
    assert control.load(BUNDLED_DAY, "deepstate") is before


def test_a_day_that_is_replaced_is_another_map(put: Put) -> None:
    put(south_east())
    first, named = control.load(OTHER_DAY, "deepstate"), control.edition(OTHER_DAY)
    put(south_east(38.0))
    second = control.load(OTHER_DAY, "deepstate")
    assert second.held.area < first.held.area
    assert second.fetched_sha256 != first.fetched_sha256
    assert control.edition(OTHER_DAY) != named


def test_an_edition_changes_with_what_stands_beside_a_day_and_with_nothing_else(put: Put) -> None:
    named, elsewhere = control.edition(OTHER_DAY), control.edition(BUNDLED_DAY)
    put(south_east(), source="owl")
    assert control.edition(OTHER_DAY) != named
    assert control.edition(BUNDLED_DAY) == elsewhere


def test_an_old_folder_is_not_read_again(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    put(south_east())
    os.utime(cache.folder() / "control" / "deepstate", ns=(1, 1))
    known, sha256 = fetched_days.days("deepstate"), fetched_days.sha256("deepstate", OTHER_DAY)

    def read(*_given: object) -> None:
        pytest.fail("the folder is read again")

    monkeypatch.setattr(stored, "days", read)
    monkeypatch.setattr(stored, "sha256", read)
    assert fetched_days.days("deepstate") == known
    assert fetched_days.sha256("deepstate", OTHER_DAY) == sha256


def test_a_damaged_day_says_so_and_the_others_stay(put: Put, folder: Path) -> None:
    put(south_east())
    (folder / "control" / "deepstate" / f"{OTHER_DAY:%Y%m%d}.geojson").write_bytes(b"{}")
    with pytest.raises(DataError, match="damaged; fetch it again"):
        control.load(OTHER_DAY, "deepstate")
    assert control.edition(OTHER_DAY)
    assert control.load(BUNDLED_DAY, "deepstate").line_km > 1000


def test_a_day_that_is_not_here_says_how_to_fetch_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError) as told:
        control.load(OTHER_DAY, "owl")
    for part in ("15 July 2026", "1 July 2026", f"data fetch owl --date {OTHER_DAY}"):
        assert part in str(told.value)
    for date in (dt.date(2030, 1, 1), dt.date(2020, 1, 1)):
        with pytest.raises(InputError) as told:
            control.load(date, "owl")
        assert "fetch" not in str(told.value)
    monkeypatch.setenv("PULLBACK_ATLAS_FETCH", "off")
    with pytest.raises(InputError) as told:
        control.load(OTHER_DAY, "owl")
    assert "fetch" not in str(told.value)


def test_a_source_says_which_map_is_on_screen(put: Put) -> None:
    sha256 = put(south_east())
    fetched, bundled = (control.load(day, "deepstate") for day in (OTHER_DAY, BUNDLED_DAY))
    row = impact.credits(fetched, ())[0]
    assert row["title"] == "Control maps: DeepState, full detail, fetched"
    assert (row["as_of"], row["sha256"]) == (OTHER_DAY.isoformat(), sha256)
    assert "generalised" not in row["licence"]
    assert impact.credits(bundled, ())[0]["title"] == "Control maps: DeepState, generalised"
    assert control.told([fetched]) == "DeepState, 15 July 2026, full detail, fetched"
    both = [bundled, control.load(BUNDLED_DAY, "owl")]
    assert control.told(both) == "DeepState and Owl, 14 December 2025, generalised"
    assert control.told([bundled, fetched]) == (
        "DeepState, 14 December 2025, generalised; DeepState, 15 July 2026, full detail, fetched"
    )


def test_the_map_and_the_account_say_it_too(put: Put) -> None:
    sha256 = put(south_east())
    asked = scenario.from_preset("mirror-5", date=OTHER_DAY)
    ground = control.load(OTHER_DAY, "deepstate")
    answer = impact.assess(pullback.pull_back(ground, asked), ground, asked)
    chart = webmap.base_map(leaflet_url="vendor", base_url="base.js")
    for group in webmap.layers(answer):
        group.add_to(chart)
    assert "15 July 2026, full detail, fetched" in str(chart.get_root().render())
    told = dict(explain.account(answer))["Control map"]
    assert sha256[:12] in told[0]
    assert "full detail" in told[0]


def test_the_film_and_the_check_stay_with_the_bundled_maps(put: Put) -> None:
    put(south_east())
    put(south_east(), BUNDLED_DAY)
    assert timeline.series("deepstate")["date"].tolist() == control.bundled_dates("deepstate")
    with pytest.raises(InputError, match="fetched and is not bundled"):
        control.load_bundled(OTHER_DAY, "deepstate")
    with pytest.raises(InputError, match="no control map"):
        check.report(OTHER_DAY)


@pytest.mark.parametrize("source", control.SOURCES)
def test_a_fetched_day_gives_the_figures_of_its_source_file(
    source: str, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = shared_data / "control" / source / f"{BUNDLED_DAY:%Y%m%d}.geojson"
    with upstream_server.running() as server:
        upstream_server.record(server, shared_data)
        monkeypatch.setenv(upstream.LOOPBACK, "1")
        monkeypatch.setenv(upstream.INSTEAD, server.address)
        fetch.accept(source)
        assert fetch.fetch(source, [BUNDLED_DAY]).taken == (BUNDLED_DAY,)
    asked = scenario.from_preset("mirror-10", date=BUNDLED_DAY)
    fetched, given = (control.load(BUNDLED_DAY, each) for each in (source, str(file)))
    assert fetched.fetched_sha256
    assert fetched.line_km == pytest.approx(given.line_km, rel=1e-9)
    of_fetched, of_given = (
        impact.assess(pullback.pull_back(each, asked), each, asked) for each in (fetched, given)
    )
    assert impact.by_side(of_fetched.sides) == impact.by_side(of_given.sides)
    assert of_fetched.settlements["name_en"].tolist() == of_given.settlements["name_en"].tolist()
