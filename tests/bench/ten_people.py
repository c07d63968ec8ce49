"""Ten people at once: how long a step takes them, what they cost in memory, and who sees what.

Run with ``python -m tests.bench.ten_people``. Each opens the scenario page with a question of their
own and moves a slider about once a second, as the page's scripts do it, with the parts below the
map drawn in between. Nine speak Streamlit's websocket protocol themselves; the tenth is a real
Chromium, where a step counts until the map has changed. Ten browsers here would measure the
browsers: each keeps a core busy with drawing, and people bring their own.

Memory is what the server's process holds (resident), with all that it keeps for everybody counted
against the ten. It is read as it is and after tidying up: for that the server is started with a
signal that collects garbage and hands back what the C library keeps. A session that was left is
kept for two minutes, in case only the line was lost; here for some seconds.
"""

from __future__ import annotations

import asyncio
import dataclasses
import html
import os
import random
import signal
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

from playwright.sync_api import sync_playwright

from geo import control, impact, pullback, words
from geo.scenario import Scenario, from_query
from tests.bench import slider_latency
from tests.bench.person import Person
from tests.browser import drive

MOST_STEP_MS = 600
MOST_SESSION_MB = 25
MOST_LEFT_MB = 1
MOVING_S = 45.0
PAUSE_S = (0.5, 1.5)
KEPT_S = 4
PLACES = (
    "all",
    "Donetsk Oblast",
    "Zaporizhzhia Oblast",
    "Kherson Oblast",
    "Luhansk Oblast",
    "Kharkiv Oblast",
    "all",
    "Donetsk Oblast",
    "Dnipropetrovsk Oblast",
)
IN_BROWSER = "Donetsk Oblast"

# Puts a text that is a person's own into that person's session: it must reach nobody else. Files
# are tried in tests/test_loaded_everywhere.py.
PRIVATE: tuple[Callable[[Person, str], Awaitable[None]], ...] = (Person.type_place, Person.draw)

_TIDY = """
import ctypes, gc, runpy, signal, sys
def tidy(*_):
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
signal.signal(signal.SIGUSR1, tidy)
sys.argv[0] = "streamlit"
runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
"""


@dataclasses.dataclass
class Server:
    """The dashboard under test."""

    address: str
    process: int

    def held_mb(self) -> float:
        """Resident memory as it is (MB)."""
        pages = int(Path(f"/proc/{self.process}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def tidied_mb(self) -> float:
        """Resident memory after tidying up (MB)."""
        os.kill(self.process, signal.SIGUSR1)
        time.sleep(1.5)
        return self.held_mb()

    def cpu_s(self) -> float:
        """Processor time that the server has used (s)."""
        fields = Path(f"/proc/{self.process}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def question(place: str, person: int) -> Scenario:
    """What a person begins with: no two the same."""
    return Scenario(
        date=control.dates("deepstate")[-1],
        source="deepstate",
        ukraine_km=1 + person,
        russia_km=2 + person,
        extent=place,
    )


async def moves(person: Person, asked: Scenario, seconds: float, seed: int) -> list[float]:
    """Move a slider for a while; seconds of each step. Every answer must be to one's own step."""
    chance = random.Random(seed)
    times = []
    end = time.perf_counter() + seconds
    wanted_at = await person.rest(chance.uniform(0, PAUSE_S[1]))
    while wanted_at < end:
        asked = asked.changed(ukraine_km=(asked.ukraine_km + 0.5) % 40)
        times.append(await person.step(asked.ukraine_km, asked.russia_km, wanted_at=wanted_at))
        if person.headline != asked.title():
            raise AssertionError(f"asked “{asked.title()}”, was shown “{person.headline}”")
        wanted_at = await person.rest(chance.uniform(*PAUSE_S))
        if person.address_bar != asked.to_query() | _preset(person.address_bar):
            raise AssertionError(f"asked {asked.to_query()}, address bar {person.address_bar}")
    await person.rest(2)
    return times


def _preset(query: dict[str, str]) -> dict[str, str]:
    """What a link holds besides the scenario itself."""
    return {key: query[key] for key in ("preset", "v", "drawn") if key in query}


def check_figures(person: Person) -> None:
    """What stands on the screen is the engine's answer to what stands in the link."""
    scenario, complaints = from_query(person.address_bar)
    assert not complaints, complaints
    ground = control.load(scenario.date, scenario.source)
    found = impact.assess(pullback.pull_back(ground, scenario), ground, scenario)
    for area in found.sides["area_km2"]:
        figure = words.measure("area_km2", float(area)).partition(" ")[0]
        assert f"<b>{figure}</b>" in html.unescape(person.figures), (figure, person.figures)


def in_browser(address: str, seconds: float) -> list[float]:
    """The same in a real browser, from a key to the changed map; seconds of each step."""
    with sync_playwright() as playwright:
        browser = drive.launch(playwright)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{address}/?extent={IN_BROWSER.replace(' ', '+')}&ukraine=10&russia=12")
        drive.map_frame(page).locator("path.atlas-ukraine").wait_for(state="attached")
        page.evaluate(slider_latency.WATCH)
        times = []
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            page.wait_for_timeout(1000 * random.uniform(*PAUSE_S))
            times += [ms / 1000 for ms in slider_latency.steps(page, 1)]
        headline = page.locator("h1").inner_text()
        browser.close()
    assert IN_BROWSER in headline, headline
    return times


async def visit(server: Server, seconds: float) -> tuple[list[float], list[float], float]:
    """All ten for a while: their steps, the browser's steps, and memory as they still look (MB)."""
    async with AsyncExitStack() as stack:
        people = []
        asked = [question(place, number) for number, place in enumerate(PLACES)]
        for scenario in asked:
            visit = Person.visiting(server.address, scenario.to_query())
            people.append(await stack.enter_async_context(visit))
        own = [f"person-{number}-{os.urandom(6).hex()}" for number in range(len(people))]
        for number, person in enumerate(people):
            person.strangers = tuple(own[:number] + own[number + 1 :])
        for put in PRIVATE:
            for person, text in zip(people, own, strict=True):
                await put(person, text)
        for person, text in zip(people, own, strict=True):
            assert any(text in notice for notice in person.notices), f"{text} was not taken in"
            assert person.drawings == [text], f"{text} was not drawn"
        tenth = asyncio.to_thread(in_browser, server.address, seconds)
        moving = [
            moves(person, scenario, seconds, number)
            for number, (person, scenario) in enumerate(zip(people, asked, strict=True))
        ]
        browser, *times = await asyncio.gather(tenth, *moving)
        for person in people:
            check_figures(person)
            assert not person.overheard, f"another person's text was sent: {person.overheard}"
        return [one for each in times for one in each], browser, server.held_mb()


async def glance(server: Server) -> None:
    """One person comes, looks, moves a slider and leaves."""
    asked = question("all", 0)
    async with Person.visiting(server.address, asked.to_query()) as person:
        await moves(person, asked, 2.0, 0)


def told(name: str, times: list[float]) -> str:
    """One line of the report."""
    return slider_latency.told(name, [1000 * seconds for seconds in times])


def main() -> None:
    """Measure, print, and fail where a promise is not kept."""
    load = os.getloadavg()[0]
    print(f"ten people at once, {os.cpu_count()} cores, load {load:.1f} before anything is started")
    python = (sys.executable, "-c", _TIDY)
    with drive.server("--server.disconnectedSessionTTL", str(KEPT_S), python=python) as started:
        server = Server(*started)
        asyncio.run(glance(server))
        before, before_tidy = server.held_mb(), server.tidied_mb()
        cpu, began = server.cpu_s(), time.perf_counter()
        times, browser, during = asyncio.run(visit(server, MOVING_S))
        share = (server.cpu_s() - cpu) / (time.perf_counter() - began)
        during_tidy = server.tidied_mb()
        time.sleep(KEPT_S + 1)
        asyncio.run(glance(server))  # Streamlit lets go of sessions when the next one ends.
        after, after_tidy = server.held_mb(), server.tidied_mb()
        # What the server keeps for everybody is bounded, and nearly all there by then: what do ten
        # others leave behind who come after it is?
        later = []
        for _visit in range(3):
            asyncio.run(visit(server, 10.0))
            time.sleep(KEPT_S + 1)
            asyncio.run(glance(server))
            later.append(server.tidied_mb())
    print(told(f"{len(PLACES)} people over the websocket, {len(times)} steps", times))
    print(told(f"the tenth in Chromium, to the changed map, {len(browser)} steps", browser))
    print(f"  the server kept {share:.1f} cores busy")
    for name, one, tidy in (
        ("before", before, before_tidy),
        ("with ten people", during, during_tidy),
        ("after they left", after, after_tidy),
    ):
        print(f"  memory {name}: {one:.0f} MB, tidied up {tidy:.0f} MB")
    told_later = ", ".join(f"{one:.0f}" for one in later)
    print(f"  memory each time that ten more had come and gone: {told_later} MB tidied up")
    session = (during - before) / 10
    print(f"  a session: {session:.1f} MB, with all that the server came to keep for everybody")
    step, step_drawn = (1000 * statistics.median(one) for one in (times, browser))
    # What is kept for everybody stays and is bounded; what ten sessions held comes back.
    left = (later[-1] - later[-2]) / 10
    missed = [
        f"{name} {value:.0f} {unit}, more than {most}"
        for name, value, most, unit in (
            ("a step took", step, MOST_STEP_MS, "ms"),
            ("a step in the browser took", step_drawn, MOST_STEP_MS, "ms"),
            ("a session held", session, MOST_SESSION_MB, "MB"),
            ("a session that was left still held", left, MOST_LEFT_MB, "MB"),
        )
        if value > most
    ]
    if missed:
        raise SystemExit(f"error: {'; '.join(missed)}")


if __name__ == "__main__":
    main()
