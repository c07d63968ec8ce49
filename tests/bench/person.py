"""One reader of the scenario page over Streamlit's websocket, without a browser.

Ten browsers on one machine measure the browsers: each draws its own map and charts. So most of
the readers speak the protocol themselves, and do what the page's scripts do: a step of a slider
as in ``pages/distances.js``, and asking for the parts of the page at rest as in ``pages/rest.js``.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import json
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

PATIENCE_S = 30.0
LARGEST_MESSAGE = 64 * 2**20
_APART_S = 0.02  # as in pages/rest.js


@dataclass
class Part:
    """A part of the page that asks to be drawn: its own fragment, and when it wants to be."""

    widget: str
    fragment: str
    question: str
    leads: bool
    wait_ms: int | None
    due: float | None = None


@dataclass
class Person:
    """A reader who has the scenario page open.

    Attributes
    ----------
    headline, figures, address_bar
        What this reader is shown: the title, the answer in figures (HTML), the link.
    notices, drawings
        Every sentence that the page said to this reader, and the names of what this reader drew.
    strangers, overheard
        What belongs to other readers only, and what of it was sent to this one all the same.
    received_bytes, map_bytes
        How much was sent in all, and the latest map.
    """

    link: ClientConnection
    asked: dict[str, str]
    headline: str = ""
    figures: str = ""
    address_bar: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    drawings: list[str] = field(default_factory=list)
    strangers: tuple[str, ...] = ()
    overheard: list[str] = field(default_factory=list)
    received_bytes: int = 0
    map_bytes: int = 0

    _script: str = ""
    _slider: str = ""
    _scene: str = ""
    _place: str = ""
    _list: str = ""
    _drawn: str = ""
    _state: str = ""
    _steps: int = 0
    _wanted: tuple[str, ...] = ()
    _answered: float = 0.0
    _rest_s: float = 0.3
    _parts: dict[str, Part] = field(default_factory=dict)
    _kept: dict[str, ForwardMsg] = field(default_factory=dict)

    @classmethod
    @contextlib.asynccontextmanager
    async def visiting(cls, address: str, asked: dict[str, str]) -> AsyncIterator[Self]:
        """Open the page with a link, and leave it at the end of the block."""
        url = address.replace("http", "ws", 1) + "/_stcore/stream"
        async with connect(url, max_size=LARGEST_MESSAGE, compression=None) as link:
            person = cls(link, asked)
            await person._run(BackMsg())
            yield person

    async def step(self, ukraine_km: float, russia_km: float, *, wanted_at: float) -> float:
        """Move a slider; seconds from the moment it was wanted to the end of the answer.

        A step that has to wait for a part of the page that is being drawn has begun all the same.
        """
        self._steps += 1
        value = {
            "ukraine": ukraine_km,
            "russia": russia_km,
            "coupled": ukraine_km == russia_km,
            "settled": True,
            "n": self._steps,
        }
        self._state = json.dumps({"distance": value})
        await self._run(self._message(self._scene))
        self._answered = time.perf_counter()
        return self._answered - wanted_at

    async def rest(self, seconds: float) -> float:
        """Look at the page for a while, in which its parts are drawn; the moment it ends."""
        end = time.perf_counter() + seconds
        while True:
            due = [part for part in self._parts.values() if part.due is not None]
            part = min(due, key=lambda one: one.due or 0.0, default=None)
            start = end
            if part is not None:
                start = max(part.due or 0.0, self._answered + self._rest_s)
            if part is None or start >= end:
                await asyncio.sleep(max(0.0, end - time.perf_counter()))
                return end
            await asyncio.sleep(max(_APART_S, start - time.perf_counter()))
            await self._draw(part)

    async def type_place(self, text: str) -> None:
        """Type something into "Where"."""
        message = self._message(self._scene)
        typed = message.rerun_script.widget_states.widgets.add()
        typed.id, typed.string_value = self._place, text
        await self._run(message)

    async def draw(self, name: str) -> None:
        """Draw an area, as ``pages/drawings.js`` tells of it."""
        area = {
            "kind": "area",
            "name": name,
            "points": [[37.0, 48.0], [38.0, 48.0], [38.0, 49.0]],
            "ukraine_km": 5,
            "russia_km": 5,
        }
        self._drawn = json.dumps({"drawings": {"n": 1, "items": [area], "again": 0}})
        await self._run(self._message(self._scene))

    async def _draw(self, part: Part) -> None:
        message = self._message(part.fragment)
        event = message.rerun_script.widget_states.widgets.add()
        event.id = f"$$STREAMLIT_INTERNAL_KEY_{part.widget}__events"
        told = {"event": "due", "value": f"{part.question} {time.time()}"}
        event.json_trigger_value = json.dumps([told])
        part.due = time.perf_counter() + PATIENCE_S
        await self._run(message)

    def _message(self, fragment: str) -> BackMsg:
        message = BackMsg()
        run = message.rerun_script
        run.page_script_hash = self._script
        run.fragment_id = fragment
        run.cached_message_hashes.extend(self._kept)
        if self._state:
            slider = run.widget_states.widgets.add()
            slider.id = self._slider
            slider.json_value = self._state
        if self._drawn:
            drawn = run.widget_states.widgets.add()
            drawn.id, drawn.json_value = self._list, self._drawn
        return message

    async def _run(self, message: BackMsg) -> None:
        """Have the script run, and take in all that it shows."""
        run = message.rerun_script
        run.query_string = urlencode(self.address_bar or self.asked)
        run.context_info.color_scheme = "light"
        run.context_info.timezone = "UTC"
        run.context_info.locale = "en-US"
        await self.link.send(message.SerializeToString())
        async with asyncio.timeout(PATIENCE_S):
            while not self._is_end(ForwardMsg.FromString(await self._receive())):
                pass

    async def _receive(self) -> bytes:
        data = await self.link.recv(decode=False)
        self.received_bytes += len(data)
        self.overheard += [text for text in self.strangers if text.encode() in data]
        return data

    def _is_end(self, message: ForwardMsg) -> bool:
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            message = self._kept[message.ref_hash]
            kind = message.WhichOneof("type")
        if kind == "script_finished":
            if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                raise RuntimeError("The page's script cannot be compiled.")
            return message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
        if kind == "new_session":
            self._script = message.new_session.page_script_hash
        elif kind == "page_info_changed":
            self.address_bar = dict(parse_qsl(message.page_info_changed.query_string))
        elif kind == "delta":
            if message.metadata.cacheable:
                self._kept[message.hash] = message
            self._take(message.delta)
        return False

    def _take(self, delta: Delta) -> None:
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            raise RuntimeError(f"The page failed: {element.exception.message}")
        if kind == "html":
            title = re.search(r'<h1 class="atlas-title">(.*?)</h1>', element.html.body)
            if title:
                self.headline = html.unescape(title[1])
            elif "atlas-answer" in element.html.body:
                self.figures = element.html.body
            elif "atlas-notice" in element.html.body:
                self.notices.append(element.html.body)
        elif kind == "component_instance":
            self.map_bytes = element.ByteSize()
        elif kind == "selectbox" and "-extent-" in element.selectbox.id:
            self._place = element.selectbox.id
        elif kind == "bidi_component":
            component = element.bidi_component
            data = json.loads(component.json or "{}")
            if component.id.endswith("-distances"):
                self._slider, self._scene = component.id, delta.fragment_id
            elif component.id.endswith("-drawn-list"):
                self._list = component.id
                self.drawings = [item["name"] for item in data["items"]]
            elif "rest_ms" in data:
                self._hear(component.id, delta.fragment_id, data)

    def _hear(self, widget: str, fragment: str, data: dict[str, Any]) -> None:
        """What `settle` does in pages/rest.js."""
        name = widget.rpartition("-rest-")[2]
        leads = bool(data["leads"])
        if leads or not self._wanted:
            self._rest_s = data["rest_ms"] / 1000
        part = Part(widget, fragment, data["question"], leads, data["wait_ms"])
        self._parts[name] = part
        self._settle(part)
        if leads and tuple(data["leads"]) != self._wanted:
            self._wanted = tuple(data["leads"])
            for one in self._parts.values():
                self._settle(one)

    def _settle(self, part: Part) -> None:
        behind = not part.leads and self._wanted and part.question not in self._wanted
        delay = self._rest_s * 1000 if behind else part.wait_ms
        part.due = None if delay is None else time.perf_counter() + delay / 1000
