"""Moderation: what people report, what a named moderator answers, and who decides when that is appealed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.collaboration.authority import Authority, person_of
from services.engine.desk import Turn
from services.facts.base import SYSTEM, Actor, Event
from services.facts.because import because
from services.facts.virtual import (
    AppealMeasure,
    Conduct,
    ConductAppealDecided,
    ConductReported,
    DecideConductAppeal,
    DismissReport,
    LiftMeasure,
    MeasureAppealed,
    MeasureEnded,
    MeasureTaken,
    ReportClosed,
    TakeMeasure,
)
from services.hall.ports import Registered
from services.virtual.book import Book
from services.virtual.conduct import step_fault
from services.virtual.entry import left
from services.virtual.state import Avatar, Measure
from services.virtual.words import CONDUCT_TEXT, HOW_ENDED_TEXT, STEP_TEXT, UNFOUNDED_TEXT
from twin.core.text import Name, Text

_HOUR_MS = 3_600_000
Said = Iterator[Event] | Text


@dataclass(frozen=True, slots=True)
class Moderation:
    """Answers with events, or with the reason why not."""

    book: Book
    authority: Authority
    residents: Mapping[str, Registered]

    def report(self, place: str, by: str, about: str, conduct: Conduct, cause: str, before: int = 0) -> Said:
        """Whoever is in the place may report somebody who was there with them; once about one person at a time.
        ``before``: so many others were taken in the same batch."""
        state = self.book.state
        reporter = state.places[place].avatars.get(by) if place in state.places else None
        subject = self.book.avatar(place, about)
        if reporter is None:
            return Text("only who is in the place reports what happens there")
        if subject is None or subject.person == by:
            return Text("there is nobody of that name here")
        mine = [one for one in state.reports.values() if one.by == by and one.closed_ms < 0]
        if any(one.about == subject.person for one in mine):
            return Text("this is reported already and will be answered")
        if len(mine) >= self.book.places[place].plan.moderation.reports_at_once:
            return Text("so many reports of yours wait for an answer that no more are taken now")
        return iter(
            (
                ConductReported(
                    actor=Actor("resident", by), cause=cause, **because("{conduct}", conduct=CONDUCT_TEXT[conduct]),
                    report=f"R-{state.reported + before + 1}", place=place, by=by, about=subject.person,
                    avatar=subject.id, conduct=conduct,
                ),
            )
        )  # fmt: skip

    def take(self, fact: TakeMeasure, turn: Turn) -> Said:
        """Graded; never without a named person, and never without an end."""
        why = self.authority.refusal(fact, turn.city_ms)
        if why is not None:
            return why
        there = self.book.places.get(fact.place)
        subject = self._subject(fact.place, fact.about)
        if there is None or subject is None:
            return Text("there is nobody of that name here")
        person, avatar = subject
        fault = step_fault(
            self.book.state, there.plan.moderation, fact.place, person, fact.step, fact.ground, fact.minutes,
            turn.city_ms,
        )  # fmt: skip
        if fault is not None:
            return fault
        return self._taken(fact, person, avatar, turn)

    def _taken(self, fact: TakeMeasure, person: str, avatar: Avatar | None, turn: Turn) -> Iterator[Event]:
        state = self.book.state
        known = self.residents.get(person)
        pseudonym = known.pseudonym if known is not None else avatar.pseudonym if avatar is not None else ""
        id = f"M-{state.measured + 1}"
        said = because("{step}: {conduct}", step=STEP_TEXT[fact.step], conduct=CONDUCT_TEXT[fact.ground])
        yield MeasureTaken(
            actor=fact.actor, cause=fact.id, **said, measure=id, place=fact.place, about=person, pseudonym=pseudonym,
            avatar=fact.about, step=fact.step, ground=fact.ground, moderator=person_of(fact.actor),
            until_ms=turn.city_ms + fact.minutes * 60_000 if fact.minutes else -1,
        )  # fmt: skip
        for one in state.reports.values():
            if one.about == person and one.place == fact.place and one.closed_ms < 0:
                yield ReportClosed(actor=fact.actor, cause=fact.id, **said, report=one.id, place=one.place, measure=id)
        if fact.step in ("remove", "ban") and person in state.places[fact.place].avatars:
            ground = "removed" if fact.step == "remove" else "banned"
            yield left(fact.actor, fact.place, person, pseudonym, ground, id)  # type: ignore[arg-type]

    def _subject(self, place: str, about: str) -> tuple[str, Avatar | None] | None:
        """Whoever is there under that name, or was when they were reported."""
        here = self.book.avatar(place, about)
        if here is not None:
            return here.person, here
        gone = [one for one in self.book.state.reports.values() if one.avatar == about and one.place == place]
        return (gone[-1].about, None) if gone else None

    def dismiss(self, fact: DismissReport, turn: Turn) -> Said:
        why = self.authority.refusal(fact, turn.city_ms)
        report = self.book.state.reports.get(fact.report)
        if why is None and (report is None or report.closed_ms >= 0):
            why = Text("there is no such open report")
        if why is not None or report is None:
            return why or Text("there is no such open report")
        said = because("{ground}", ground=UNFOUNDED_TEXT[fact.ground])
        return iter(
            (
                ReportClosed(
                    actor=fact.actor, cause=fact.id, **said, report=report.id, place=report.place, unfounded=fact.ground
                ),
            )
        )  # fmt: skip

    def lift(self, fact: LiftMeasure, turn: Turn) -> Said:
        why = self.authority.refusal(fact, turn.city_ms)
        measure = self.book.state.measures.get(fact.measure)
        if why is not None:
            return why
        if measure is None or not measure.in_force:
            return Text("there is no such measure in force")
        return iter((_ended(measure, "lifted", fact.actor, fact.id),))

    def appeal(self, fact: AppealMeasure, person: str, turn: Turn) -> Said:
        """By whom it concerns, once, within the time that the place's rules give."""
        measure = self.book.state.measures.get(fact.measure)
        if measure is None or measure.about != person:
            return Text("there is no such measure against you")
        place = self.book.places.get(measure.place)
        if place is None:
            return Text("there is no such virtual place")
        rules = place.plan.moderation
        if measure.appealed_ms >= 0:
            return Text("it was appealed already")
        if turn.city_ms > measure.taken_ms + round(rules.appeal_h * _HOUR_MS):
            return Text("the time to appeal is over")
        return iter(
            (
                MeasureAppealed(
                    actor=fact.actor, cause=fact.id, **because("whom it concerns objects"), measure=measure.id,
                    person=person, decide_by_ms=turn.city_ms + round(rules.decide_h * _HOUR_MS),
                ),
            )
        )  # fmt: skip

    def decide(self, fact: DecideConductAppeal, turn: Turn) -> Said:
        """By the head of the department that runs the place, and by nobody who took the measure."""
        why = self.authority.refusal(fact, turn.city_ms)
        if why is not None:
            return why
        measure = self.book.state.measures.get(fact.measure)
        if measure is None or not measure.undecided:
            return Text("there is no such appeal to decide")
        place = self.book.places.get(measure.place)
        if place is None or self.authority.department(fact.actor, turn.city_ms) != place.plan.operator:
            return Text("the head of the department that runs the place decides this")
        if person_of(fact.actor) == measure.moderator:
            return Text("whoever took the measure does not decide the appeal")
        return self._decided(fact, measure)

    def _decided(self, fact: DecideConductAppeal, measure: Measure) -> Iterator[Event]:
        known = self.residents.get(measure.about)
        words = "the measure stands" if fact.upheld else "the measure is set aside"
        yield ConductAppealDecided(
            actor=fact.actor, cause=fact.id, **because(words), measure=measure.id, person=measure.about,
            pseudonym=known.pseudonym if known else "", upheld=fact.upheld, head=person_of(fact.actor),
        )  # fmt: skip
        if not fact.upheld:
            yield _ended(measure, "set_aside", fact.actor, fact.id)

    def against(self, person: str, place: str) -> tuple[Measure, ...]:
        """What was taken against somebody there, oldest first."""
        kept = self.book.state.measures.values()
        return tuple(one for one in kept if one.about == person and one.place == place)

    def taker(self, measure: Measure) -> Name:
        """Who took it, by name."""
        return self.authority.person_name(measure.moderator)

    def lapse(self, turn: Turn) -> Iterator[Event]:
        """What ends by itself: mutes and bans by their time, and measures whose appeal nobody decided in time, since
        silence takes no right away."""
        for measure in self.book.state.measures.values():
            if measure.in_force and turn.city_ms >= measure.until_ms:
                yield _ended(measure, "time", SYSTEM, measure.id)
            elif measure.undecided and turn.city_ms >= measure.decide_by_ms:
                yield _ended(measure, "undecided", SYSTEM, measure.id)


def _ended(measure: Measure, how: str, actor: Actor, cause: str) -> MeasureEnded:
    return MeasureEnded(
        actor=actor, cause=cause, **because(HOW_ENDED_TEXT[how].msgid), measure=measure.id, how=how,  # type: ignore[arg-type]
    )  # fmt: skip
