"""The trainee's chair: a person of the roster for the length of the exercise, and the posts taken from colleagues."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from services.collaboration.roster import Duty, Person, Roster
from services.exercise.scenario import Scenario
from services.facts.base import Actor, Command
from services.facts.casework import AutomationLevel, SetAutomation, StaffPost
from services.governance.scenes import Scene

TRAINEE = "trainee"
"""Id of the trainee in the roster of an exercise."""


class Automation(Protocol):
    """Who fills posts, and how much rules may do."""

    scenes: Mapping[str, Scene]

    def level(self, scene: str) -> AutomationLevel: ...

    def staffed(self, post: str, department: str = "") -> bool | None: ...


def with_trainee(people: tuple[Person, ...], scenario: Scenario) -> tuple[Person, ...]:
    """The roster's people with the trainee before all others at the seat's posts, in the department that has them."""
    homes = {duty.post: duty.department for person in people for duty in reversed(person.duties)}
    duties = tuple(Duty(post, homes.get(post, "")) for post in scenario.seat.posts)
    return (Person(TRAINEE, scenario.seat.name, duties), *people)


def seat_commands(
    scenario: Scenario, automation: Automation, roster: Roster, city_ms: int, *, colleague: bool = False
) -> Iterator[Command]:
    """What the duty chief says at the beginning, as far as nobody has said it yet: who fills the seat's posts (a
    person, whether or not there is one, or a ``colleague``), and what scenes' rules may do."""
    chief = roster.holder("duty_chief", city_ms)
    if chief is None or automation.staffed(scenario.seat.posts[0]) is not None:
        return
    actor = Actor("person", chief.id, "duty_chief")
    for post in scenario.seat.posts:
        yield StaffPost(id=f"exercise/seat/{post}", actor=actor, post=post, department="", colleague=colleague)
    for scene in automation.scenes:
        if automation.level(scene) != scenario.seat.automation:
            yield SetAutomation(
                id=f"exercise/level/{scene}", actor=actor, scene=scene, level=scenario.seat.automation,
                why_level="演练 · exercise",
            )  # fmt: skip
