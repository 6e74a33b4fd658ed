"""The automation desk: how much the rules of a scene may do by themselves, which posts automatic colleagues fill, and
how good each scene's alarms are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

from services.collaboration.authority import Authority
from services.collaboration.canon import canonical, revive
from services.engine.desk import Action, Card, Fact, Section, Turn
from services.facts.base import CommandRefused, Event
from services.facts.casework import (
    AutomationLevel,
    AutomationSet,
    FalseAlarmNoted,
    PostStaffed,
    SetAutomation,
    StaffPost,
)
from services.facts.collaboration import HANDLING
from services.facts.governance import CaseClosed, CaseEvent, CaseFiled, CaseMerged, CaseNotAccepted, CaseOpened
from services.facts.posts import POST_TEXT
from services.governance.automation_levels import LEVEL_TEXT, Setting, Tally
from services.governance.automation_page import Armed, ScenePages
from services.governance.lookup import Lookup
from services.governance.scenes import Scene
from twin.core.text import Text


class _Open(msgspec.Struct):
    """A case that has not ended: whether it counts as real or false so far."""

    scene: str
    found: Literal["", "real", "false"] = ""


class _State(msgspec.Struct):
    levels: dict[str, Setting] = {}
    staffed: dict[str, bool] = {}  # "post" or "post/department"
    tallies: dict[str, Tally] = {}
    open: dict[str, _Open] = {}


class AutomationDesk:
    """``scenes`` are those in force; an open case of one that has gone is for people."""

    name = "automation"

    def __init__(
        self, scenes: Mapping[str, Scene], lookup: Lookup, authority: Authority, armed: Armed | None = None,
        by_hand: Mapping[str, frozenset[str]] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        """``by_hand``: scene → steps that are for people whatever the level."""
        self._by_hand = by_hand
        self.scenes = scenes
        self._departments = lookup.departments
        self._authority = authority
        self._pages = ScenePages(self, lookup, armed)
        self._state = _State()

    def level(self, scene: str) -> AutomationLevel:
        """What is in force: as it was set last, else as the scene's file says."""
        setting = self._state.levels.get(scene)
        if setting is not None:
            return setting.level
        known = self.scenes.get(scene)
        return known.automation.level if known is not None else "manual"

    def permits(self, scene: Scene, step: str) -> bool:
        """Whether the scene's rules may take a step (accept, file, route, dispatch) now. What a closing test proves is
        no discretion, and is recorded whatever the level."""
        if step in self._by_hand.get(scene.id, ()):
            return False
        return step == "close" or self.level(scene.id) == "automatic"

    def setting(self, scene: str) -> Setting | None:
        return self._state.levels.get(scene)

    def staffed(self, post: str, department: str = "") -> bool | None:
        """Whether somebody said that a colleague fills a post (True) or a person does (False); None: nobody said."""
        of_all = self._state.staffed.get(post)
        return self._state.staffed.get(f"{post}/{department}", of_all) if department else of_all

    def tally(self, scene: str) -> Tally:
        return self._state.tallies.get(scene, Tally())

    def open(self, scene: str) -> tuple[str, ...]:
        """Its cases that have not ended, in the order of opening."""
        return tuple(sorted((id for id, one in self._state.open.items() if one.scene == scene), key=_serial))

    def scene_of(self, case: str) -> str:
        """The scene of an open case, else an empty string."""
        found = self._state.open.get(case)
        return "" if found is None else found.scene

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        if not isinstance(fact, SetAutomation | StaffPost):
            return ()
        answer = self._barred(fact, turn)
        if answer is None:
            answer = self._set(fact) if isinstance(fact, SetAutomation) else self._staff(fact)
        if isinstance(answer, Text):
            return (CommandRefused(actor=fact.actor, cause=fact.id, command=type(fact).__name__, why=answer),)
        return (answer,)

    def _barred(self, fact: SetAutomation | StaffPost, turn: Turn) -> Event | Text | None:
        if fact.actor.kind == "colleague":
            return Text("how much software may do is for a person to say")
        return self._authority.refusal(fact, turn.city_ms)

    def _set(self, fact: SetAutomation) -> Event | Text:
        scene = self.scenes.get(fact.scene)
        if scene is None:
            return Text("there is no scene {scene}", {"scene": fact.scene})
        if fact.level == self.level(fact.scene):
            return Text("{scene} is {level} already", {"scene": scene.name, "level": LEVEL_TEXT[fact.level]})
        return AutomationSet(
            actor=fact.actor, cause=fact.id, reason=fact.why_level.strip(), scene=fact.scene, level=fact.level
        )

    def _staff(self, fact: StaffPost) -> Event | Text:
        if fact.post not in POST_TEXT:
            return Text("there is no post {post}", {"post": fact.post})
        if fact.department and fact.department not in self._departments:
            return Text("there is no department {department}", {"department": fact.department})
        if fact.department and fact.post not in HANDLING:
            return Text("the {post} is not a department's", {"post": POST_TEXT[fact.post]})
        return PostStaffed(
            actor=fact.actor, cause=fact.id, post=fact.post, department=fact.department, colleague=fact.colleague
        )

    # --- what is shown ----------------------------------------------------------------------------------------

    def page(self, kind: str, id: str, city_ms: int) -> Card | None:
        return self._pages.page(kind, id)

    def sections(self, case: str) -> Iterable[Section]:
        return ()

    def actions(self, case: str) -> Iterable[Action]:
        """On a case's card: its scene goes back to manual in one click."""
        return self._pages.actions(self.scene_of(case))

    # --- state ------------------------------------------------------------------------------------------------

    def apply(self, event: Event, turn: Turn) -> None:
        match event:
            case AutomationSet():
                self._state.levels[event.scene] = Setting(event.level, event.actor, turn.city_ms, event.reason)
            case PostStaffed():
                key = f"{event.post}/{event.department}" if event.department else event.post
                self._state.staffed[key] = event.colleague
            case CaseOpened():
                self._state.open[event.case] = _Open(event.scene)
                self._count(event.scene, fired=1)
            case CaseEvent():
                self._follow(event)
            case _:
                pass

    def _follow(self, event: CaseEvent) -> None:
        case = self._state.open.get(event.case)
        if case is None:
            return
        match event:
            case CaseFiled() if not case.found:
                case.found = "real"
                self._count(case.scene, real=1)
            case FalseAlarmNoted() if case.found != "false":
                self._count(case.scene, false=1, real=-1 if case.found else 0)
                case.found = "false"
            case CaseClosed():
                proved = event.outcome != "untested"
                self._count(case.scene, verified=int(proved), forced=int(not proved))
            case _:
                pass
        if isinstance(event, CaseClosed | CaseMerged | CaseNotAccepted):
            del self._state.open[event.case]

    def _count(self, scene: str, **more: int) -> None:
        before = self.tally(scene)
        sums = {name: getattr(before, name) + number for name, number in more.items()}
        self._state.tallies[scene] = msgspec.structs.replace(before, **sums)

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)


def _serial(case: str) -> tuple[int, str]:
    digits = case.partition("-")[2]
    return (int(digits) if digits.isdecimal() else 0), case
