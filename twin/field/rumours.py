"""What a rumour heard in a virtual place does in the real city: people set out, tell others, and stand in a crowd; and
what happens when they hear what is true."""

from __future__ import annotations

import msgspec

from twin.core.chance import fraction
from twin.field.hazards.base import Moment
from twin.field.hazards.crowd import Crowds
from twin.field.keeping import keep, regain
from twin.field.people import People
from twin.field.virtual_settings import RumourSettings
from twin.formats.civic import PlaceHeard

_AT_HAND_M = 150.0


class Believer(msgspec.Struct):
    """``told``: rows of those who have it from this one; ``phase``: hears, going, there, over."""

    row: int
    rumour: str
    target: str
    due_s: float
    phase: str = "hears"
    until_s: float = -1.0
    told: list[int] = []


class RumourState(msgspec.Struct):
    believers: dict[int, Believer]
    false: list[str]  # rumours of which everybody in the place was told that they are false
    drew: dict[str, int]  # by target: how many are there now


class Rumours:
    """By row; one rumour at a time is enough for anybody."""

    def __init__(self, people: People, crowds: Crowds, settings: RumourSettings, seed: int) -> None:
        self._people, self._crowds, self._set, self._seed = people, crowds, settings, seed
        homes: dict[str, list[int]] = {}
        for row, resident in enumerate(people.register):
            homes.setdefault(resident.household, []).append(row)
        self._homes = {row: [other for other in home if other != row] for home in homes.values() for row in home}
        self.state = RumourState({}, [], {})

    def heard(self, row: int, said: PlaceHeard, now: Moment) -> None:
        """On one's own phone, in the place or after it."""
        if said.true:
            if said.rumour not in self.state.false:
                self.state.false.append(said.rumour)
            self._doubt(row, said.rumour, self._set.turns_back, now)
        elif said.target in self._people.places and said.rumour not in self.state.false:
            self._believe(row, said.rumour, said.target, self._set.believe, self._set.leave_s, now, first=True)

    def step(self, now: Moment) -> None:
        for believer in list(self.state.believers.values()):
            match believer.phase:
                case "hears" if now.since_s >= believer.due_s:
                    believer.phase = "going"
                    self._people.occupy(believer.row)
                    self._people.send_to(believer.row, believer.target, now)
                case "going" if self._people.place(believer.row) == believer.target:
                    believer.phase, believer.until_s = "there", now.since_s + self._set.stay_s
                    self._gather(believer.target, 1, now)
                case "there" if now.since_s >= believer.until_s:
                    self._go_home(believer, now)
                case _:
                    pass

    def _believe(
        self, row: int, rumour: str, target: str, share: float, span: tuple[float, float], now: Moment, *, first: bool
    ) -> None:  # fmt: skip
        if row in self.state.believers or fraction(self._seed, "believes", rumour, row) >= share:
            return
        if self._people.bodies.busy[row]:
            return
        due_s = now.since_s + span[0] + (span[1] - span[0]) * fraction(self._seed, "sets out", rumour, row)
        believer = self.state.believers[row] = Believer(row, rumour, target, due_s)
        for other in self._others(row, rumour) if first else ():
            believer.told.append(other)
            self._believe(other, rumour, target, self._set.word_of_mouth, self._set.hear_s, now, first=False)

    def _others(self, row: int, rumour: str) -> list[int]:
        """Those at home, then whoever is at hand."""
        x_m, y_m = self._people.xy[row].tolist()
        near = self._people.near(x_m, y_m, _AT_HAND_M).tolist()
        told = [*self._homes[row], *(other for other in near if other != row)]
        start = int(fraction(self._seed, "tells", rumour, row) * max(1, len(told)))
        return list(dict.fromkeys((*told[start:], *told[:start])))[: self._set.tells]

    def _doubt(self, row: int, rumour: str, share: float, now: Moment) -> None:
        """Hears that it is false; tells those whom one told."""
        believer = self.state.believers.get(row)
        if believer is None or believer.rumour != rumour or believer.phase == "over":
            return
        if fraction(self._seed, "turns back", rumour, row) >= share:
            return
        if believer.phase == "hears":
            believer.phase = "over"
        else:
            self._go_home(believer, now)
        for other in believer.told:
            self._doubt(other, rumour, self._set.tells_again, now)

    def _go_home(self, believer: Believer, now: Moment) -> None:
        if believer.phase == "there":
            self._gather(believer.target, -1, now)
        believer.phase = "over"
        self._people.resume(believer.row, now)

    def _gather(self, target: str, more: int, now: Moment) -> None:
        drew = self.state.drew[target] = self.state.drew.get(target, 0) + more
        self._crowds.draw(target, drew * self._set.stands_for, now)

    def dump(self) -> bytes:
        return keep(self.state)

    def load(self, data: bytes) -> None:
        self.state = regain(data, RumourState)
