"""The exercise desk and the trainee's chair."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from drills import BEGAN_MS, LENGTH_S, scenario
from office import START_MS, roster

from services.app.settings import namespace_of
from services.collaboration.authority import Authority
from services.collaboration.roster import Duty, Person, Roster
from services.engine.desk import Tick, Turn
from services.exercise.drill import DrillDesk
from services.exercise.seat import TRAINEE, seat_commands, with_trainee
from services.facts.base import Actor, CommandRefused, Event
from services.facts.casework import AutomationLevel, SetAutomation, StaffPost
from services.facts.exercise import ExerciseBegun, ExerciseEnded, ExerciseScored, ReportScore
from services.governance.scenes import Scene
from twin.core.text import Name

CHIEF = Actor("person", "p-chief", "duty_chief")
SCORE = ReportScore(
    id="s", actor=CHIEF, exercise="paper", trainee=70.0, nobody=0.0, colleague=40.0, objectives=(), improve=(), page=""
)  # fmt: skip


def people() -> Roster:
    chief = Person("p-chief", Name("c", "c"), (Duty("duty_chief", "operations_centre"),))
    return Roster((*roster().people, chief), "UTC")


def given(desk: DrillDesk, fact: object, at_ms: int) -> list[Event]:
    turn = Turn(1, at_ms, 7)
    events = list(desk.decide(fact, turn))  # type: ignore[arg-type]
    for event in events:
        desk.apply(event, turn)
    return events


def test_it_begins_lasts_ends_and_is_scored_once() -> None:
    desk = DrillDesk(scenario(), Authority(people()))
    end_ms = BEGAN_MS + round(LENGTH_S * 1000)
    assert [type(event) for event in given(desk, Tick(BEGAN_MS), BEGAN_MS)] == [ExerciseBegun]
    assert given(desk, Tick(end_ms - 1), end_ms - 1) == []
    assert isinstance(given(desk, SCORE, end_ms - 1)[0], CommandRefused)
    assert [type(event) for event in given(desk, Tick(end_ms), end_ms)] == [ExerciseEnded]
    assert given(desk, Tick(end_ms + 1), end_ms + 1) == []
    assert isinstance(given(desk, msgspec.structs.replace(SCORE, exercise="other"), end_ms)[0], CommandRefused)
    stranger = msgspec.structs.replace(SCORE, actor=Actor("person", "p-day", "acceptor"))
    assert isinstance(given(desk, stranger, end_ms)[0], CommandRefused)
    assert isinstance(given(desk, SCORE, end_ms)[0], ExerciseScored)
    assert isinstance(given(desk, SCORE, end_ms)[0], CommandRefused)
    assert [alert.page for alert in desk.alerts()] == ["", "", "exercise"]
    other = DrillDesk(scenario(), Authority(people()))
    other.restore(desk.snapshot())
    assert other.snapshot() == desk.snapshot()
    page = other.page("exercise", "", end_ms)
    assert page is not None and "70" in repr(page.sections[0])
    assert other.page("duty", "", end_ms) is None


def test_the_page_gives_no_inject_away() -> None:
    plan = scenario()
    secret = Name("a secret tree", "秘密的树")
    rows = tuple(msgspec.structs.replace(row, synopsis=secret, notes=secret) for row in plan.msel)
    desk = DrillDesk(msgspec.structs.replace(plan, msel=rows), Authority(people()))
    given(desk, Tick(BEGAN_MS), BEGAN_MS)
    assert "secret" not in repr(desk.page("exercise", "", BEGAN_MS))


class Levels:
    """An automation desk to which nobody has said anything."""

    def __init__(self, said: bool | None = None) -> None:
        self.scenes: Mapping[str, Scene] = {"tree": None, "gas": None}  # type: ignore[dict-item]
        self._said = said

    def level(self, scene: str) -> AutomationLevel:
        return "manual" if scene == "gas" else "automatic"

    def staffed(self, post: str, department: str = "") -> bool | None:
        return self._said


def test_the_trainee_comes_first_at_the_seat_and_the_chief_says_so_once() -> None:
    plan = scenario()
    with_one = Roster(with_trainee(people().people, plan), "UTC")
    holder = with_one.holder("dispatcher", START_MS)
    assert holder is not None and holder.id == TRAINEE and holder.duties[0].department == "operations_centre"
    commands = list(seat_commands(plan, Levels(), with_one, START_MS))
    assert [(c.post, c.colleague) for c in commands if isinstance(c, StaffPost)] == [
        ("acceptor", False), ("dispatcher", False),
    ]  # fmt: skip
    assert [c.scene for c in commands if isinstance(c, SetAutomation)] == ["tree"]
    assert all(c.actor == CHIEF for c in commands)
    assert list(seat_commands(plan, Levels(said=False), with_one, START_MS)) == []
    filled = seat_commands(plan, Levels(), with_one, START_MS, colleague=True)
    assert {c.colleague for c in filled if isinstance(c, StaffPost)} == {True}


def test_an_exercise_has_topics_of_its_own() -> None:
    assert namespace_of("run1", exercise=True) == "exercise/run1"
    assert namespace_of("run1", exercise=False) == "sim/run1"
    assert namespace_of(None, exercise=True) == ""
