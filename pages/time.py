"""The address of the time page, as long as a server has not run app.py."""

from __future__ import annotations

from pages import widgets

if __name__ == "__main__":
    widgets.through_the_door()
