"""Who holds which home, vehicle and firm: by the register at first, then by what services granted.

Every asset has at any time exactly the holders that are named for it: one, or co-holders, or somebody outside the
register. What the register calls it (an address, a plate) is looked up and never kept here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from services.facts.assets import OUTSIDE, AssetKind, AssetRegistered, AssetTransferred
from services.hall.catalogue import Item, Transfer
from services.hall.ports import Described
from twin.city.residents import CENSUS_YEAR
from twin.core.text import Name, Text

OF_AGE = CENSUS_YEAR - 18
KIND_TEXT: dict[str, Text] = {"home": Text("home"), "vehicle": Text("vehicle"), "firm": Text("firm")}
_PREFIX: dict[str, str] = {"home": "H", "vehicle": "V", "firm": "F"}


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """``credential`` and ``errand`` are those by which it was last registered or passed on; empty: by the register."""

    kind: AssetKind
    holders: tuple[str, ...]
    since_ms: int = -1
    errand: str = ""
    credential: str = ""


class AssetState(msgspec.Struct):
    serial: int = 0
    changed: dict[str, Holding] = {}  # what services registered or passed on


@dataclass(frozen=True)
class Passing:
    """An asset that a granted item passes on, and to whom."""

    asset: str
    to: tuple[str, ...]


class Assets:
    """Read by the desk, the review of applications, and a resident's page."""

    def __init__(self, residents: Mapping[str, Described]) -> None:
        """A home is held by the grown members of its household together, a vehicle by whom it is registered to: both
        are assumptions, since the register knows nothing of deeds."""
        self.state = AssetState()
        self._residents = residents
        self._first: dict[str, Holding] = {}
        self._called: dict[str, Name] = {}
        self._by_words: dict[tuple[str, str], tuple[str, ...]] = {}  # homes of one house have one address
        for one in residents.values():
            self._enrol(one)

    def _enrol(self, one: Described) -> None:
        if one.household and one.birth_year <= OF_AGE:
            home = f"H-{one.household}"
            old = self._first.get(home)
            self._put(home, Holding(kind="home", holders=(*(old.holders if old else ()), one.id)), one.address)
        for number, plate in enumerate(one.vehicles, 1):
            self._put(f"V-{one.id}-{number}", Holding(kind="vehicle", holders=(one.id,)), Name(plate, plate))

    def _put(self, asset: str, holding: Holding, called: Name) -> None:
        self._first[asset] = holding
        self._called[asset] = called
        for words in (called.en, called.zh):
            if words:
                known = self._by_words.get((holding.kind, plain(words)), ())
                self._by_words[holding.kind, plain(words)] = tuple(dict.fromkeys((*known, asset)))

    def all(self) -> dict[str, Holding]:
        return {**self._first, **self.state.changed}

    def holding(self, asset: str) -> Holding | None:
        return self.state.changed.get(asset) or self._first.get(asset)

    def of(self, person: str) -> tuple[tuple[str, Holding], ...]:
        """What somebody holds, alone or with others, in the order of the assets' ids."""
        return tuple((id, one) for id, one in sorted(self.all().items()) if person in one.holders)

    def called(self, asset: str) -> Name | None:
        """What the register calls it; None for what only its credential describes."""
        return self._called.get(asset)

    def next_id(self, kind: AssetKind) -> str:
        return f"{_PREFIX[kind]}-{self.state.serial + 1:04d}"

    def fault(self, person: str, item: Item, form: Mapping[str, str]) -> Text | None:
        """Why an item that passes an asset on cannot be granted to this applicant, or None. It repeats no answer."""
        passing = self.passing(person, item.transfers, form) if item.transfers else None
        return passing if isinstance(passing, Text) else None

    def passing(self, person: str, transfer: Transfer, form: Mapping[str, str]) -> Passing | Text:
        """Which asset the form means and who gets it, or why it cannot pass: who does not hold it passes nothing on."""
        meant = self._by_words.get((transfer.kind, plain(form.get(transfer.what, ""))), ())
        if not meant:
            return Text("the register knows no such {kind}", {"kind": KIND_TEXT[transfer.kind]})
        held = ((id, one) for id in meant if (one := self.holding(id)) is not None and person in one.holders)
        asset, holding = next(held, ("", None))
        if holding is None:
            return Text("only who holds it passes it on")
        to = self._whom(form.get(transfer.to, ""))
        if to == holding.holders:
            return Text("it is held by them already")
        return Passing(asset, to)

    def _whom(self, words: str) -> tuple[str, ...]:
        """By pseudonym or by a name that only one grown resident has; anybody else is outside the register."""
        meant = plain(words)
        named = [
            one.id
            for one in self._residents.values()
            if meant and meant in (plain(one.pseudonym), plain(one.name.en), plain(one.name.zh))
            and one.birth_year <= OF_AGE
        ]  # fmt: skip
        return (named[0],) if len(named) == 1 else (OUTSIDE,)

    def record(self, event: AssetRegistered | AssetTransferred, city_ms: int) -> None:
        if isinstance(event, AssetRegistered):
            self.state.serial += 1
        self.state.changed[event.asset] = Holding(
            kind=event.kind, holders=event.holders, since_ms=city_ms, errand=event.errand, credential=event.credential
        )

    def described(self, assets: Iterable[tuple[str, Holding]]) -> list[dict[str, object]]:
        """In plain words for their holder: what it is, since when, and with whom."""
        return [
            {
                "asset": id, "kind": one.kind, "called": name.zh if (name := self.called(id)) else "",
                "holders": list(one.holders), "since_ms": one.since_ms, "credential": one.credential,
            }
            for id, one in assets
        ]  # fmt: skip


def plain(words: str) -> str:
    """As it is compared: without spaces, in one case."""
    return "".join(words.split()).casefold()
