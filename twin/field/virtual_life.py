"""Residents in virtual places: they go there for something, follow what they are told, and leave when it is done. Their
bodies stay where they are; only their phones speak."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec
import numpy as np

from twin.city.virtual import PlacePlan
from twin.core.chance import fraction
from twin.field.bodies import STILL
from twin.field.hazards.base import Moment
from twin.field.keeping import keep, regain
from twin.field.people import People
from twin.field.settings import Tempo
from twin.field.virtual_settings import VirtualSettings
from twin.formats.civic import Answer, PlaceWord, Presence

_HOUR_S = 3600.0
_RESULTS = frozenset({"prescription", "referred", "attendance", "not_attended", "interview", "declined", "broken_off"})
_GONE = frozenset({"removed", "banned", "down", "closed", "stay_over", "erased"})


class Visit(msgspec.Struct):
    """``session`` is what they come for (empty: to be there); ``avatar`` what the place calls them once they are in."""

    row: int
    place: str
    session: str
    phase: Literal["asked", "inside", "joined", "done"] = "asked"
    due_s: float = 0.0
    until_s: float = 0.0
    avatar: str = ""


class Due(msgspec.Struct):
    """A word that somebody is about to say."""

    row: int
    at_s: float
    word: PlaceWord


class LifeState(msgspec.Struct):
    visits: dict[int, Visit]
    due: list[Due]
    coming: list[tuple[int, str, str, float]]  # row, place, session, when
    begun: int
    next_s: float
    rush_s: float
    trouble_s: float
    troubles: int


class VirtualLife:
    """Steps once a second. ``rush``, ``misbehave`` and ``spread`` are what exercises ask for too."""

    def __init__(
        self, people: People, plans: Mapping[str, PlacePlan], settings: VirtualSettings, seed: int, tempo: Tempo
    ) -> None:
        self._people, self._set, self._seed, self._tempo = people, settings, seed, tempo
        self._sessions = {one.id: place for place, plan in plans.items() for one in plan.sessions}
        self._phrases = {place: tuple(one.id for one in plan.phrases) for place, plan in plans.items()}
        ages = people.lives.people.households.age
        self._able = (ages >= settings.visits.youngest) & people.phones.agreed["virtual"]
        homes: dict[str, list[int]] = {}
        for row, resident in enumerate(people.register):
            homes.setdefault(resident.household, []).append(row)
        self._homes = {row: [other for other in home if other != row] for home in homes.values() for row in home}
        trouble = settings.trouble
        self.state = LifeState(
            {}, [], [], 0, 5.0, 0.5 * trouble.rush_every_s[tempo], 0.5 * trouble.misconduct_every_s[tempo], 0
        )

    def step(self, now: Moment) -> None:
        if not self._sessions:
            return
        state = self.state
        self._begin(now)
        for come in [one for one in state.coming if one[3] <= now.since_s]:
            state.coming.remove(come)
            self._enter(come[0], come[1], come[2], now)
        for due in [one for one in state.due if one.at_s <= now.since_s]:
            state.due.remove(due)
            if due.row in state.visits:
                self._people.phones.say(due.row, "virtual", due.word, now.city_ms)
        for visit in list(state.visits.values()):
            self._follow(visit, now)
        self._chatter(now)
        self._trouble(now)

    # --- visits -----------------------------------------------------------------------------------------------------

    def _begin(self, now: Moment) -> None:
        state, visits = self.state, self._set.visits
        rate = visits.per_hour[self._tempo] * len(self._people.register) / 1000.0 / _HOUR_S
        while rate > 0 and now.since_s >= state.next_s:
            state.begun += 1
            gap = -math.log(1.0 - fraction(self._seed, "virtual", state.begun, "gap")) / rate
            state.next_s += gap
            if not visits.hours[0] * _HOUR_S <= now.sky.day_s < visits.hours[1] * _HOUR_S:
                continue
            session = self._purpose(fraction(self._seed, "virtual", state.begun, "why"))
            row = self._somebody("virtual", state.begun)
            if row >= 0 and session:
                self._come((row,), self._sessions[session], session, now)

    def _purpose(self, draw: float) -> str:
        for session, share in self._set.visits.share.items():
            draw -= share
            if draw < 0:
                return session if session in self._sessions else ""
        return ""

    def _somebody(self, *keys: int | str) -> int:
        """Somebody who stays where they are just now, has a phone that may say so, and is in no place yet."""
        bodies = self._people.bodies
        free = self._able & (bodies.mode == STILL) & ~bodies.busy
        free[list(self.state.visits)] = False
        rows = np.flatnonzero(free)
        return int(rows[int(fraction(self._seed, *keys, "who") * len(rows))]) if len(rows) else -1

    def _come(self, rows: Iterable[int], place: str, session: str, now: Moment) -> None:
        """Who comes to meet their own people brings somebody along."""
        for row in rows:
            self._enter(row, place, session, now)
            if session == "family_lawn":
                others = [one for one in self._homes[row] if self._able[one] and one not in self.state.visits]
                for number, other in enumerate(others[:2]):
                    self.state.coming.append((other, place, session, now.since_s + 10.0 + 15.0 * number))

    def _enter(self, row: int, place: str, session: str, now: Moment) -> None:
        visits = self._set.visits
        if row in self.state.visits:
            return
        if self._people.phones.say(row, "presence", Presence(place=place, entered=True), now.city_ms):
            self.state.visits[row] = Visit(row, place, session, until_s=now.since_s + visits.patience_s)

    def _follow(self, visit: Visit, now: Moment) -> None:
        if visit.phase == "inside" and visit.session and now.since_s >= visit.due_s:
            visit.phase = "joined"
            stay_s = 3600.0 if visit.session == "class" else self._set.visits.patience_s
            visit.until_s = now.since_s + (420.0 if visit.session == "family_lawn" else stay_s)
            word = PlaceWord(place=visit.place, word="join", subject=visit.session)
            self._people.phones.say(visit.row, "virtual", word, now.city_ms)
        if now.since_s >= visit.until_s or self._people.bodies.busy[visit.row]:  # or has something to do out there
            self._people.phones.say(visit.row, "presence", Presence(place=visit.place, entered=False), now.city_ms)
            del self.state.visits[visit.row]

    def answer(self, row: int, answer: Answer, now: Moment) -> None:
        """What the place told a phone."""
        visit = self.state.visits.get(row)
        if visit is None or not answer.request_id.startswith("virtual/"):
            return
        low, high = self._set.visits.settle_s
        if answer.state == "entered":
            visit.phase, visit.avatar = "inside", answer.note
            visit.due_s = now.since_s + low + (high - low) * fraction(self._seed, "settles", row, round(now.since_s))
        elif answer.state in _RESULTS or (answer.step == "join" and answer.state == "refused"):
            low, high = self._set.visits.linger_s
            visit.phase = "done"
            visit.until_s = now.since_s + low + (high - low) * fraction(self._seed, "lingers", row)
        elif answer.state in _GONE or (answer.step == "enter" and answer.state == "refused"):
            del self.state.visits[row]

    def inside(self, place: str) -> list[Visit]:
        """Those who are in by the place's own word, in order."""
        return [one for one in self.state.visits.values() if one.place == place and one.avatar]

    def _chatter(self, now: Moment) -> None:
        second = round(now.since_s)
        for place, phrases in self._phrases.items():
            there = self.inside(place)
            draw = fraction(self._seed, "chatter", place, second)
            if there and phrases and draw < self._set.visits.chatter * len(there):
                who = there[int(fraction(self._seed, "chatter", place, second, "who") * len(there))]
                phrase = phrases[int(fraction(self._seed, "chatter", place, second, "what") * len(phrases))]
                word = PlaceWord(place=place, word="say", subject=phrase)
                self._people.phones.say(who.row, "virtual", word, now.city_ms)

    # --- trouble ----------------------------------------------------------------------------------------------------

    def _trouble(self, now: Moment) -> None:
        state, trouble = self.state, self._set.trouble
        place = self._sessions.get("job_fair", next(iter(self._sessions.values())))
        if now.since_s >= state.rush_s:
            state.rush_s += trouble.rush_every_s[self._tempo]
            self.rush(place, trouble.rush_people, now)
        if now.since_s >= state.trouble_s:
            state.trouble_s += trouble.misconduct_every_s[self._tempo]
            low, high = trouble.reporters
            many = low + int(fraction(self._seed, "reporters", state.troubles) * (high - low + 1))
            self.misbehave(place, "harassment", many, now)

    def rush(self, place: str, many: int, now: Moment) -> int:
        """So many want to be there within two minutes; how many there are to come."""
        came = 0
        for number in range(many):
            row = self._somebody("rush", place, round(now.since_s), number)
            if row < 0 or any(one[0] == row for one in self.state.coming):
                continue
            at_s = now.since_s + self._set.trouble.rush_s * fraction(self._seed, "rush", row, round(now.since_s))
            self.state.coming.append((row, place, "", at_s))
            came += 1
        return came

    def misbehave(self, place: str, conduct: str, many: int, now: Moment) -> str:
        """Somebody there does not behave, and so many of the others report it. Their phone's name, empty where too few
        are there to tell."""
        there, state = self.inside(place), self.state
        state.troubles += 1
        if len(there) < 2:
            return ""
        who = there[int(fraction(self._seed, "trouble", state.troubles) * len(there))]
        others = [one for one in there if one is not who][:many]
        low, high = self._set.trouble.report_s
        for one in others:
            at_s = now.since_s + low + (high - low) * fraction(self._seed, "reports", one.row, state.troubles)
            word = PlaceWord(place=place, word="report", subject=who.avatar, conduct=conduct)
            state.due.append(Due(one.row, at_s, word))
        return self._people.register[who.row].pseudonym

    def spread(self, place: str, rumour: str, target: str, now: Moment) -> str:
        """Somebody there says a rumour; a few ask whether it is true. Their phone's name, empty where nobody is."""
        there = self.inside(place)
        if not there:
            return ""
        who = there[int(fraction(self._seed, "spreads", rumour, round(now.since_s)) * len(there))]
        word = PlaceWord(place=place, word="say", subject=rumour, target=target)
        self._people.phones.say(who.row, "virtual", word, now.city_ms)
        return self._people.register[who.row].pseudonym

    def dump(self) -> bytes:
        return keep(self.state)

    def load(self, data: bytes) -> None:
        self.state = regain(data, LifeState)
