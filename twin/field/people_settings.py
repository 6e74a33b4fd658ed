"""``config/field/people.toml``, typed: what residents do with their legs, wheels and phones."""

from __future__ import annotations

from typing import Literal

import msgspec

Tempo = Literal["real", "demo"]
Span = tuple[float, float]
Channel = Literal["snapshot", "12345", "110", "119", "120"]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table whose unknown keys are mistakes."""


class OutingSettings(_Strict, frozen=True):
    """Short ways out: the share of all residents under way on foot or bicycle, for each hour of the day; where there
    are few residents, ``at_least`` so many (a third of all at most)."""

    share_by_hour: tuple[float, ...]
    at_least: int
    rain_keeps_in: float
    at_once: int
    spare_s: float
    near_m: Span
    stay_s: Span
    walk_share: float


class CarSettings(_Strict, frozen=True):
    """Residents' own cars: ``share_of_traffic`` of the busiest hour's vehicles at most are theirs; whoever sets out
    beyond that drives as a body at the speed of the roads. Nobody drives for longer than ``longest_s``."""

    share_of_traffic: float
    beyond_m: float
    longest_s: float
    times_every_s: float


class BusSettings(_Strict, frozen=True):
    """``seats`` include standing room; ``patience_s`` at a stop, after which one walks; ``slack``: a bus is taken where
    it is at most so many times as slow as walking."""

    seats: int
    patience_s: float
    longest_s: float
    slack: float


class ReportSettings(_Strict, frozen=True):
    """Who reports how: ``hotline_from_age`` and the share of older and younger people who call 12345 rather than take
    a snapshot; false reports a day and 1,000 residents by tempo."""

    delay_s: Span
    error_m: float
    wrong_matter: float
    hotline_from_age: int
    hotline_share: Span
    enough: int
    enough_factor: float
    false_per_day: dict[Tempo, float]


class ReplySettings(_Strict, frozen=True):
    """Who answers when asked whether it is solved, and after how long. Those for whom it is are content by the first
    share where it took no longer than ``content_within_h`` since the report, else by the second."""

    share: float
    delay_s: Span
    content_within_h: float
    content_share: Span


class Matter(_Strict, frozen=True):
    """What a resident calls one kind of hazard: taxonomy code and words; seen from ``see_m``, reported by ``share`` of
    those who notice it and agreed to report. With an ``emergency`` number, ``urgent_share`` of them call it."""

    code: str
    en: str
    zh: str
    see_m: float = 45.0
    share: float = 0.15
    emergency: Channel = "12345"
    urgent_share: float = 0.0


class PeopleSettings(_Strict, frozen=True):
    walk_mps: Span
    cycle_mps: Span
    walk_within_m: float
    cycle_beyond_m: float
    unpunctual_s: float
    position_every_s: float
    position_share: float
    outings: OutingSettings
    cars: CarSettings
    buses: BusSettings
    reports: ReportSettings
    replies: ReplySettings
    matter: dict[str, Matter]
