"""A scene: a kind of situation with its own signals, evidence, severity, departments, playbook and closing test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from services.facts.casework import AutomationLevel, Tier
from services.facts.collaboration import Post
from services.facts.evidence import Evidence, SeverityInput
from services.governance.scene_terms import (
    NOBODY,
    Active,
    Commanding,
    FollowUp,
    HandleLimit,
    PlaybookRequest,
    PublicNotice,
    ReportUp,
    Truth,
    Urgent,
    VehicleWarning,
)
from twin.core.text import Name
from twin.state.conditions import Condition, SensorCondition, SlowCondition, WarningCondition

InputKind = Literal["value", "signals", "subjects", "road_class", "near_m", "hour"]


class SceneSignal(msgspec.Struct, frozen=True):
    """One thing the scene notices, with the words a person reads; ``unit`` of its values, empty where it has none.
    ``channel`` is the source of a case that it opens: sensor, video, vehicle, patrol, weather; empty for reports, which
    say themselves how they came."""

    name: Name
    condition: Condition
    unit: str
    channel: str = "sensor"


class EvidenceRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When signals become an incident: one strong one, or ``need`` of them within ``window_s`` and ``radius_m``.

    ``distinct`` says what is counted: subjects (devices, vehicles, people), or kinds of signal. ``same`` further asks
    that devices share a circuit or place or are the same one, ``must`` that one of these signals is among them. Signals
    near an open incident of a scene in ``explained_by`` belong to that one. A signal in ``doubtful`` opens an incident
    alone, but a collector must confirm it before filing. ``distance`` says how ``radius_m`` is measured: as the crow
    flies, or along the roads, by which the two sides of a river are not near.
    """

    need: int = 1
    window_s: float = 600.0
    radius_m: float = 100.0
    distinct: Literal["subject", "signal"] = "subject"
    same: Literal["", "circuit", "place", "device"] = ""
    must: tuple[str, ...] = ()
    explained_by: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    distance: Literal["straight", "road"] = "straight"


class Band(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From ``least`` upwards an input is worth ``points``, until the next band."""

    least: float
    points: float


class SeverityTerm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One input of the formula. ``value`` is the gravest value of ``signal``, ``near_m`` the distance to the nearest
    place of kind ``place``, ``road_class`` 1 (motorway) to 9, ``hour`` the local hour."""

    input: InputKind
    bands: tuple[Band, ...]
    signal: str = ""
    place: str = ""


class SeverityRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Points of all terms are added; the level is the gravest whose points are reached, else Ⅳ."""

    terms: tuple[SeverityTerm, ...] = ()
    I: float
    II: float
    III: float

    def level(self, inputs: tuple[SeverityInput, ...]) -> int:
        total = sum(entry.points for entry in inputs)
        for level, least in ((1, self.I), (2, self.II), (3, self.III)):
            if total >= least:
                return level
        return 4


class ClosingTest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The named signals must be calm for ``hold_s``. Undecided for ``undecided_s`` sends a collector; still not calm
    after ``patience_s`` sends the department again. ``early_hold_s`` closes before the crew is done; 0: never.
    ``lasting``: the work lasts as long as the signals do, whatever the playbook's tasks are: calm alone ends it."""

    signals: tuple[str, ...]
    hold_s: float
    undecided_s: float = 180.0
    patience_s: float = 900.0
    early_hold_s: float = 0.0
    lasting: bool = False


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Clocks in city seconds: report → filing, filing → dispatch, order → acknowledgement, dispatch → feedback,
    feedback → closing."""

    accept_s: float = 900.0
    dispatch_s: float = 900.0
    acknowledge_s: float = 120.0
    handle_s: float = 7200.0
    check_s: float = 1800.0


class Automation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The post whose holder authorises the rule that takes each step; empty: a person takes it. ``level`` is how much
    the rules may do by themselves until somebody sets it otherwise (SetAutomation)."""

    accept: Post | Literal[""] = "acceptor"
    file: Post | Literal[""] = "acceptor"
    dispatch: Post | Literal[""] = "dispatcher"
    close: Post = "duty_chief"
    level: AutomationLevel = "automatic"


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the incident is about: the nearest place of these kinds, or component of these classes."""

    place_kinds: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    radius_m: float = 150.0


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """A loaded scene; ``version`` is the digest of its file. ``code`` is a 5-digit class of the taxonomy; a component's
    class means the matter "X abnormal". ``caption`` is a template with {place} and {value}."""

    id: str
    version: str
    name: Name
    icon: str
    code: str
    matter: Name  # what the code stands for
    lead: str
    support: tuple[str, ...]
    tasks: tuple[str, ...]
    closes: Literal["no", "place", "road", "lane"]
    signals: tuple[SceneSignal, ...]
    evidence: EvidenceRule
    severity: SeverityRule
    closing: ClosingTest
    limits: Limits
    automation: Automation
    match: Match
    caption: Name
    tier: Tier = "subdistrict"
    commands: Commanding = ""  # the department that commands its own units: 110, 119, 120
    urgent: Urgent | None = None
    handle_limits: tuple[HandleLimit, ...] = ()  # the first that holds wins; else ``limits.handle_s`` as urgent hours
    requests: tuple[PlaybookRequest, ...] = ()
    truths: tuple[Truth, ...] = ("department", "sensors")
    follow_up: FollowUp = FollowUp()
    report_up: ReportUp | None = None
    notice: PublicNotice | None = None
    warn: VehicleWarning | None = None
    citywide: bool = False  # it is about the whole city, wherever its mark stands
    priority: bool = False  # its crews may ask traffic lights for priority
    active: Active | None = None  # None: always armed
    cost: Name = NOBODY  # what handling it costs
    aim: Name = NOBODY  # what it is meant to achieve

    def handle_limit(self, evidence: Sequence[Evidence], severity: int, place_kind: str) -> HandleLimit | None:
        """The limit of the first condition that holds, None where none does."""
        for limit in self.handle_limits:
            if self._holds(limit, evidence, severity, place_kind):
                return limit
        return None

    def _holds(self, limit: HandleLimit, evidence: Sequence[Evidence], severity: int, place_kind: str) -> bool:
        if limit.at_least and severity > limit.at_least:
            return False
        if limit.place_kinds and place_kind not in limit.place_kinds:
            return False
        if not limit.signal:
            return True
        values = [entry.value for entry in evidence if entry.condition == limit.signal]
        if limit.least is None or not values:
            return bool(values)
        known = [value for value in values if value is not None]
        if falls(self.signal(limit.signal)):
            return any(value <= limit.least for value in known)
        return any(value >= limit.least for value in known)

    def signal(self, condition: str) -> SceneSignal | None:
        """The signal with this full condition id."""
        for entry in self.signals:
            if entry.condition.id == condition:
                return entry
        return None


def falls(signal: SceneSignal | None) -> bool:
    """Whether a lower value of this signal is the graver one."""
    condition = signal.condition if signal else None
    return isinstance(condition, WarningCondition | SlowCondition) or (
        isinstance(condition, SensorCondition) and condition.op == "<"
    )


def scene_of(condition: str) -> str:
    """The scene that a condition id belongs to."""
    return condition.partition("/")[0]


def conditions(scenes: Mapping[str, Scene]) -> tuple[Condition, ...]:
    """Every condition of every scene, in file order: what belief is to watch for."""
    return tuple(entry.condition for scene in scenes.values() for entry in scene.signals)
