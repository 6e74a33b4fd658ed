"""``config/field/virtual.toml``, typed: visits to virtual places, trouble there, and rumours."""

from __future__ import annotations

from twin.field.tables import ByTempo, Span, Strict


class VisitSettings(Strict, frozen=True):
    per_hour: ByTempo
    hours: Span
    share: dict[str, float]
    settle_s: Span
    patience_s: float
    linger_s: Span
    chatter: float
    youngest: int


class TroubleSettings(Strict, frozen=True):
    rush_every_s: ByTempo
    rush_people: int
    rush_s: float
    misconduct_every_s: ByTempo
    reporters: tuple[int, int]
    report_s: Span


class RumourSettings(Strict, frozen=True):
    believe: float
    leave_s: Span
    tells: int
    hear_s: Span
    word_of_mouth: float
    stands_for: float
    stay_s: float
    turns_back: float
    tells_again: float


class VirtualSettings(Strict, frozen=True):
    visits: VisitSettings
    trouble: TroubleSettings
    rumours: RumourSettings
