"""One turn's admitted messages, decoded: columns for telemetry, a few objects for the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from twin.core.columns import Positions, Readings
from twin.formats.civic import (
    ConsentWord,
    ErrandWord,
    Finding,
    GatewayState,
    MandateWord,
    PersonReply,
    PersonReport,
    PlaceWord,
    Presence,
    Report,
    ServiceRequest,
    Tally,
    WarningKind,
    WeatherWarning,
)


class DenmHeard(msgspec.Struct, frozen=True, kw_only=True, tag="denm"):
    """A DENM in SI: ``event`` is ``<originating station>/<sequence>``, an incident's ready identity."""

    source: str
    event: str
    cause: int
    subcause: int
    x_m: float
    y_m: float
    observed_ms: int
    until_ms: int
    terminated: bool
    quality: int
    provenance: int


class PersonSaid(msgspec.Struct, frozen=True, kw_only=True, tag="person"):
    """A verified and admitted message of a phone, or (with ``channel`` and ``terminal``) of a terminal at which the
    person is; ``person`` is the register's id."""

    person: str
    body: Presence | PersonReport | PersonReply | ServiceRequest | ErrandWord | ConsentWord | MandateWord | PlaceWord
    observed_ms: int
    provenance: int
    channel: Literal["", "counter", "kiosk", "phone"] = ""  # empty: the person's own phone
    terminal: str = ""


class UnitSaid(msgspec.Struct, frozen=True, kw_only=True, tag="unit"):
    report: Report
    x_m: float
    y_m: float
    provenance: int


class FindingHeard(msgspec.Struct, frozen=True, kw_only=True, tag="finding"):
    """What a collector came upon, or takes back."""

    finding: Finding
    x_m: float
    y_m: float
    observed_ms: int
    provenance: int


class WarningHeard(msgspec.Struct, frozen=True, kw_only=True, tag="warning"):
    """The weather service's word on one kind of warning; ``warning`` is None where it is lifted."""

    kind: WarningKind
    warning: WeatherWarning | None
    provenance: int


class GatewaySaid(msgspec.Struct, frozen=True, kw_only=True, tag="gateway"):
    state: GatewayState
    retained: bool


class Tallied(msgspec.Struct, frozen=True, kw_only=True, tag="tally"):
    tally: Tally
    received_wall_ms: float


class PriorityAsked(msgspec.Struct, frozen=True, kw_only=True, tag="srem"):
    """One request of a crew's SREM: ``intersection`` is the number on the wire, ``asks`` as in
    :class:`twin.formats.srem.Asks`; ``arrives_ms`` -1 unknown."""

    unit: str
    station: int
    sequence: int
    intersection: int
    request: int
    asks: int
    group: int
    arrives_ms: int
    lasts_s: float
    provenance: int


Notice = PriorityAsked | DenmHeard | PersonSaid | UnitSaid | FindingHeard | WarningHeard | GatewaySaid | Tallied


@dataclass(frozen=True, slots=True)
class LightStates:
    """SPATEM as columns: one row a signal group."""

    intersection: NDArray[np.int32]  # index into City.intersections
    group: NDArray[np.int32]
    state: NDArray[np.uint8]
    observed_ms: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Batch:
    """What one turn took in. ``received_ms`` is city time."""

    received_ms: int
    readings: Readings
    positions: Positions
    lights: LightStates
    notices: tuple[Notice, ...]
