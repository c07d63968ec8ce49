"""The attacks page in a real browser: what a reader sees, chooses, sends and loads."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from events import airforce, counts
from geo import control, crs
from geo.pullback import pull_back
from geo.scenario import default
from tests.browser import drive
from tests.browser.conftest import DESKTOP, PHONE, Watch

pytestmark = pytest.mark.browser

SIGHTS = pytest.mark.parametrize(
    "sight",
    [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light")],
    indirect=True,
    ids=["desktop", "dark", "phone"],
)


def opened(page: Page, watch: Watch, query: str = "") -> None:
    """Open the page by its address and wait until all of it is there."""
    page.goto(f"/attacks{query}")
    whole(page, watch)


def whole(page: Page, watch: Watch) -> None:
    page.locator(".st-key-part-events").get_by_text("Events inside the zones").wait_for()
    page.locator(".st-key-series :is(svg, canvas).marks").nth(1).wait_for()
    # Streamlit looks for its own health below the page's address before it does at the root.
    watch.errors[:] = [text for text in watch.errors if "404 (Not Found)" not in text]


def asked(page: Page) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}


def figure(page: Page, weapon: str, measure: str) -> int:
    cell = page.locator(f"tr[data-class='{weapon}'] td[data-measure={measure}] b")
    return int(cell.inner_text().replace(",", ""))


def launched(since: str, until: str, weapon: str = "attack drone") -> int:
    """What the engine counts."""
    start, end = (dt.date.fromisoformat(day) for day in (since, until))
    table = counts.sums(airforce.load(), since=start, until=end, by="month")
    return int(table.loc[table["class"] == weapon, "launched"].sum())


def downloaded(page: Page, label: str) -> list[dict[str, str]]:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label).click()
    return list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text("utf-8"))))


def upload(page: Page, name: str, content: bytes) -> None:
    page.locator(".st-key-part-events input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/plain", "buffer": content}
    )


@SIGHTS
def test_opens_on_the_answer(page: Page, watch: Watch) -> None:
    page.goto("/")
    if page.viewport_size == {"width": DESKTOP[0], "height": DESKTOP[1]}:
        page.get_by_role("link", name="Attacks").click()
    else:
        opened(page, watch)
    whole(page, watch)
    expect(page.locator("h1")).to_have_text(
        "16,053 attack drones launched in the 91 nights to 14 December 2025"
    )
    assert figure(page, "attack drone", "launched") == launched("2025-09-15", "2025-12-14")
    body = page.locator("[data-testid=stMain]").inner_text()
    assert body.count("night belongs to the date on which it ends") == 1
    series, strip = (page.locator(".st-key-series :is(svg, canvas).marks").nth(i) for i in (0, 1))
    for chart in (series, strip):
        box = chart.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= page.viewport_size["width"]  # type: ignore[index]
    text = series.text_content() or ""
    for label in ("1 · Nov 2025", "2 · 11 Dec", "3 · 14 Dec", "Stopped or lost", "100 %"):
        assert label in text
    expect(page.locator(".atlas-talks li")).to_have_count(3)
    told = page.locator(".st-key-answer > * .atlas-unseen").last.text_content() or ""
    assert "Attack drones: 16,053 launched" in told
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    assert watch.errors == []
    assert watch.strangers == []


def test_a_link_opens_on_a_server_that_has_shown_no_page(page: Page) -> None:
    """Streamlit runs the files of a folder called pages by themselves until it knows better."""
    with drive.dashboard() as fresh:
        page.context.unroute_all()
        page.goto(f"{fresh}/attacks")
        expect(page.locator("h1")).to_contain_text("attack drones launched", timeout=20_000)


def test_the_link_holds_range_weapons_and_period(page: Page, watch: Watch) -> None:
    opened(page, watch, "?from=2025-10-01&to=2025-10-31&by=week&classes=cruise-missile")
    expected = launched("2025-10-01", "2025-10-31", "cruise missile")
    expect(page.locator("h1")).to_have_text(
        f"{expected} cruise missiles launched in the 31 nights to 31 October 2025"
    )
    expect(page.get_by_role("radio", name="Week")).to_be_checked()
    page.get_by_role("radio", name="Month", exact=True).click()
    expect(page).to_have_url(re.compile("by=month"))
    page.get_by_role("button", name="Ballistic missiles").click()
    expect(page).to_have_url(re.compile("classes=cruise-missile(%2C|,)ballistic-missile"))
    page.reload()
    whole(page, watch)
    link = asked(page)
    assert link["from"] == "2025-10-01"
    assert link["to"] == "2025-10-31"
    assert link["by"] == "month"
    assert link["classes"] == "cruise-missile,ballistic-missile"
    expect(page.get_by_role("radio", name="Month", exact=True)).to_be_checked()
    assert page.locator("tr[data-class='attack drone']").count() == 0
    page.go_back()
    expect(page.locator("tr[data-class='ballistic missile']")).to_have_count(0)
    assert watch.errors == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?from=yesterday", "is no date"),
        ("?to=2031-01-01", "The reports run from 2022-09-28 to 2026-06-07"),
        ("?from=2020-01-01&to=2021-01-01", "The reports run from 2022-09-28 to 2026-06-07"),
        ("?from=2025-12-01&to=2025-11-01", "begins on 2025-12-01 and ends before, on 2025-11-01"),
        ("?by=hour", "choose day, week, month"),
        ("?classes=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E", "no weapon class"),
        ("?extent=Atlantis", "Atlantis"),
    ],
)
def test_a_damaged_link_gets_a_sentence_and_the_page_lives(
    page: Page, watch: Watch, query: str, words: str
) -> None:
    page.on("dialog", lambda dialog: watch.errors.append(dialog.message))
    opened(page, watch, query)
    expect(page.locator(".st-key-notices .atlas-notice")).to_have_count(1)
    expect(page.locator(".st-key-notices .atlas-notice")).to_contain_text(
        re.compile(re.escape(words), re.IGNORECASE)
    )
    page.get_by_role("radio", name="30 days").click()
    expect(page.locator("h1")).to_contain_text("30 nights")
    expect(page.locator(".st-key-notices .atlas-notice")).to_have_count(0)
    assert watch.errors == []


def test_quick_ranges_end_on_the_same_night(page: Page, watch: Watch) -> None:
    opened(page, watch)
    page.get_by_role("radio", name="30 days").click()
    thirty_nights = re.compile("from=2025-11-15&to=2025-12-14&by=day")
    expect(page).to_have_url(thirty_nights, timeout=15_000)
    expect(page.locator("h1")).to_contain_text("30 nights to 14 December 2025")
    page.get_by_role("radio", name="All").click()
    whole_range = re.compile("from=2022-09-28&to=2025-12-14&by=week")
    expect(page).to_have_url(whole_range, timeout=15_000)
    expect(page.locator(".atlas-keys").first).to_contain_text("no report")
    expect(page.locator(".st-key-answer")).to_contain_text("gaps, not noughts")
    expect(page.locator(".st-key-answer")).to_contain_text("no reports on the nights before")
    assert watch.errors == []


def test_newer_nights_are_one_click_away(page: Page, watch: Watch) -> None:
    opened(page, watch, "?from=2025-12-08&to=2025-12-14")
    page.get_by_role("button", name="To the newest: 175 later nights").click()
    expect(page).to_have_url(re.compile("from=2026-06-01&to=2026-06-07"))
    expect(page.locator("h1")).to_contain_text("7 nights to 7 June 2026")
    expect(page.get_by_role("button", name="To the newest")).to_have_count(0)


def test_dates_of_a_link_are_compared_as_dates(page: Page, watch: Watch) -> None:
    opened(page, watch, "?from=20251201&to=2025-12-14")
    expect(page.locator("h1")).to_contain_text("14 nights to 14 December 2025")
    expect(page.locator(".st-key-notices .atlas-notice")).to_have_count(0)


def test_a_range_that_is_refused_moves_nothing(page: Page, watch: Watch) -> None:
    opened(page, watch, "?from=2025-12-08&to=2025-12-14")
    month = page.get_by_role("spinbutton", name="month, To")
    month.press("ArrowDown")
    page.locator("h1").click()
    notice = page.locator(".st-key-notices .atlas-notice")
    expect(notice).to_have_text("The range begins on 2025-12-08 and ends before, on 2025-11-14.")
    expect(page.locator("h1")).to_contain_text("7 nights to 14 December 2025")
    assert asked(page)["to"] == "2025-12-14"


def test_no_rise_is_told_where_the_reports_do_not_bear_it(page: Page, watch: Watch) -> None:
    opened(page, watch, "?from=2025-09-15&to=2026-06-07")
    hits = page.locator("tr[data-row=hits]")
    expect(hits).to_contain_text("3,322")
    expect(hits).to_contain_text("given on 113 of 259 reported dates")
    expect(hits).to_contain_text("reported since 25 May 2025")
    assert "225" not in hits.inner_text()
    missiles = page.locator("tr[data-class='ballistic missile'] td[data-measure=launched]")
    expect(missiles).to_contain_text("and up to 319 more, reported together with other weapons")
    assert "%" not in missiles.inner_text()
    told = page.locator(".st-key-answer > * .atlas-unseen").last.text_content() or ""
    assert "and up to 319 more, reported together with other weapons" in told
    expect(page.locator(".st-key-answer")).to_contain_text("The rate of cruise missiles and")


def test_a_figure_that_rests_on_fewer_says_on_how_many(page: Page, watch: Watch) -> None:
    opened(page, watch, "?from=2025-01-20&to=2025-02-20")
    cruise = page.locator("tr[data-class='cruise missile']")
    expect(cruise.locator("td[data-measure=rate]")).to_contain_text("100 % of\u00a02")
    expect(cruise.locator("td[data-measure=got_through]")).to_contain_text("0 of\u00a02")
    other = page.locator("tr[data-class='other'] td[data-measure=got_through]")
    expect(other).to_contain_text("–")
    expect(page.locator(".atlas-keys").first).to_contain_text("fate unknown")
    expect(page.locator(".atlas-keys").first).to_contain_text("mean of 30 nights")
    answer = page.locator(".st-key-answer")
    expect(answer).to_contain_text("leave out how many were intercepted: 3 (2025-02-01")
    expect(answer).to_contain_text("still in the air when the report was written")
    opened(page, watch, "?from=2025-12-01&to=2025-12-14")
    expect(page.locator(".atlas-keys").first).not_to_contain_text("fate unknown")


def test_the_lines_that_are_drawn_are_named(page: Page, watch: Watch) -> None:
    opened(page, watch)
    expect(page.locator(".st-key-answer")).to_contain_text("ballistic missiles dotted")
    page.get_by_role("radio", name="Month", exact=True).click()
    answer = page.locator(".st-key-answer")
    expect(answer).to_contain_text("of each month: attack drones solid.")
    expect(answer).not_to_contain_text("dotted")
    expect(answer).to_contain_text("a part of its first or last month")


def test_reconnaissance_drones_are_only_shot_down(page: Page, watch: Watch) -> None:
    opened(page, watch, "?from=2023-06-01&to=2023-08-31&classes=reconnaissance-drone")
    expect(page.locator("h1")).to_contain_text("reconnaissance drones shot down in the")
    row = page.locator("tr[data-class='reconnaissance drone']")
    expect(row.locator("td[data-measure=launched]")).to_contain_text("not reported")
    expect(row.locator("td[data-measure=rate]")).not_to_contain_text("100")


def test_the_range_before_stands_beside_the_range(page: Page, watch: Watch) -> None:
    opened(page, watch, "?from=2025-12-08&to=2025-12-14")
    now, before = launched("2025-12-08", "2025-12-14"), launched("2025-12-01", "2025-12-07")
    assert figure(page, "attack drone", "launched") == now
    small = page.locator("tr[data-class='attack drone'] td[data-measure=launched] small")
    change = round(100 * (now / before - 1))
    expect(small).to_have_text(f"before {before:,}, −{abs(change)}\u00a0%")
    expect(page.locator(".st-key-answer")).to_contain_text("1 December 2025 to 7 December 2025")


def test_brushing_the_strip_chooses_the_range(page: Page, watch: Watch) -> None:
    opened(page, watch)
    for share in (0.3, 0.62):
        before = page.url
        strip = page.locator("[class*=st-key-attacks-brush] svg.marks")
        strip.scroll_into_view_if_needed()
        box = strip.bounding_box()
        assert box is not None
        y = box["y"] + 25
        page.mouse.move(box["x"] + box["width"] * share, y)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * (share + 0.15), y, steps=8)
        page.mouse.up()
        page.wait_for_function("before => location.href !== before", arg=before)
        start, end = asked(page)["from"], asked(page)["to"]
        length = (dt.date.fromisoformat(end) - dt.date.fromisoformat(start)).days
        assert length == pytest.approx(0.15 * 1349, rel=0.1)
        expect(page.locator("h1")).to_contain_text(f"{length + 1} nights")
    assert watch.errors == []


def test_the_series_zooms_and_the_page_scrolls_past_it(page: Page, watch: Watch) -> None:
    opened(page, watch)
    series = page.locator(".st-key-series :is(svg, canvas).marks").first
    series.scroll_into_view_if_needed()
    ticks = series.locator(".role-axis-label text")
    before = ticks.all_text_contents()
    box = series.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 120)
    top = "document.querySelector('[data-testid=stMain]').scrollTop"
    scrolled = page.evaluate(top)
    page.mouse.wheel(0, 60)
    page.wait_for_function(f"was => {top} > was", arg=scrolled)
    assert ticks.all_text_contents() == before
    box = series.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 120)
    page.keyboard.down("Shift")
    page.mouse.wheel(0, -400)
    page.keyboard.up("Shift")
    page.wait_for_function(
        """was => [...document.querySelector('.st-key-series svg.marks')
          .querySelectorAll('.role-axis-label text')].map(t => t.textContent).join() !== was""",
        arg=",".join(before),
    )


def test_statements_stand_beside_the_sums(page: Page, watch: Watch) -> None:
    opened(page, watch)
    table = page.locator(".st-key-part-statements tbody tr")
    expect(table).to_have_count(6)
    week = table.filter(has_text="more than 1,500 drones")
    expect(week).to_contain_text("1,173")
    expect(week).to_contain_text("may cover other hours")
    expect(week).to_contain_text("Volodymyr Zelenskyy; online.ua; Meduza")
    expect(table.filter(has_text="nearly 900 guided bombs")).to_contain_text("no figure")
    expect(table.filter(has_text="110 drones were intercepted")).to_contain_text(
        "The reports add up to 110: both agree."
    )
    expect(table.filter(has_text="138 drones and ballistic")).to_contain_text(
        "138 drones and 1 ballistic missile"
    )
    opened(page, watch, "?from=2024-01-01&to=2024-02-01")
    expect(page.locator(".st-key-part-statements")).to_contain_text("No bundled statement")


def test_launch_places_are_towns_and_regions_are_regions(page: Page, watch: Watch) -> None:
    opened(page, watch)
    part = page.locator(".st-key-part-launches")
    part.scroll_into_view_if_needed()
    frame = part.frame_locator("iframe")
    frame.locator(".atlas-spot-launch").first.wait_for()
    assert frame.locator(".atlas-spot-launch").count() == 6
    assert frame.locator(".atlas-region").count() == 15
    assert frame.locator(".atlas-area-name").first.inner_text() == "Kursk 81"
    filled = [
        float(area.get_attribute("fill-opacity") or 0)
        for area in frame.locator(".atlas-region").all()
    ]
    assert filled == sorted(filled, reverse=True), "most nights first, and darkest"
    assert filled[0] > 4 * filled[-1]
    frame.locator(".atlas-region").first.hover()
    expect(frame.locator(".atlas-tip")).to_contain_text("81 nights; outline approximate")
    assert frame.locator(".atlas-spot-incident").count() == 3
    expect(part).to_contain_text("Primorsko-Akhtarsk 83 nights")
    expect(part).to_contain_text("Kursk Oblast 81 nights")
    expect(part).to_contain_text("Outlines of Russian regions are approximate")
    beyond = part.locator("dt", has_text="Regions beyond the map").locator("+ dd")
    expect(beyond).to_contain_text("Astrakhan Oblast 1 night")
    expect(beyond).not_to_contain_text("Kursk")
    expect(part).to_contain_text("An oil depot near Uryupinsk")
    frame.locator(".atlas-spot-incident").first.hover()
    tip = frame.locator(".atlas-tip").filter(has_text="Public reporting of 14 and 15 December")
    expect(tip).to_be_visible()
    expect(frame.locator(".atlas-tip")).to_have_count(1)
    expect(frame.locator(".leaflet-container")).to_have_attribute(
        "aria-label", "Map of launch places"
    )
    # Nothing stands on the water beyond the drawn ground.
    ground = frame.locator(".leaflet-neighbours-pane path").bounding_box()
    assert ground is not None
    for spot in frame.locator(".atlas-spot-launch").all():
        box = spot.bounding_box()
        assert box is not None
        assert ground["x"] <= box["x"] + box["width"] / 2 <= ground["x"] + ground["width"]
    assert watch.errors == []


def test_every_night_is_listed_and_saved_with_its_gaps(page: Page, watch: Watch) -> None:
    opened(page, watch, "?from=2023-06-01&to=2023-06-30")
    rows = page.locator(".st-key-nights table[role=grid]")
    rows.wait_for(state="attached")
    column = [
        int(cell.replace(",", ""))
        for cell in rows.locator("tbody tr td:nth-child(2)").all_text_contents()
    ]
    assert column == sorted(column, reverse=True)
    shown = int(rows.get_attribute("aria-rowcount") or 0) - 1
    page.get_by_role("radio", name="By date").click()
    expect(rows).to_have_attribute("aria-rowcount", "31")
    assert shown < 30
    saved = downloaded(page, "Nights as CSV")
    drones = [row for row in saved if row["class"] == "attack drone"]
    assert len(drones) == 30
    assert sum(row["days_reported"] == "1" for row in drones) == shown
    assert all(row["source"] and row["licence"] and row["cautions"] for row in saved)
    assert all(row["launched"] == "" for row in drones if row["days_reported"] == "0")
    assert watch.errors == []


def test_a_class_that_nobody_reported_gets_a_page(page: Page, watch: Watch) -> None:
    opened(page, watch, "?classes=reconnaissance-drone&from=2025-12-01&to=2025-12-14")
    expect(page.locator("h1")).to_contain_text("No reconnaissance drones reported")
    assert watch.errors == []


def invented(count: int) -> bytes:
    """Events in the middle of each zone of the default scenario, far from both, and nowhere."""
    asked = default()
    zones = pull_back(control.load(asked.date, asked.source), asked).set_index("side").geometry
    rows = ["when,where_lat,where_lon,type"]
    for side, number in (("ukraine", count), ("russia", 2 * count)):
        spot = crs.to_degrees(zones[side].representative_point())
        rows += [f"2025-11-{1 + i % 28:02},{spot.y:.6f},{spot.x:.6f},{side}" for i in range(number)]
    rows += ["2025-11-03,49.84,24.03,far", "2025-11-03,,,nowhere", "2025-11-03,0.5,0.5,abroad"]
    return "\n".join(rows).encode()


@SIGHTS
def test_a_file_of_events_is_counted_in_the_zones(page: Page, watch: Watch) -> None:
    opened(page, watch)
    part = page.locator(".st-key-part-events")
    upload(page, "own.csv", invented(3))
    expect(part.locator(".atlas-notice")).to_contain_text("where_lat")
    for role, column in (("Latitude", "where_lat"), ("Longitude", "where_lon"), ("Date", "when")):
        box = page.get_by_role("combobox", name=role)
        box.click()
        box.fill(column)
        page.get_by_role("option", name=column, exact=True).click()
        expect(box).to_have_value(column)
        asks = part.locator(".atlas-notice").filter(has_text=f"the {role.lower()}")
        expect(asks).to_have_count(0)
    cells = part.locator("tr[data-side] td[data-measure=events] b")
    expect(cells).to_have_text(["3", "6"])
    facts = part.locator(".atlas-facts")
    expect(facts).to_contain_text("12 rows of own.csv; 10 with a place.")
    expect(facts).to_contain_text("line 12")
    expect(facts).to_contain_text("not stated in the file; ask its publisher")
    expect(part.locator(".atlas-table").filter(has_text="Class")).to_contain_text("russia")
    frame = part.frame_locator("iframe")
    frame.locator(".atlas-spot-event").first.wait_for(state="attached")
    assert frame.locator(".atlas-zone").count() == 2
    saved = downloaded(page, "Events inside as CSV")
    assert [row["side"] for row in saved] == ["ukraine"] * 3 + ["russia"] * 6
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    assert watch.errors == []


def test_many_events_are_cells_and_never_thousands_of_marks(page: Page, watch: Watch) -> None:
    opened(page, watch)
    lines = invented(1200).replace(b"when,where_lat,where_lon", b"date,lat,lon")
    upload(page, "many.csv", lines)
    part = page.locator(".st-key-part-events")
    expect(part.locator("tr[data-side] td[data-measure=events] b")).to_have_text(["1,200", "2,400"])
    frame = part.frame_locator("iframe")
    frame.locator(".atlas-cell").first.wait_for(state="attached")
    assert 1 <= frame.locator(".atlas-cell").count() <= 4
    assert frame.locator(".atlas-spot-event").count() == 0
    assert watch.errors == []


def test_a_file_of_many_megabytes_is_counted(page: Page, watch: Watch, tmp_path: Path) -> None:
    opened(page, watch)
    part = page.locator(".st-key-part-events")
    expect(part).to_contain_text("over 100 MB is counted on the command line")
    expect(part).to_contain_text("python cli.py events inside FILE")
    lines = invented(50_000).replace(b"when,where_lat,where_lon", b"date,lat,lon")
    head, *rows = lines.split(b"\n")
    notes = b"as reported, " * 14
    file = tmp_path / "large.csv"
    file.write_bytes(b"\n".join([head + b",notes", *(row + b',"' + notes + b'"' for row in rows)]))
    assert file.stat().st_size > 30_000_000
    part.locator("input[type=file]").set_input_files(file)
    cells = part.locator("tr[data-side] td[data-measure=events] b")
    expect(cells).to_have_text(["50,000", "100,000"], timeout=30_000)
    assert watch.errors == []


def test_a_file_stays_in_the_session_until_it_is_taken_away(page: Page, watch: Watch) -> None:
    opened(page, watch)
    upload(page, "kept.csv", invented(2).replace(b"when,where_lat,where_lon", b"date,lat,lon"))
    part = page.locator(".st-key-part-events")
    cells = part.locator("tr[data-side] td[data-measure=events] b")
    expect(cells).to_have_text(["2", "4"])
    page.get_by_role("link", name="Scenario", exact=True).click()
    drive.map_frame(page).locator("path.atlas-zone").first.wait_for(state="attached")
    page.get_by_role("radio", name="Owl").click()
    expect(page.locator(".atlas-sub")).to_contain_text("Owl")
    page.get_by_role("link", name="Attacks").click()
    whole(page, watch)
    expect(part).to_contain_text("Kept in this session: kept.csv")
    expect(part).to_contain_text("Owl on 14 December 2025")
    expect(cells.first).to_be_visible()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(cells).to_have_count(0)
    assert watch.errors == []


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b" ", "is empty"),
        ("words.json", json.dumps({"a": 1}).encode(), "words.json"),
        ("<img src=x onerror=alert(1)>.csv", b"a,b\n1,2\n", "no column"),
        ("swapped.csv", b"lat,lon,date\n" + b"37.5,48.5,2025-01-01\n" * 9, "swapped"),
    ],
    ids=["empty", "no table", "strange name", "swapped"],
)
def test_a_bad_file_gets_a_sentence(
    page: Page, watch: Watch, name: str, content: bytes, words: str
) -> None:
    page.on("dialog", lambda dialog: watch.errors.append(dialog.message))
    opened(page, watch)
    upload(page, name, content)
    notice = page.locator(".st-key-part-events .atlas-notice")
    expect(notice).to_contain_text(words)
    assert "Traceback" not in notice.inner_text()
    assert watch.errors == []
