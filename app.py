"""The web door: page set-up and navigation, nothing else. Start it with ``make run``."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from data import language
from data.language import _
from pages import attacks, compare, load, scenario, sources, speech, timeline, widgets


def main() -> None:
    """Set the page up and show the page that was asked for."""
    language.follow(speech.chosen)
    speech.open_link()
    page = st.navigation(
        [
            st.Page(scenario.show, title=str(_("Scenario")), url_path=scenario.PATH, default=True),
            st.Page(compare.show, title=str(_("Compare")), url_path="compare"),
            st.Page(timeline.show, title=str(_("Time")), url_path="time"),
            st.Page(attacks.show, title=str(_("Attacks")), url_path="attacks"),
            st.Page(load.show, title=str(_("Load")), url_path="load"),
            st.Page(sources.show, title=str(_("Sources and method")), url_path="sources"),
            # The first page stands at the root; whoever types its name finds it all the same.
            st.Page(_scenario, title=str(_("Scenario")), url_path="scenario", visibility="hidden"),
        ],
        position="top",
    )
    st.set_page_config(
        page_title=f"{page.title} · Pullback Atlas",
        page_icon=str(Path(__file__).parent / "static" / "icon.png"),
        layout="wide",
        initial_sidebar_state="collapsed",
    )
    speech.switch(widgets.theme())
    page.run()


def _scenario() -> None:
    scenario.show()


main()
