"""The web door: page set-up and navigation, nothing else. Start it with ``make run``."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages import attacks, scenario, sources


def main() -> None:
    """Set the page up and show the page that was asked for."""
    st.set_page_config(
        page_title="Pullback Atlas",
        page_icon=str(Path(__file__).parent / "static" / "icon.png"),
        layout="wide",
        initial_sidebar_state="collapsed",
    )
    page = st.navigation(
        [
            st.Page(scenario.show, title="Scenario", url_path="scenario", default=True),
            st.Page(attacks.show, title="Attacks", url_path="attacks"),
            st.Page(sources.show, title="Sources and method", url_path="sources"),
        ],
        position="top",
    )
    page.run()


main()
