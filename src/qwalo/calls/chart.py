"""The chart of a call's quality: lines to draw, and the same in numbers for those who do not look at lines."""

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Literal, NamedTuple

from qwalo.calls.models import CallHistory, Measurement, Role

# The box of a panel in its own units: the page stretches it to the width that it has.
WIDTH = 1000
HEIGHT = 100
# Further sides look like the first ones again.
LOOKS = 6
# Over a longer silence no line is drawn: nobody knows how it was.
SILENCE_SECONDS = 30


class Measure(NamedTuple):
    field: Literal["round_trip_ms", "loss_percent", "frozen_seconds"]
    title: str
    unit: str
    digits: int
    least_top: int
    """Below it, differences do not matter to anybody, and should not look as if they did."""

    def of(self, measurement: Measurement) -> float | None:
        value: float | None = getattr(measurement, self.field)
        return value

    def text(self, value: float) -> str:
        """With its unit: `48 ms`, `0.4%`."""
        return f"{number(value, self.digits)}{'' if self.unit == '%' else ' '}{self.unit}"


ROUND_TRIP = Measure("round_trip_ms", "Round trip", "ms", 0, 100)
LOSS = Measure("loss_percent", "Packets lost", "%", 1, 5)
FROZEN = Measure("frozen_seconds", "Picture frozen", "s", 1, 5)
MEASURES = (ROUND_TRIP, LOSS, FROZEN)


class Side(NamedTuple):
    """One participant: what their browser received."""

    look: int
    name: str
    role: Role
    summary: list[str]


class Line(NamedTuple):
    """How the measurements of one side are drawn. Those without neighbours are dots: lines of no length, round ends."""

    look: int
    path: str
    dots: str


class Panel(NamedTuple):
    """One measure of all sides over the call."""

    key: str
    title: str
    axis: tuple[str, str, str]
    """From the top to the bottom."""
    lines: list[Line]
    description: str


class Row(NamedTuple):
    """One slot of one side, in the order of MEASURES."""

    at: str
    name: str
    values: list[str | None]


class Chart(NamedTuple):
    sides: list[Side]
    panels: list[Panel]
    columns: list[str]
    rows: list[Row]
    times: tuple[str, str, str]
    slot_seconds: int


class _Measured(NamedTuple):
    """A participant of whom there is something to draw."""

    look: int
    name: str
    role: Role
    measurements: list[Measurement]

    def values(self, measure: Measure) -> list[tuple[int, float]]:
        """(slot, value), without what was not measured."""
        found = ((one.slot, measure.of(one)) for one in self.measurements)
        return [(slot, value) for slot, value in found if value is not None]


def draw(history: CallHistory) -> Chart | None:
    """None where nothing was measured: the call was short, or no browser told."""
    measured = list(_measured(history))
    if not measured:
        return None
    length = max(history.length_seconds, history.slot_seconds)
    measures = [measure for measure in MEASURES if any(one.values(measure) for one in measured)]
    return Chart(
        sides=[Side(one.look, one.name, one.role, _summary(one)) for one in measured],
        panels=[_panel(measure, measured, length, history.slot_seconds) for measure in measures],
        columns=[f"{measure.title}, {measure.unit}" for measure in measures],
        rows=_rows(measures, measured, history.slot_seconds),
        times=(clock(0), clock(length / 2), clock(length)),
        slot_seconds=history.slot_seconds,
    )


def clock(seconds: float) -> str:
    """How far into a call: `4:07`, `1:04:07`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def number(value: float, digits: int) -> str:
    """Without zeros that say nothing: `0.4`, `3`."""
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits else text


def top_of(highest: float, least: float) -> float:
    """A round number at or above both, half of which is one too."""
    wanted = max(highest, least)
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(step * power for step in (1, 2, 3, 4, 6, 8, 10) if step * power >= wanted)


def line_of(look: int, points: Sequence[tuple[int, float]], top: float, length: float, slot_seconds: int) -> Line:
    """The line through (slot, value) points, each in the middle of its slot, broken where nothing was measured."""
    reach = max(SILENCE_SECONDS // slot_seconds, 1)
    runs: list[list[str]] = []
    before: int | None = None
    for slot, value in points:
        if before is None or slot - before > reach:
            runs.append([])
        x = min((slot + 0.5) * slot_seconds / length, 1) * WIDTH
        y = (1 - min(value / top, 1)) * HEIGHT
        runs[-1].append(f"{number(x, 1)} {number(y, 1)}")
        before = slot
    return Line(
        look,
        path="".join(f"M{'L'.join(run)}" for run in runs if len(run) > 1),
        dots="".join(f"M{run[0]}h0" for run in runs if len(run) == 1),
    )


def _measured(history: CallHistory) -> Iterator[_Measured]:
    grouped = groupby(history.measurements, key=lambda one: one.participant_id)
    by_participant = {participant_id: list(found) for participant_id, found in grouped}
    people = [one for one in history.held.call.participants if one.id in by_participant]
    for place, person in enumerate(people):
        yield _Measured(place % LOOKS + 1, person.name, person.role, by_participant[person.id])


def _summary(side: _Measured) -> list[str]:
    """What a reader of the whole chart would take away."""
    texts: list[str] = []
    for measure, words in ((ROUND_TRIP, "round trip"), (LOSS, "of packets lost")):
        values = [value for _, value in side.values(measure)]
        if values:
            texts.append(f"{measure.text(sum(values) / len(values))} {words}")
    frozen = [value for _, value in side.values(FROZEN)]
    if frozen:
        texts.append(f"picture frozen for {FROZEN.text(sum(frozen))}" if sum(frozen) else "picture never frozen")
    return texts


def _panel(measure: Measure, sides: list[_Measured], length: float, slot_seconds: int) -> Panel:
    drawn = [(side, points) for side in sides if (points := side.values(measure))]
    top = top_of(max(value for _, points in drawn for _, value in points), measure.least_top)
    return Panel(
        key=measure.field.replace("_", "-"),
        title=measure.title,
        axis=(measure.text(top), number(top / 2, 1), "0"),
        lines=[line_of(side.look, points, top, length, slot_seconds) for side, points in drawn],
        description=" ".join(_sentence(measure, side.name, [value for _, value in points]) for side, points in drawn),
    )


def _sentence(measure: Measure, name: str, values: list[float]) -> str:
    mean = sum(values) / len(values)
    return f"{name}: {measure.text(mean)} on average, {measure.text(max(values))} at most."


def _rows(measures: list[Measure], sides: list[_Measured], slot_seconds: int) -> list[Row]:
    places: list[tuple[int, int, Any]] = [
        (one.slot, place, one) for place, side in enumerate(sides) for one in side.measurements
    ]
    places.sort(key=lambda entry: entry[:2])
    return [
        Row(clock(slot * slot_seconds), sides[place].name, [_cell(measure, one) for measure in measures])
        for slot, place, one in places
    ]


def _cell(measure: Measure, measurement: Measurement) -> str | None:
    value = measure.of(measurement)
    return None if value is None else number(value, measure.digits)
