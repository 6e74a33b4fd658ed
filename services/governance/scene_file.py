"""The schema of ``config/scenes/<id>.toml``: what may stand in a scene's file, key by key."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from services.facts.casework import Tier
from services.governance.scene_terms import (
    Active,
    ClockKind,
    Commanding,
    FollowUp,
    ReportUp,
    Step,
    Truth,
    Urgent,
    VehicleWarning,
)
from services.governance.scenes import Automation, ClosingTest, EvidenceRule, Limits, Match, SeverityRule
from twin.core.errors import ConfigError
from twin.core.text import Name
from twin.state.conditions import Condition

Category = Literal[
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other"
]
"""The words of CAP 1.2."""


class Fault(NamedTuple):
    """One thing wrong with a file: under which key, and why."""

    key: str
    reason: str


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name in both languages, as a file writes it."""

    en: str
    zh: str

    @property
    def name(self) -> Name:
        return Name(self.en, self.zh)


class SignalEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Words
    condition: Condition
    channel: Literal["", "video"] = ""  # of a sensor that is a camera


class HandleEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: Words
    amount: float
    clock: ClockKind = "urgent_hour"
    signal: str = ""
    least: float | None = None
    at_least: int = 0
    place_kinds: tuple[str, ...] = ()


class LimitsEntry(Limits, frozen=True, forbid_unknown_fields=True, kw_only=True):
    handle: tuple[HandleEntry, ...] = ()


class RequestEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    department: str
    what: Words
    at: Step = "filed"
    respond_s: float = 900.0
    finish_s: float = 0.0
    at_least: int = 0


class NoticeEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    at_least: int = 2
    category: Category
    event: Words
    urgency: Literal["Immediate", "Expected", "Future", "Past", "Unknown"] = "Immediate"
    severity: Literal["Extreme", "Severe", "Moderate", "Minor", "Unknown"] = "Moderate"
    certainty: Literal["Observed", "Likely", "Possible", "Unlikely", "Unknown"] = "Observed"
    response: Literal["Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None"] = (
        "Avoid"
    )
    headline: Words
    instruction: Words
    radius_m: float = 300.0


class SceneFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One scene as written."""

    name: Words
    icon: str
    code: str
    matter: Words | None = None  # names a local extension, which the standard does not know
    lead: str
    support: tuple[str, ...] = ()
    tasks: tuple[str, ...]
    closes: Literal["no", "place", "road", "lane"] = "no"
    caption: Words
    signals: tuple[SignalEntry, ...]
    evidence: EvidenceRule
    severity: SeverityRule
    closing: ClosingTest
    limits: LimitsEntry = LimitsEntry()
    automation: Automation = Automation()
    match: Match = Match()
    tier: Tier = "subdistrict"
    commands: Commanding = ""
    urgent: Urgent | None = None
    requests: tuple[RequestEntry, ...] = ()
    truths: tuple[Truth, ...] = ("department", "sensors")
    follow_up: FollowUp = FollowUp()
    report_up: ReportUp | None = None
    notice: NoticeEntry | None = None
    warn: VehicleWarning | None = None
    priority: bool = False
    citywide: bool = False
    active: Active | None = None
    cost: Words = Words("", "")
    aim: Words = Words("", "")


def read_scene(path: Path) -> tuple[SceneFile, bytes]:
    """A file and its bytes. Raises :class:`ConfigError` for what does not even fit the schema."""
    try:
        data = path.read_bytes()
        return msgspec.toml.decode(data, type=SceneFile), data
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
