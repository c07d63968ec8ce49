"""What has to be known to read the sums: hand-made reports, each with its sentence."""

from __future__ import annotations

import datetime as dt

from events import cautions
from tests.invented_reports import MISSILE, NIGHT, UNTIL, on, over_night, table


def test_early_lists_of_what_was_shot_down_are_counted_and_said() -> None:
    frame = table(on("2023-05-04", "9", "9"), on("2023-05-05", "9", "6"))
    told = cautions.of_sums(frame, since=dt.date(2023, 5, 1), until=dt.date(2023, 5, 31), by="day")
    assert any("launched equals stopped in 1 of 2 here" in text for text in told)
    assert cautions.MERGED_RULE not in told
    later = table(on("2024-05-04", "9", "9"))
    told = cautions.of_sums(later, since=dt.date(2024, 5, 4), until=dt.date(2024, 5, 4), by="day")
    assert not any("equals stopped" in text for text in told)


def test_reports_that_leave_out_the_intercepted_are_named() -> None:
    told = cautions.of_sums(table(NIGHT | {"intercepted": ""}), since=UNTIL, until=UNTIL, by="day")
    assert "National reports that leave out how many were intercepted: 1 (2025-12-14)." in told


def test_reconnaissance_drones_are_said_to_be_listed_as_shot_down() -> None:
    listed = {"class": "reconnaissance drone", "models": "Orlan-10"}
    frame = table(NIGHT, NIGHT | listed | {"launched": "3", "intercepted": "3"})
    told = cautions.of_sums(frame, since=UNTIL, until=UNTIL, by="day")
    assert cautions.RECONNAISSANCE_RULE in told


def test_what_is_reported_together_is_said() -> None:
    together = {"class": "ballistic missile + other", "launched": "9", "intercepted": "1"}
    frame = table(NIGHT, NIGHT | MISSILE, over_night(on("2025-12-13", **together)))
    told = cautions.of_sums(frame, since=dt.date(2025, 12, 13), until=UNTIL, by="day")
    shared = next(text for text in told if "together" in text)
    assert shared.startswith("1 report counts ballistic missiles and other weapons together (9 ")


def test_the_first_date_with_hit_locations() -> None:
    frame = table(on("2025-12-13"), on("2025-12-14", hit_locations="6"))
    assert cautions.first_hit_locations(frame) == UNTIL
    assert cautions.first_hit_locations(table(on("2025-12-13"))) is None


def test_what_is_doubtful_is_said_with_its_date() -> None:
    wrong = NIGHT | {"launched": "16", "intercepted": "15", "suppressed": "11"}
    found = cautions.of_sums(
        table(wrong, wrong | {"source": "kpszsu/posts/z"}, NIGHT | MISSILE | {"launched": ""}),
        since=UNTIL,
        until=UNTIL,
        by="week",
    )
    assert found == [
        cautions.NIGHT_RULE,
        *(cautions.WEEK_RULE, cautions.GOT_THROUGH_RULE, cautions.DECOY_RULE, cautions.MERGED_RULE),
        "National reports that leave out how many were launched: 1 (2025-12-14).",
        "National reports that count more intercepted and suppressed than launched, so that what "
        "got through is not known: 2 (2025-12-14).",
        "Posts on the same weapons and the same time, all of them counted: 2 (2025-12-14).",
    ]
