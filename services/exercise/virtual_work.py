"""What waits at a post because of virtual places: reports for a moderator, appeals for a head, rumours for the
centre."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from services.exercise.shared_work import PLAIN
from services.exercise.work import Draft, Item, Seat
from services.facts.base import Command
from services.facts.virtual import ClarifyRumour, DecideConductAppeal, MeasureStep, TakeMeasure
from services.virtual.conduct import step_fault
from services.virtual.state import Measure, Report, Rumour, State
from twin.city.virtual import VirtualPlace

_GRAVE = 3
_MUTE_MINUTES = 15
_BAN_MINUTES = 24 * 60
_LADDER: tuple[tuple[MeasureStep, int], ...] = (
    ("notice", 0), ("mute", _MUTE_MINUTES), ("remove", 0), ("ban", _BAN_MINUTES),
)  # fmt: skip
"""From the mildest to the gravest, with minutes."""


class Kept(Protocol):
    """The book of virtual places."""

    @property
    def state(self) -> State: ...

    @property
    def places(self) -> Mapping[str, VirtualPlace]: ...


class VirtualWork:
    """Reads the book; one report about each person, since one measure answers all of them."""

    def __init__(self, book: Kept) -> None:
        self._book = book

    def waiting(self, city_ms: int) -> Iterator[Item]:
        state, answered = self._book.state, set[tuple[str, str]]()
        for report in state.reports.values():
            about = (report.place, report.about)
            if report.closed_ms < 0 and about not in answered and report.place in self._book.places:
                answered.add(about)
                yield self._reported(report)
        for measure in state.measures.values():
            if measure.undecided and measure.place in self._book.places:
                yield self._appealed(measure)
        for rumour in state.rumours.values():
            if rumour.clarified_ms < 0:
                yield self._rumour(rumour)

    def _reported(self, report: Report) -> Item:
        seat = Seat("moderator", self._book.places[report.place].plan.operator)
        return Item(
            "judge", seat, report.id, report.made_ms, "", PLAIN, lambda draft: self._judge(report, draft)
        )  # fmt: skip

    def _judge(self, report: Report, draft: Draft) -> Command | None:
        """The mildest step beyond what was tried before: once warned, twice muted, then removed, then barred."""
        place = self._book.places[report.place]
        tried = [
            one.step
            for one in self._book.state.measures.values()
            if one.about == report.about and one.place == report.place and one.how != "set_aside"
        ]
        grave = report.conduct in place.plan.moderation.grave
        at = min(len(_LADDER) - 1, max(1 if grave else 0, len(tried)))
        for step, minutes in (_LADDER[at], *_LADDER[:at][::-1]):
            fault = step_fault(
                self._book.state, place.plan.moderation, report.place, report.about, step, report.conduct, minutes,
                draft.city_ms,
            )  # fmt: skip
            if fault is None:
                return TakeMeasure(
                    id=draft.id, actor=draft.actor, place=report.place, about=report.avatar, step=step,
                    ground=report.conduct, minutes=minutes,
                )  # fmt: skip
        return None

    def _appealed(self, measure: Measure) -> Item:
        """The record stands where several people had reported it, else the doubt is the person's."""
        seat = Seat("department_head", self._book.places[measure.place].plan.operator)
        reports = [one for one in self._book.state.reports.values() if one.measure == measure.id]
        upheld = len({one.by for one in reports}) > 1
        return Item(
            "decide_conduct", seat, measure.id, measure.appealed_ms, "", PLAIN,
            lambda draft: DecideConductAppeal(id=draft.id, actor=draft.actor, measure=measure.id, upheld=upheld),
        )  # fmt: skip

    def _rumour(self, rumour: Rumour) -> Item:
        return Item(
            "clarify", Seat("acceptor"), rumour.id, rumour.begun_ms, "", _GRAVE,
            lambda draft: ClarifyRumour(id=draft.id, actor=draft.actor, rumour=rumour.id),
        )  # fmt: skip
