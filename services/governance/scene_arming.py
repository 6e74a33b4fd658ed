"""The arming desk: scenes with a time of their own are armed when it has come, or when a weather warning or a declared
response opens them, and rest otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import SYSTEM, Event
from services.facts.because import Because, because
from services.facts.response import (
    ResponseDeclared,
    ResponseEnded,
    SceneArmed,
    SceneRested,
    WarningLifted,
    WarningNoted,
)
from services.governance.response import COLOURS, HAZARDS, ResponseDesk
from services.governance.scene_terms import Active
from services.governance.scenes import Scene
from services.governance.school import SchoolDays
from services.governance.sensing import Sensing
from twin.state.batch import Batch

_MOVES = (Tick, Batch, WarningNoted, WarningLifted, ResponseDeclared, ResponseEnded)
"""What may arm a scene or let it rest."""


class _State(msgspec.Struct):
    resting: set[str] = set()


class ArmingDesk:
    """Which scenes rest. Belief is told by every change, so that what rests neither raises nor clears."""

    name = "arming"

    def __init__(
        self,
        scenes: Mapping[str, Scene],
        response: ResponseDesk,
        school: SchoolDays,
        senses: Sensing,
        time_zone: str,
    ) -> None:
        self._timed = {id: scene.active for id, scene in scenes.items() if scene.active is not None}
        self._scenes = scenes
        self._response = response
        self._school = school
        self._senses = senses
        self._zone = ZoneInfo(time_zone)
        self._state = _State()

    def rests(self, scene: str) -> bool:
        return scene in self._state.resting

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        if not isinstance(fact, _MOVES):
            return ()
        return tuple(self._changes(turn.city_ms))

    def _changes(self, now_ms: int) -> Iterator[Event]:
        resting = self._state.resting
        for scene in sorted(resting - self._timed.keys()):
            yield SceneArmed(actor=SYSTEM, cause=scene, **because("it has no time of its own any more"), scene=scene)
        for scene, active in self._timed.items():
            opened = self.opened(active, now_ms)
            if opened is None and scene not in resting:
                reason = because("outside the time in which {scene} is armed", scene=self._scenes[scene].name)
                yield SceneRested(actor=SYSTEM, cause=scene, **reason, scene=scene)
            elif opened is not None and scene in resting:
                yield SceneArmed(actor=SYSTEM, cause=scene, **opened, scene=scene)

    def opened(self, active: Active, now_ms: int) -> Because | None:
        """Why a scene is armed now; None where it rests."""
        if not in_time(active, datetime.fromtimestamp(now_ms // 1000, self._zone), self._school):
            return None
        if not active.warnings and not active.response:
            return because("its hours have come")
        for hazard in active.warnings:
            warned = self._response.warnings.get(hazard)
            if warned is not None and warned.level <= active.warning_at_least:
                return because(
                    "a warning opened it: {hazard}, {colour}", hazard=HAZARDS[hazard], colour=COLOURS[warned.level]
                )
        for hazard in active.response:
            declared = self._response.responses.get(hazard)
            if declared is not None and declared.level <= active.response_at_least:
                return because(
                    "a response opened it: {hazard}, level {level}", hazard=HAZARDS[hazard], level=declared.level
                )
        return None

    def apply(self, event: Event, turn: Turn) -> None:
        match event:
            case SceneRested():
                self._state.resting.add(event.scene)
            case SceneArmed():
                self._state.resting.discard(event.scene)
            case _:
                return
        self._senses.rest(sorted(self._state.resting))

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)


def in_time(active: Active, local: datetime, school: SchoolDays) -> bool:
    """Whether hours, months, weekdays and school days all hold. A night that began on a named weekday belongs to it."""
    day = local.date()
    if active.hours is not None:
        first, last = active.hours
        if first < last and not first <= local.hour < last:
            return False
        if first >= last:
            if last <= local.hour < first:
                return False
            if local.hour < last:
                day = day.fromordinal(day.toordinal() - 1)
    if active.months and day.month not in active.months:
        return False
    if active.weekdays and day.isoweekday() not in active.weekdays:
        return False
    return not active.school_days or school.has_school(day)
