"""What waits at a post because the hour has come: shifts to hand over and to take over."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Protocol

from services.collaboration.roster import HOUR_MS, Roster
from services.exercise.shared_work import PLAIN
from services.exercise.work import Draft, Item, Seat
from services.facts.base import Command
from services.facts.collaboration import CENTRE, Post
from services.facts.duty import HandOverShift, TakeOverShift


class Stands(Protocol):
    """Who has a post until somebody takes it over."""

    @property
    def person(self) -> str: ...


class Given(Protocol):
    """A shift handed over."""

    @property
    def id(self) -> str: ...

    @property
    def given_ms(self) -> int: ...


class Duty(Protocol):
    def stand(self, post: Post, city_ms: int) -> Stands | None: ...

    def given(self, post: Post) -> Given | None:
        """Handed over and not taken over yet."""


class ShiftWork:
    """The roster's hour has come: the one hands over, the other takes over. One colleague sits in both chairs, each in
    the name of the person who answers for it."""

    def __init__(self, duty: Duty, roster: Roster) -> None:
        self._duty, self._roster = duty, roster

    def waiting(self, city_ms: int) -> Iterator[Item]:
        for post in CENTRE:
            stand, incoming = self._duty.stand(post, city_ms), self._roster.holder(post, city_ms)
            if stand is None or incoming is None or stand.person == incoming.id:
                continue
            given = self._duty.given(post)
            if given is None:
                hour_ms = city_ms - self._roster.local(city_ms) % HOUR_MS
                yield Item("hand_over", Seat(post), post, hour_ms, "", PLAIN, _hand_over, stand.person)
            else:
                make = partial(_take_over, given.id)
                yield Item("take_over", Seat(post), given.id, given.given_ms, "", PLAIN, make, incoming.id)


def _hand_over(draft: Draft) -> Command:
    return HandOverShift(id=draft.id, actor=draft.actor, remarks=draft.said("hand_over"))


def _take_over(handover: str, draft: Draft) -> Command:
    return TakeOverShift(id=draft.id, actor=draft.actor, handover=handover)
