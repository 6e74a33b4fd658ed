"""``config/collaboration.toml``: limits of whistles, suggested clocks of requests, and the escalation table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from services.facts.working import WhistleKind
from twin.core.errors import ConfigError

LateKind = Literal["case", "request_answer", "request_result", "report_in", "resolution", "shift"]
Addressee = Literal["handler", "department_head", "subdistrict_head", "duty_chief", "leader"]
Minutes = Annotated[int, msgspec.Meta(ge=1)]
Level = Annotated[int, msgspec.Meta(ge=0, le=4)]

MINUTE_MS = 60_000


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Characters."""

    longest: Minutes = 500
    minutes: Minutes = 4000


class Requests(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    respond_minutes: Minutes = 30
    finish_minutes: Minutes = 240
    longest_minutes: Minutes = 14_400


class RoomRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A room opens by itself for cases of this severity or graver; 0: never."""

    at_least: Level = 2
    scenes: Mapping[str, Level] = {}

    def level(self, scene: str) -> int:
        return self.scenes.get(scene, self.at_least)


class Shifts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    early_minutes: Minutes = 60
    late_minutes: Minutes = 15


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One row of the escalation table."""

    late: LateKind
    after_minutes: Annotated[int, msgspec.Meta(ge=0)]
    to: Addressee
    at_least: Annotated[int, msgspec.Meta(ge=1, le=4)] = 4


class Whistle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Minutes within which departments must report in."""

    routine: Minutes = 120
    hard: Minutes = 60
    emergency: Minutes = 30

    def minutes(self, kind: WhistleKind) -> int:
        return {"routine": self.routine, "hard": self.hard, "emergency": self.emergency}[kind]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    whistle: Whistle = Whistle()
    escalation: tuple[Step, ...] = ()
    words: Words = Words()
    requests: Requests = Requests()
    room: RoomRule = RoomRule()
    duty: Shifts = Shifts()

    def steps(self, late: str) -> tuple[Step, ...]:
        """In the order in which they are taken; a step's number is its place here, from 1."""
        return tuple(step for step in self.escalation if step.late == late)


def load_settings(path: Path) -> Settings:
    """Raises :class:`ConfigError` naming file and key."""
    try:
        settings = msgspec.toml.decode(path.read_bytes(), type=Settings)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    for number, step in enumerate(settings.escalation):
        before = [one.after_minutes for one in settings.escalation[:number] if one.late == step.late]
        if before and step.after_minutes < before[-1]:
            raise ConfigError(f"{path}: escalation[{number}].after_minutes", "earlier than the step before it")
    return settings
