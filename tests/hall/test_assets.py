"""Homes, vehicles and firms: whoever holds one passes it on, nobody else does, and none is ever without a holder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import msgspec
from hall_bench import Enrolled
from hypothesis import given
from hypothesis import strategies as st

from services.engine.desk import Turn
from services.facts.assets import OUTSIDE, AssetNotTransferred, AssetRegistered, AssetTransferred
from services.facts.hall import CredentialIssued
from services.hall.assets import Assets
from services.hall.assets_desk import AssetDesk
from services.hall.catalogue import load_services
from twin.city.catalogue import config_directory, load_catalogue
from twin.core.text import Name, Text

CONFIG = config_directory()
SERVICES = load_services(CONFIG / "services", load_catalogue(CONFIG).departments)
HOME = Name("Room 3, 9 Canal Road", "运河路9号3室")


def people() -> dict[str, Enrolled]:
    made = [
        Enrolled("ann", "p1", Name("Lin Yue", "林月"), (0.0, 0.0), (), household="h1", address=HOME),
        Enrolled("bob", "p2", Name("Wu Fan", "吴凡"), (0.0, 0.0), (), household="h1", address=HOME,
                 vehicles=("云A·AB001",)),
        Enrolled("kid", "p3", Name("Wu Xiao", "吴小"), (0.0, 0.0), (), 2019, "h1", "child", address=HOME),
        Enrolled("eve", "p4", Name("He Xin", "何欣"), (0.0, 0.0), (), vehicles=("云A·AB002", "云A·AB003")),
        Enrolled("dan", "p5", Name("He Xin", "何欣欣"), (0.0, 0.0), ()),
    ]  # fmt: skip
    return {one.id: one for one in made}


class OpenVault:
    """What is sealed here anybody reads."""

    def seal(self, person: str, data: bytes, context: bytes) -> bytes:
        return data

    def open(self, person: str, sealed: bytes, context: bytes) -> bytes:
        return sealed


@dataclass
class Registry:
    desk: AssetDesk
    turn: int = 0

    @property
    def assets(self) -> Assets:
        return self.desk.assets

    def grants(self, kind: str, person: str, **claims: str) -> Any:
        self.turn += 1
        turn = Turn(self.turn, 1_000 * self.turn, 7)
        issued = CredentialIssued(
            credential=f"K-{self.turn:05d}", kind=kind, issuer="police", holder=person, errand=f"E-{self.turn:04d}",
            issued_ms=turn.city_ms, expires_ms=-1, claims=msgspec.json.encode(claims), evidence=(), signature=b"",
        )  # fmt: skip
        (event,) = self.desk.decide(issued, turn)
        self.desk.apply(event, turn)
        return event


def registry() -> Registry:
    return Registry(AssetDesk(Assets(people()), SERVICES, OpenVault()))


def test_the_register_says_who_holds_what_at_first() -> None:
    assets = registry().assets
    assert {id: one.holders for id, one in assets.all().items()} == {
        "H-h1": ("ann", "bob"), "V-bob-1": ("bob",), "V-eve-1": ("eve",), "V-eve-2": ("eve",),
    }  # fmt: skip
    assert assets.called("H-h1") == HOME


def test_a_home_passes_by_its_address_from_who_holds_it_and_from_nobody_else() -> None:
    town = registry()
    thief = town.grants("property_registration", "eve", property_address=HOME.zh, buyer="p4")
    assert isinstance(thief, AssetNotTransferred) and thief.why == Text("only who holds it passes it on")
    moved = town.grants("property_registration", "ann", property_address=" room 3,  9 CANAL road", buyer="p4")
    assert isinstance(moved, AssetTransferred)
    assert (moved.asset, moved.before, moved.holders) == ("H-h1", ("ann", "bob"), ("eve",))
    again = town.grants("property_registration", "bob", property_address=HOME.en, buyer="何欣欣")
    assert isinstance(again, AssetNotTransferred), "what one no longer holds"
    back = town.grants("property_registration", "eve", property_address=HOME.en, buyer="何欣欣")
    assert back.holders == ("dan",)
    assert [id for id, _ in town.assets.of("dan")] == ["H-h1"]
    body = msgspec.json.encode([moved, thief, again, back]).decode()
    assert HOME.en not in body and HOME.zh not in body and "何欣" not in body


def test_a_name_that_two_bear_means_nobody_of_the_register() -> None:
    town = registry()
    sold = town.grants("vehicle_transfer", "bob", plate="云a·ab001", buyer="He Xin")
    assert sold.holders == (OUTSIDE,)
    assert town.assets.of("bob") == town.assets.of("ann")


def test_an_unknown_plate_passes_nothing_and_a_review_hears_why() -> None:
    town = registry()
    item = SERVICES["vehicle_transfer"].items[0]
    assert town.assets.fault("bob", item, {"plate": "云A·ZZ999", "buyer": "p1"}) == Text(
        "the register knows no such {kind}", {"kind": Text("vehicle")}
    )
    assert town.assets.fault("bob", item, {"plate": "云A·AB001", "buyer": "Wu Fan"}) == Text(
        "it is held by them already"
    )
    assert town.assets.fault("bob", item, {"plate": "云A·AB001", "buyer": "p1"}) is None
    assert town.assets.fault("ann", SERVICES["identity_check"].items[0], {}) is None


def test_a_licence_registers_a_firm_for_whom_it_was_issued_to() -> None:
    town = registry()
    made = [town.grants("business_licence", one, firm_name="Moon Noodles") for one in ("ann", "ann", "eve")]
    assert all(isinstance(one, AssetRegistered) for one in made)
    assert [(one.asset, one.holders) for one in made] == [
        ("F-0001", ("ann",)),
        ("F-0002", ("ann",)),
        ("F-0003", ("eve",)),
    ]
    assert b"Moon" not in town.desk.snapshot()


WHO = st.sampled_from(sorted(people()))
TO = st.sampled_from(["p1", "p2", "p4", "Lin Yue", "吴凡", "何欣", "He Xin", "somebody else", "", "p3"])
WHAT = st.sampled_from([HOME.en, HOME.zh, "云A·AB001", "云A·AB002", "云A·AB003", "nowhere", ""])
STEP = st.tuples(st.sampled_from(["property_registration", "vehicle_transfer", "business_licence"]), WHO, WHAT, TO)


@given(st.lists(STEP, max_size=25))
def test_every_asset_has_its_holders_whatever_is_granted(steps: list[tuple[str, str, str, str]]) -> None:
    town = registry()
    for kind, person, what, to in steps:
        before = town.assets.all()
        event = town.grants(kind, person, property_address=what, plate=what, buyer=to)
        after = town.assets.all()
        assert set(before) <= set(after) and all(one.holders for one in after.values())
        assert all(len(set(one.holders)) == len(one.holders) for one in after.values())
        changed = {id for id in after if after[id] != before.get(id)}
        match event:
            case AssetTransferred():
                assert changed == {event.asset} and before[event.asset].holders == event.before
                assert person in event.before and event.holders != event.before
            case AssetRegistered():
                assert changed == {event.asset} and event.asset not in before
            case _:
                assert not changed
    again = replace(registry())
    again.desk.restore(town.desk.snapshot())
    assert again.assets.all() == town.assets.all() and again.desk.snapshot() == town.desk.snapshot()
