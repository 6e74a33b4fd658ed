"""The exercise desk: when the exercise begins and ends, and what its page shows. It sees nothing of the injects."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from services.collaboration.authority import Authority
from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Tick, Turn
from services.exercise.scenario import Scenario
from services.facts.base import CommandRefused, Event
from services.facts.exercise import ExerciseBegun, ExerciseEnded, ExerciseScored, ReportScore
from services.facts.posts import POST_TEXT
from twin.core.text import Name, Text
from twin.core.views import Alert, Card, Facts, Mark, Moment, Section, Table
from twin.core.words import Provenance

RATINGS: dict[str, Text] = {
    "P": Text("P performed without challenges"),
    "S": Text("S performed with some challenges"),
    "M": Text("M met, but other activities suffered"),
    "U": Text("U not met"),
}


class _State(msgspec.Struct):
    begun_ms: int = -1
    until_ms: int = -1
    ended: bool = False
    score: ExerciseScored | None = None


class DrillDesk:
    """Begins with the first tick and lasts as long as the scenario says."""

    name = "exercise"

    def __init__(self, scenario: Scenario, authority: Authority) -> None:
        self._scenario, self._authority = scenario, authority
        self._state = _State()
        self._alerts: list[Alert] = []

    @property
    def until_ms(self) -> int:
        """City time of its end; -1 before it has begun."""
        return self._state.until_ms

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        scenario, state = self._scenario, self._state
        match fact:
            case Tick() if state.begun_ms < 0:
                seat = scenario.seat
                yield ExerciseBegun(
                    exercise=scenario.id, title=scenario.title, trainee=seat.name, posts=seat.posts,
                    until_ms=turn.city_ms + scenario.length_ms,
                )  # fmt: skip
            case Tick() if not state.ended and turn.city_ms >= state.until_ms:
                yield ExerciseEnded(exercise=scenario.id)
            case ReportScore():
                yield self._score(fact, turn)
            case _:
                pass

    def _score(self, fact: ReportScore, turn: Turn) -> Event:
        why = self._authority.refusal(fact, turn.city_ms)
        if why is None and fact.exercise != self._scenario.id:
            why = Text("this is another exercise")
        if why is None and not self._state.ended:
            why = Text("the exercise is still under way")
        if why is None and self._state.score is not None:
            why = Text("the exercise is scored already")
        if why is not None:
            return CommandRefused(actor=fact.actor, cause=fact.id, command=type(fact).__name__, why=why)
        return ExerciseScored(
            actor=fact.actor, cause=fact.id, exercise=fact.exercise, trainee=fact.trainee, nobody=fact.nobody,
            colleague=fact.colleague, objectives=fact.objectives, improve=fact.improve, page=fact.page,
        )  # fmt: skip

    def apply(self, event: Event, turn: Turn) -> None:
        match event:
            case ExerciseBegun():
                self._state.begun_ms, self._state.until_ms = turn.city_ms, event.until_ms
                self._alerts.append(
                    Alert(city_ms=turn.city_ms, severity=0, text=Text("Exercise: {title}", {"title": event.title}))
                )
            case ExerciseEnded():
                self._state.ended = True
                self._alerts.append(
                    Alert(city_ms=turn.city_ms, severity=0, text=Text("The exercise is over; your score follows"))
                )
            case ExerciseScored():
                self._state.score = event
                words = Text("Your score: {score} of 100", {"score": f"{event.trainee:.0f}"})
                self._alerts.append(Alert(city_ms=turn.city_ms, severity=0, text=words, page="exercise"))
            case _:
                pass

    # --- what is shown ----------------------------------------------------------------------------------------

    def cards(self) -> Iterable[Card]:
        return ()

    def marks(self) -> Iterable[Mark]:
        return ()

    def alerts(self) -> Iterable[Alert]:
        alerts, self._alerts = self._alerts, []
        return alerts

    def page(self, kind: str, id: str, city_ms: int) -> Card | None:
        """The one page of kind ``exercise``."""
        if kind != "exercise":
            return None
        return Card(
            kind="exercise", id=id, rev=0, title=self._scenario.title, provenance=int(Provenance.EXERCISE),
            sections=tuple(self._sections(city_ms)),
        )  # fmt: skip

    def _sections(self, city_ms: int) -> Iterable[Section]:
        scenario, state = self._scenario, self._state
        if state.score is not None:
            yield from _scored(state.score)
        posts = [POST_TEXT[post] for post in scenario.seat.posts]
        yield _lines(Text("Situation"), (scenario.synopsis,))
        yield Facts(
            title=Text("This exercise"),
            rows=(
                (Text("Seat"), _joined(posts)),
                (Text("Began"), Moment(state.begun_ms)),
                (Text("Ended") if state.ended else Text("Ends"), Moment(state.until_ms, due=not state.ended)),
                (Text("Other posts"), Text("automatic colleagues")),
            ),
        )
        if state.score is None:
            yield Table(
                title=Text("Objectives"), columns=(Text("objective"), Text("weight")),
                rows=tuple((objective.title, round(objective.weight)) for objective in scenario.objectives),
            )  # fmt: skip
        if scenario.learning:
            yield _lines(Text("What is to be learnt"), scenario.learning)

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)


def _joined(posts: list[Text]) -> Text:
    return posts[0] if len(posts) == 1 else Text("{first}, {second}", {"first": posts[0], "second": _joined(posts[1:])})


def _scored(score: ExerciseScored) -> Iterable[Section]:
    yield Facts(
        title=Text("Score of 100"),
        rows=(
            (Text("You"), f"{score.trainee:.0f}"),
            (Text("An automatic colleague"), f"{score.colleague:.0f}"),
            (Text("Nobody at the seat"), f"{score.nobody:.0f}"),
        ),
    )
    yield Table(
        title=Text("Objectives"),
        columns=(Text("objective"), Text("weight"), Text("you"), Text("rating"), Text("colleague"), Text("nobody")),
        rows=tuple(
            (
                one.title, round(one.share), _points(one.trainee), "–" if one.rating is None else RATINGS[one.rating],
                _points(one.colleague), _points(one.nobody),
            )
            for one in score.objectives
        ),
    )  # fmt: skip
    yield _lines(Text("To do better"), score.improve)
    if score.page:
        yield Facts(title=Text("The whole review"), rows=((Text("Page"), score.page),))


def _lines(title: Text, lines: tuple[Name, ...]) -> Table:
    """A line a row, numbered where there are several."""
    several = len(lines) > 1
    numbered = tuple(
        (Text("{number}. {words}", {"number": number, "words": words}),) if several else (words,)
        for number, words in enumerate(lines, 1)
    )
    return Table(title=title, columns=(Text(" "),), rows=numbered)


def _points(value: float | None) -> int | None:
    return None if value is None else round(value)
