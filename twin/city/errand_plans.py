"""What somebody who wants something of the hall is going to say: for whom, by which way, with which papers and answers.

The same wish gives the same application, in the simulated city and in the days that are worked before it opens.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from twin.city.errand_demand import Ask
from twin.city.errand_forms import Forms
from twin.city.errand_settings import ErrandSettings
from twin.city.households import CHILD, GROWN, HEAD, SPOUSE
from twin.city.population import DISABILITIES, Population
from twin.city.residents import Resident
from twin.core.chance import fraction

Channel = Literal["online", "virtual", "counter", "kiosk", "phone"]
_PRESENCE, _SERVICE = 0, 3  # of the consents
_OF_AGE = 18
_MEMORY = DISABILITIES.index("memory")
_WARD_UNTIL = 14  # who is older asks alone


class OfferedMaterial(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def replaced_by(self) -> str: ...


class OfferedField(Protocol):
    @property
    def id(self) -> str: ...


class OfferedItem(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def optional(self) -> bool: ...
    @property
    def after(self) -> Sequence[str]: ...
    @property
    def materials(self) -> Sequence[str]: ...


class Offer(Protocol):
    """One service, as the hall's catalogue offers it."""

    @property
    def fields(self) -> Sequence[OfferedField]: ...
    @property
    def materials(self) -> Sequence[OfferedMaterial]: ...
    @property
    def items(self) -> Sequence[OfferedItem]: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """``row`` asks, for ``of`` (mostly the same). ``mandate``: ``of`` lets ``row`` act first. ``agree``: the purpose to
    which consent is given first, empty where it was given."""

    row: int
    of: int
    channel: Channel
    mandate: bool
    agree: str


class Planner:
    """Draws who acts and how; keeps nothing."""

    def __init__(
        self, settings: ErrandSettings, people: Population, register: Sequence[Resident], forms: Forms, seed: int
    ) -> None:
        self._settings, self._people, self._register = settings, people, register
        self._forms, self._seed = forms, seed
        made = people.households
        self._members: dict[int, list[int]] = {}
        for row, home in enumerate(made.of.tolist()):
            self._members.setdefault(home, []).append(row)

    def plan(self, ask: Ask) -> Plan:
        """For oneself, for a child at home, or by a grown person at home: who has lost their memory has a guardian."""
        row, of, mandate = ask.row, ask.row, False
        wanted = self._settings.demand[ask.service]
        child = self._ward(row) if self._dice(ask, "child") < wanted.for_child else -1
        proxy = self._proxy(row, ask)
        if self._people.disability[row] == _MEMORY:
            row = self._guardian(row)
        elif child >= 0:
            of = child
        elif proxy >= 0:
            row, mandate = proxy, True
        agreed = bool(self._people.consents[of, _SERVICE])
        return Plan(row, of, self._channel(row, ask), mandate, "" if agreed else f"service/{ask.service}")

    def able(self, row: int) -> bool:
        """Has a telephone, and agreed to its use for services."""
        return bool(self._people.phone[row] and self._people.consents[row, _SERVICE])

    def agrees_again(self, request: str) -> bool:
        """Whether who has taken their consent back gives it again for this application; else they call."""
        return fraction(self._seed, "errand", request, "agrees") < self._settings.conduct.agrees_again

    def tells_presence(self, row: int) -> bool:
        return bool(self._people.phone[row] and self._people.consents[row, _PRESENCE])

    def form(self, ask: Ask, plan: Plan, offer: Offer) -> dict[str, str]:
        """The one form, but for what is left open."""
        conduct = self._settings.conduct
        left = 0.0 if plan.channel in ("online", "virtual") else conduct.missing_answer  # a phone lets nothing open
        fields = [one.id for one in offer.fields if self._dice(ask, "answer", one.id) >= left]
        wrong = self._dice(ask, "wrong") < conduct.wrong_answer
        return self._forms.fill(fields, self._register[plan.of], ask.id, ask.day, wrong)

    def unwanted(self, ask: Ask, offer: Offer) -> tuple[str, ...]:
        """Optional items that are left out: all or none."""
        if self._dice(ask, "unwanted") >= self._settings.conduct.unwanted:
            return ()
        return tuple(item.id for item in offer.items if item.optional)

    def materials(self, ask: Ask, offer: Offer, unwanted: Iterable[str]) -> tuple[str, ...]:
        """What the items ask for, less what an earlier item of the same application says, less what was forgotten."""
        out, found = set(unwanted), dict[str, None]()
        known = {one.id: one for one in offer.materials}
        for item in offer.items:
            if item.id in out:
                continue
            before = _before(item, offer) - out
            for id in item.materials:
                if id in known and known[id].replaced_by not in before:
                    found[id] = None
        share = self._settings.conduct.missing_material
        return tuple(id for id in found if self._dice(ask, "material", id) >= share)

    def _channel(self, row: int, ask: Ask) -> Channel:
        channels = self._settings.channels
        if self.able(row) and self._dice(ask, "online") < channels.online:
            return "virtual" if self._dice(ask, "virtual") < channels.virtual else "online"
        dice, reached = self._dice(ask, "offline"), 0.0
        for channel, share in channels.offline.items():
            reached += share
            if dice < reached:
                return channel
        return next(reversed(channels.offline))

    def _ward(self, row: int) -> int:
        made = self._people.households
        if made.member[row] not in (HEAD, SPOUSE):
            return -1
        home = self._members[int(made.of[row])]
        return next((one for one in home if made.member[one] == CHILD and made.age[one] < _WARD_UNTIL), -1)

    def _proxy(self, row: int, ask: Ask) -> int:
        conduct, made = self._settings.conduct, self._people.households
        if made.age[row] < conduct.proxy_from_age or self._dice(ask, "proxy") >= conduct.proxy:
            return -1
        home = self._members[int(made.of[row])]
        grown = (one for one in home if self._acts_for(one, row) and made.age[one] < conduct.proxy_from_age)
        return next((one for one in grown if made.member[one] in (HEAD, SPOUSE, GROWN)), -1)

    def _guardian(self, row: int) -> int:
        """Another grown person of the household; where there is none, they ask themselves, and are told why not."""
        home = self._members[int(self._people.households.of[row])]
        return next((one for one in home if self._acts_for(one, row)), row)

    def _acts_for(self, one: int, row: int) -> bool:
        people = self._people
        return one != row and bool(people.households.age[one] >= _OF_AGE and people.disability[one] != _MEMORY)

    def _dice(self, ask: Ask, *keys: str) -> float:
        return fraction(self._seed, "errand", ask.id, *keys)


def _before(item: OfferedItem, offer: Offer) -> set[str]:
    """Every item that comes before this one, the far ones too."""
    after = {one.id: one.after for one in offer.items}
    found: set[str] = set()
    left = list(item.after)
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += after.get(one, ())
    return found
