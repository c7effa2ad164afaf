"""The chart of a call's quality: where its lines go, and what it says in words and numbers."""

import pytest

from qwalo.calls import chart
from qwalo.calls.models import CallHistory, CallRecord, HeldCall, Measurement, Participant

JOINED = "2026-03-03T14:00:12.480Z"
ALICE = Participant(id="a", role="host", name="Alice", joinedAt=JOINED)
INES = Participant(id="b", role="invitee", name="Inês", joinedAt=JOINED)
BEN = Participant(id="c", role="observer", name="Ben", joinedAt=JOINED)


def history(*measurements: Measurement, length: float = 100, slot: int = 10) -> CallHistory:
    call = CallRecord("call", "interview", "invitee", "room", "builtin", JOINED, [ALICE, INES, BEN])
    return CallHistory(HeldCall(call, "ines@example.com", None), [], length, slot, list(measurements))


def measured(
    who: Participant, slot: int, trip: float | None = None, loss: float | None = None, frozen: float | None = None
) -> Measurement:
    return Measurement(who.id, slot, trip, loss, frozen)


def drawn(found: CallHistory) -> chart.Chart:
    result = chart.draw(found)
    assert result is not None
    return result


def test_nothing_is_drawn_where_nothing_was_measured() -> None:
    """A short call, or browsers that told nothing."""
    assert chart.draw(history()) is None


def test_a_line_goes_through_the_middle_of_each_slot() -> None:
    """From left to right over the length of the call, 0 at the bottom, the axis' top at the top."""
    line = chart.line_of(1, [(0, 0), (1, 50), (2, 100)], top=100, length=100, slot_seconds=10)
    assert (line.path, line.dots) == ("M50 100L150 50L250 0", "")


def test_a_line_ends_where_the_call_ends() -> None:
    """The last slot is not whole, mostly."""
    line = chart.line_of(1, [(0, 0), (1, 0)], top=100, length=12, slot_seconds=10)
    assert line.path == "M416.7 100L1000 100"


def test_a_line_is_broken_where_nothing_was_measured_for_long() -> None:
    """One measurement that comes late leaves no gap."""
    line = chart.line_of(1, [(0, 0), (2, 0), (3, 0), (7, 0), (8, 0)], top=100, length=100, slot_seconds=10)
    assert line.path == "M50 100L250 100L350 100M750 100L850 100"


def test_a_measurement_without_neighbours_is_a_dot() -> None:
    """It could not be seen as a line."""
    line = chart.line_of(1, [(0, 0), (1, 0), (9, 50)], top=100, length=100, slot_seconds=10)
    assert (line.path, line.dots) == ("M50 100L150 100", "M950 50h0")


@pytest.mark.parametrize(
    ("highest", "least", "top"),
    [(0, 100, 100), (100, 100, 100), (101, 100, 200), (281, 100, 300), (7.2, 5, 8), (900, 100, 1000)],
)
def test_an_axis_ends_at_a_round_number(highest: float, least: float, top: float) -> None:
    """At or above the highest value, and not so low that nothing looks like much."""
    assert chart.top_of(highest, least) == top


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (9.9, "0:09"), (247, "4:07"), (3847, "1:04:07")])
def test_a_time_is_how_far_into_the_call_it_is(seconds: float, text: str) -> None:
    """With hours where there are any."""
    assert chart.clock(seconds) == text


def test_each_side_has_one_line_in_each_panel() -> None:
    """In the order of the participants; whoever measured nothing is left out."""
    result = drawn(history(measured(INES, 0, 40, 0.5, 0), measured(INES, 1, 50, 0, 0), measured(ALICE, 0, 30, 0, 1)))
    assert [side.name for side in result.sides] == ["Alice", "Inês"]
    assert [panel.title for panel in result.panels] == ["Round trip", "Packets lost", "Picture frozen"]
    assert [[line.look for line in panel.lines] for panel in result.panels] == [[1, 2]] * 3


def test_what_nobody_measured_has_no_panel() -> None:
    """There is no picture in a voice interview."""
    result = drawn(history(measured(ALICE, 0, 40, 0.5)))
    assert [panel.key for panel in result.panels] == ["round-trip-ms", "loss-percent"]
    assert result.columns == ["Round trip, ms", "Packets lost, %"]


def test_a_panel_says_in_words_what_it_shows() -> None:
    """Mean and highest of each side."""
    result = drawn(history(measured(ALICE, 0, 40), measured(ALICE, 1, 60), measured(INES, 0, 99.6)))
    assert result.panels[0].description == (
        "Alice: 50 ms on average, 60 ms at most. Inês: 100 ms on average, 100 ms at most."
    )
    assert result.panels[0].axis == ("100 ms", "50", "0")


def test_a_side_is_summed_up() -> None:
    """Freezes are added; that there was none is worth saying."""
    found = history(measured(ALICE, 0, 40, 0.25, 1.5), measured(ALICE, 1, 60, 0.25, 1), measured(INES, 0, None, 0, 0))
    assert [side.summary for side in drawn(found).sides] == [
        ["50 ms round trip", "0.2% of packets lost", "picture frozen for 2.5 s"],
        ["0% of packets lost", "picture never frozen"],
    ]


def test_the_numbers_are_in_the_order_of_the_call() -> None:
    """By slot, then by participant; what was not measured is not zero."""
    result = drawn(history(measured(INES, 0, 41, 0.04), measured(INES, 6, 42), measured(ALICE, 0, 40, 0), slot=10))
    assert [tuple(row) for row in result.rows] == [
        ("0:00", "Alice", ["40", "0"]),
        ("0:00", "Inês", ["41", "0"]),
        ("1:00", "Inês", ["42", None]),
    ]
    assert result.times == ("0:00", "0:50", "1:40")
