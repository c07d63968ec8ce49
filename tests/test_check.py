"""The method checked: the tables agree with the engine, and the projection with the ellipsoid."""

from __future__ import annotations

import datetime as dt
import functools
import re
from pathlib import Path

import numpy as np
import pytest
import shapely

from data.errors import DataError, InputError
from geo import certainty, check, check_figure, control, crs, impact, pullback, scenario
from geo.check import Table

SOURCE_FILES = Path(__file__).resolve().parents[2] / "shared" / "data"
DAY = control.DEFAULT_DATE
DONETSK = scenario.from_preset("mirror-10")


@functools.cache
def tables() -> list[Table]:
    """The report, once for all tests; against the source files where they are there."""
    return check.report(DAY, detail_dir=SOURCE_FILES if SOURCE_FILES.is_dir() else None)


def figure(cell: str) -> float:
    """The first number in a cell."""
    found = re.search(r"[+−]?[\d,]*\.?\d+", cell)
    assert found, cell
    return float(found[0].replace(",", "").replace("−", "-"))


def cells(number: int, row: str) -> list[str]:
    found = [line for line in tables()[number - 1].rows if line[0] == row]
    assert len(found) == 1, row
    return list(found[0][1:])


def answer(source: str) -> impact.Impact:
    made = control.load(DAY, source)
    asked = DONETSK.changed(source=source)
    return impact.assess(pullback.pull_back(made, asked), made, asked)


def test_every_row_has_a_cell_for_every_head() -> None:
    assert len(tables()) == 7
    for table in tables():
        assert table.title
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.head)}


def test_the_lines_are_those_of_the_control_maps() -> None:
    maps = [control.load(DAY, source) for source in control.SOURCES]
    for row, true in (
        ("Line of contact", [made.line_km for made in maps]),
        ("and along the shore of the former Kakhovka Reservoir", [made.shore_km for made in maps]),
        ("Separate lines", [len(made.line.geoms) for made in maps]),
    ):
        assert [figure(cell) for cell in cells(1, row)] == pytest.approx(true, abs=0.5)
    apart = certainty.dispute(*maps).ground["area_km2"]
    alone = [figure(cell) for cell in cells(1, "Russian-held by this assessor alone")]
    assert alone == pytest.approx(apart.tolist(), abs=0.5)


@pytest.mark.parametrize("source", list(control.SOURCES))
def test_what_repairs_add_is_what_was_not_drawn(source: str) -> None:
    made = control.load(DAY, source)
    drawn = shapely.union_all(check.drawn(made))
    column = list(control.SOURCES).index(source)
    added = figure(cells(1, "Ground that repairs add to Russian-held")[column])
    inside = shapely.intersection(drawn, shapely.union(made.held, made.kyiv)).area
    assert added == pytest.approx((made.held.area - inside) / crs.KM2, abs=1.5)


def test_the_projection_keeps_the_promise_of_the_design() -> None:
    table = tables()[2]
    assert [figure(row[0]) for row in table.rows] == list(check.EDGE_DISTANCES_KM)
    for row in table.rows:
        assert figure(row[1]) > 1_000
        # Not zero either: a measure that compared the projection with itself would be.
        assert 0.01 < figure(row[2]) < 0.2
        assert figure(row[4]) < figure(row[2])
        assert figure(row[5]) < 1e9 * 0.0005


def test_an_edge_that_is_too_near_is_found_out() -> None:
    made = control.load(DAY, "deepstate")
    for km, factor in ((10.0, 1.0), (10.02, 0.998)):
        zone = pullback.pull_back(made, scenario.make(date=DAY, ukraine_km=10)).geometry.iloc[0]
        errors = check._edge_errors(zone, made, km)
        assert np.median(errors) == pytest.approx(factor - 1, abs=3e-4)


def test_residents_are_those_of_the_engine() -> None:
    made = answer("deepstate")
    for side, name in (("ukraine", "Ukraine"), ("russia", "Russia")):
        row = cells(5, f"10 km, {name}")
        first = float(made.sides["residents_2022"][side])
        assert figure(row[0]) == pytest.approx(first, rel=0.005)
        assert figure(row[3]) == pytest.approx(100 * (figure(row[2]) / first - 1), abs=0.6)


def test_a_zone_over_whole_hromadas_has_all_their_residents() -> None:
    made = answer("deepstate")
    for pieces in check._spreads(made):
        everywhere = shapely.buffer(shapely.box(*pieces.total_bounds), 1_000)
        whole = check._residents(everywhere, pieces)
        assert whole == pytest.approx(pieces["residents_2022"].sum(), rel=1e-9)
    spreads = [pieces["residents_2022"].sum() for pieces in check._spreads(made)]
    assert spreads == pytest.approx([spreads[0]] * len(spreads), rel=1e-9)


def test_the_engine_s_way_is_found_again_at_its_density(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "DENSITIES_PER_KM2", (1500.0,))
    made = answer("deepstate")
    _, ours = check._spreads(made)
    for side, zone in zip(pullback.SIDES, made.zones.geometry, strict=True):
        again = check._residents(zone, ours)
        assert again == pytest.approx(made.sides["residents_2022"][side], rel=1e-6)


@pytest.mark.parametrize("extent", ["Odesa Oblast", "Crimea"])
def test_an_extent_without_zones_has_no_shares(extent: str) -> None:
    made = control.load(DAY, "deepstate")
    asked = DONETSK.changed(extent=extent)
    nothing = impact.assess(pullback.pull_back(made, asked), made, asked)
    assert nothing.sides["area_km2"].sum() == 0
    for table in (check._spreading([nothing]), check._errors([nothing])):
        printed = check.one(1, table)
        assert "nan" not in printed
        assert "–" in printed


def test_the_two_answers_are_those_of_single_questions() -> None:
    ours, theirs = answer("deepstate"), certainty.other_answer(DONETSK)
    assert theirs is not None
    for side, name in (("ukraine", "Ukraine"), ("russia", "Russia")):
        row = [figure(cell) for cell in cells(6, f"10 km, {name}")]
        for column, (measure, made) in enumerate(
            (measure, made)
            for measure in ("area_km2", "residents_2022", "settlements")
            for made in (ours, theirs)
        ):
            assert row[column] == pytest.approx(float(made.sides[measure][side]), rel=0.005)


def test_errors_are_those_of_the_sensitivity() -> None:
    plus_minus = certainty.sensitivity(answer("deepstate"))
    for side, name in (("ukraine", "Ukraine"), ("russia", "Russia")):
        area, share = cells(7, f"10 km, {name}")[:2]
        assert figure(area) == pytest.approx(plus_minus["area_km2"][side], abs=0.5)
        of = float(answer("deepstate").sides["area_km2"][side])
        assert figure(share) == pytest.approx(100 * plus_minus["area_km2"][side] / of, abs=0.06)


def test_the_series_ends_where_the_maps_end() -> None:
    for source, name in control.SOURCES.items():
        days = control.dates(source)
        row = cells(2, f"{name}: line")
        assert figure(row[0]) == pytest.approx(control.load(days[0], source).line_km, abs=0.5)
        assert figure(row[1]) == pytest.approx(control.load(days[-1], source).line_km, abs=0.5)
        assert figure(row[2]) <= min(figure(row[0]), figure(row[1]))
        assert figure(row[3]) >= max(figure(row[0]), figure(row[1]))


def test_the_largest_change_is_a_day_s() -> None:
    days = [dt.date(2025, 1, 1), dt.date(2025, 1, 11), dt.date(2025, 1, 12), dt.date(2025, 1, 13)]
    course = check._course(days, np.array([100.0, 120.0, 115.0, 115.0]), "km")
    assert course[:4] == ("100 km", "115 km", "100 km", "120 km")
    assert course[4] == "−5.0 km, 2025-01-11 to 2025-01-12"
    assert course[5] == "1"


def test_generalising_hardly_changes_the_figures() -> None:
    if not SOURCE_FILES.is_dir():
        pytest.skip(f"the source files are not there: {SOURCE_FILES}")
    for row in tables()[3].rows:
        if "towns" not in row[0].lower() and "their" not in row[0]:
            assert abs(figure(row[3])) <= 1.0, row


def test_without_source_files_the_catalogue_s_bounds_are_told() -> None:
    printed = check.one(4, check._stated_bounds())
    assert "no edge moved by more than" in " ".join(printed.split())
    assert max(map(len, printed.splitlines())) <= check.LINE_WIDTH


def test_texts_are_aligned() -> None:
    table = Table(
        "Trial", ("", "Area", "Note"), (("one", "5 km²", "long"), ("other", "1,005 km²", "x"))
    )
    assert check.text([table, table]).split("\n\n")[1].splitlines() == [
        "Table 2. Trial",
        "            Area  Note",
        "one        5 km²  long",
        "other  1,005 km²  x",
    ]


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nearest"):
        check.report(dt.date(2025, 12, 16))
    with pytest.raises(InputError, match="no place called"):
        check.report(DAY, extent="Atlantis")
    with pytest.raises((DataError, InputError), match="no file"):
        check.report(DAY, detail_dir=tmp_path)


def test_the_figure_has_four_panels_and_names_its_sources() -> None:
    page = check_figure.picture()
    assert [axes.get_gid() for axes in page.axes] == list("abcd")
    written = " ".join(text.get_text() for text in page.texts)
    for word in ("14 December 2025", "llustrative", "DeepState", "Owl", "1 January 2022"):
        assert word in written
    for axes in page.axes:
        names = {text.get_text() for text in axes.texts}
        assert {"Pokrovsk", "Myrnohrad", "Kostiantynivka"} <= names
        assert axes.get_legend()


def test_the_figure_is_the_same_each_time() -> None:
    assert check_figure.png(dpi=60) == check_figure.png(dpi=60)
