"""What residents notice and report, and how; and who was near what, for the truth log."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import get_args

import msgspec
import numpy as np

from twin.city.households import Flags
from twin.city.model import City
from twin.core.chance import fraction, generator
from twin.field.bodies import LIFT, STILL, Rows
from twin.field.hazards.base import Ended, Floats, Moment, Spot
from twin.field.keeping import keep, regain
from twin.field.people import People
from twin.field.people_settings import Channel, Matter, PeopleSettings, Tempo
from twin.field.replies import Replies, ReplyState
from twin.field.traffic import Traffic
from twin.field.truth import TruthFact, TruthSink
from twin.formats.civic import Inquiry, PersonReport

EVERY_S = 5.0
_DAY_S = 86_400.0
_EMERGENCY = tuple(number for number in get_args(Channel) if number not in ("snapshot", "12345"))


class Due(msgspec.Struct):
    """A report that somebody is about to send; ``site`` is the hazard, empty for what is not there. One with a channel
    is word for word what an exercise wants said."""

    row: int
    kind: str
    at_s: float
    x_m: float
    y_m: float
    site: str
    channel: str = ""  # empty: by age and urgency


class SightingState(msgspec.Struct):
    """By hazard id: who has noticed it, how many mean to report it, and which residents and vehicles came near it (kept
    sorted)."""

    due: list[Due]
    noticed: dict[str, list[int]]
    meant: dict[str, int]
    residents: dict[str, list[int]]
    vehicles: dict[str, list[int]]
    replies: ReplyState = msgspec.field(default_factory=ReplyState)


class Sightings:
    """Every five seconds of city time."""

    def __init__(
        self, city: City, people: People, traffic: Traffic, settings: PeopleSettings, seed: int, tempo: Tempo,
        truth: TruthSink,
    ) -> None:  # fmt: skip
        self._frame, self._people, self._traffic, self._truth = city.frame, people, traffic, truth
        self._settings, self._seed, self._tempo = settings, seed, tempo
        self._ages = people.lives.people.households.age
        self._replies = Replies(people.phones, settings.replies, seed)
        self.state = SightingState([], {}, {}, {}, {})

    def step(self, now: Moment, spots: list[Spot]) -> None:
        for due in [due for due in self.state.due if due.at_s <= now.since_s]:
            self.state.due.remove(due)
            self._report(due, now)
        traffic = self._traffic
        alive = np.flatnonzero(traffic.alive)
        cars = np.column_stack((traffic.x_m[alive], traffic.y_m[alive]))
        for spot in spots:
            near = _within(self._people.xy, spot, spot.seen_m)
            _add(self.state.residents, spot.id, near.tolist())
            _add(self.state.vehicles, spot.id, traffic.id[alive[_within(cars, spot, spot.seen_m)]].tolist())
            matter = self._settings.matter.get(spot.kind)
            if matter is not None:
                self._look(spot, matter, now)
        self._imagine(now)
        self._replies.step(now, {spot.id for spot in spots})

    def tell(self, kind: str, x_m: float, y_m: float, channel: Channel, site: str, now: Moment) -> str:
        """Let the resident who is nearest, of those who agreed to report, tell of something there (``site`` is the
        hazard, empty where there is none). Returns the resident's pseudonym, empty where nobody agreed."""
        agreed = np.flatnonzero(self._people.phones.agreed["report"])
        if not len(agreed):
            return ""
        away = np.hypot(self._people.xy[agreed, 0] - x_m, self._people.xy[agreed, 1] - y_m)
        row = int(agreed[np.argmin(away)])
        self.state.due.append(Due(row, kind, now.since_s, x_m, y_m, site, channel))
        return self._people.register[row].pseudonym

    def asked(self, row: int, inquiry: Inquiry, now: Moment) -> None:
        """The centre asks somebody about a report."""
        self._replies.asked(row, inquiry, now)

    def ended(self, past: Ended, truth: TruthSink) -> None:
        """Write the end of a hazard, with all who were near it."""
        self.state.noticed.pop(past.id, None)
        self.state.meant.pop(past.id, None)
        rows, vehicles = self.state.residents.pop(past.id, []), self.state.vehicles.pop(past.id, [])
        truth.note(
            TruthFact(
                city_ms=past.ended_ms, kind=past.kind, id=past.id, what="ended", x_m=past.x_m, y_m=past.y_m,
                residents=tuple(self._people.register[row].pseudonym for row in rows), vehicles=len(vehicles),
            )
        )  # fmt: skip

    def _look(self, spot: Spot, matter: Matter, now: Moment) -> None:
        """Whoever is within sight for the first time notices it, and may mean to report it."""
        known = self.state.noticed.setdefault(spot.id, [])
        seeing = _within(self._people.xy, spot, matter.see_m)
        for row in seeing[~np.isin(seeing, known)].tolist():
            known.append(row)
            self._notice(row, spot, matter, now)

    def _notice(self, row: int, spot: Spot, matter: Matter, now: Moment) -> None:
        rules, meant = self._settings.reports, self.state.meant.get(spot.id, 0)
        share = matter.share * (1.0 if meant < rules.enough else rules.enough_factor)
        if not self._people.phones.may(row, "report") or fraction(self._seed, "reports", row, spot.id) >= share:
            return
        self.state.meant[spot.id] = meant + 1
        self._mean(row, spot.kind, spot.x_m, spot.y_m, spot.id, now)

    def _imagine(self, now: Moment) -> None:
        """Now and then somebody out of doors reports what is not there: mistaken, or past, or a joke."""
        people, rules = self._people, self._settings.reports
        rate = rules.false_per_day[self._tempo] * len(people.register) / 1000.0 * EVERY_S / _DAY_S
        if fraction(self._seed, "false", round(now.since_s)) >= rate:
            return
        out = np.flatnonzero(_outside(people) & people.phones.agreed["report"])
        if len(out):
            row = int(out[math.floor(fraction(self._seed, "false", round(now.since_s), "who") * len(out))])
            kinds = list(self._settings.matter)
            kind = kinds[math.floor(fraction(self._seed, "false", round(now.since_s), "what") * len(kinds))]
            self._mean(row, kind, float(people.xy[row, 0]), float(people.xy[row, 1]), "", now)

    def _mean(self, row: int, kind: str, x_m: float, y_m: float, site: str, now: Moment) -> None:
        low, high = self._settings.reports.delay_s
        delay = low + (high - low) * fraction(self._seed, "reports", row, site, round(now.since_s), "delay")
        dice = generator(self._seed, "reports", row, site, round(now.since_s), "error").standard_normal(2)
        east, north = (self._settings.reports.error_m * dice).tolist()
        self.state.due.append(Due(row, kind, now.since_s + delay, x_m + east, y_m + north, site))

    def _report(self, due: Due, now: Moment) -> None:
        rules, kinds, when = self._settings.reports, list(self._settings.matter), round(due.at_s)
        kind = due.kind
        if not due.channel and fraction(self._seed, "wrong", due.row, when) < rules.wrong_matter:
            kind = kinds[math.floor(fraction(self._seed, "which", due.row, when) * len(kinds))]
        matter = self._settings.matter[kind]
        channel = self.channel(due.row, matter, fraction(self._seed, "channel", due.row, when))
        if due.channel:
            channel = msgspec.convert(due.channel, Channel)
        longitude, latitude = self._frame.to_lonlat(due.x_m, due.y_m)
        report = PersonReport(
            matter=matter.code, text=f"{matter.zh} / {matter.en}", latitude=float(latitude),
            longitude=float(longitude), channel=channel,
        )  # fmt: skip
        if self._people.phones.say(due.row, "report", report, now.city_ms):
            self._replies.told(due.row, now.city_ms, due.site)
            self._truth.note(
                TruthFact(
                    city_ms=now.city_ms, kind="report", id=due.site, what="reported" if due.site else "false",
                    x_m=due.x_m, y_m=due.y_m, residents=(self._people.register[due.row].pseudonym,),
                    detail={"of": due.kind, "said": kind, "channel": channel},
                )
            )  # fmt: skip

    def channel(self, row: int, matter: Matter, share: float) -> Channel:
        """An emergency number for what is urgent; else the hotline, or a snapshot, by age."""
        if matter.emergency in _EMERGENCY and share < matter.urgent_share:
            return matter.emergency
        rest = (share - matter.urgent_share) / max(1.0 - matter.urgent_share, 1e-9)
        older = self._ages[row] >= self._settings.reports.hotline_from_age
        return "12345" if rest < self._settings.reports.hotline_share[bool(older)] else "snapshot"

    def dump(self) -> bytes:
        self.state.replies = self._replies.state
        return keep(self.state)

    def load(self, data: bytes) -> None:
        self.state = regain(data, SightingState)
        self._replies.state = self.state.replies


def _outside(people: People) -> Flags:
    mode = people.bodies.mode
    return np.asarray((mode != STILL) & (mode != LIFT), np.bool_)


def _within(xy: Floats, spot: Spot, metres: float) -> Rows:
    return np.flatnonzero((xy[:, 0] - spot.x_m) ** 2 + (xy[:, 1] - spot.y_m) ** 2 <= metres * metres)


def _add(seen: dict[str, list[int]], site: str, ids: Iterable[int]) -> None:
    new = list(ids)
    if new:
        seen[site] = sorted({*seen.get(site, []), *new})
