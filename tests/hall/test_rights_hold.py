"""Property tests: whatever is said in whatever order, nothing is read without a ground, nothing forged is believed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hall_bench import Enrolled
from hypothesis import given
from hypothesis import strategies as st

from services.engine.desk import Turn
from services.facts.base import Event
from services.facts.hall import DataUsed
from services.facts.rights import ConsentGiven, ConsentWithdrawn, EmergencyEnded, EmergencyOpened
from services.hall.credentials import PRESENT_MS, Asked, Credential, Issuers, Presentation, present
from services.hall.guardians import Guardians
from services.hall.identity import Identities, signed_by
from services.hall.legal import EMERGENCY, Ground, Ledger, Need
from services.hall.legal_desk import LegalDesk
from services.hall.mandates import Mandate, MandateState, Use, mandate_fault
from twin.core.errors import CivitwinError
from twin.core.text import Name, Text
from twin.state.beliefs import MoverBelief

NOW_MS = 1_795_312_800_000
DAY_MS = 86_400_000
STATUTE = Ground("law/1", "statutory", Name("a law", "某法"))
NAME = Name("x", "x")
NEEDS = (
    Need("service/a", "hall", frozenset({"name", "home"}), NAME),
    Need("service/a/one", "health", frozenset({"name"}), NAME),
    Need("service/a/two", "police", frozenset({"home"}), NAME, STATUTE),
    Need("service/b", "hall", frozenset({"name"}), NAME),
)
PURPOSES = ("service", "service/a", "service/a/one", "service/b", "presence")
DEPARTMENTS = ("", "hall", "health", "police")
PEOPLE = {
    "ann": Enrolled("ann", "pa", NAME, (0.0, 0.0), ("presence",), household="h"),
    "bob": Enrolled("bob", "pb", NAME, (0.0, 0.0), ("service",)),
    "kid": Enrolled("kid", "pk", NAME, (0.0, 0.0), (), 2020, "h", "child"),
    "lone": Enrolled("lone", "pl", NAME, (0.0, 0.0), (), 2020, "l", "child"),
}


class Vault:
    def __init__(self, secret: str = "") -> None:
        self.secret = secret
        self.erased: set[str] = set()

    def _cipher(self, person: str) -> AESSIV:
        if person in self.erased:
            raise CivitwinError("erased")
        return AESSIV(hashlib.sha512((self.secret + person).encode()).digest())

    def seal(self, person: str, data: bytes, context: bytes) -> bytes:
        return self._cipher(person).encrypt(data, [context])

    def open(self, person: str, sealed: bytes, context: bytes) -> bytes:
        return self._cipher(person).decrypt(sealed, [context])


class Senses:
    def __init__(self) -> None:
        self.heard: dict[str, tuple[str, ...]] = {}

    def grant(self, person: str, purposes: Any) -> None:
        self.heard[person] = tuple(purposes)

    def person_position(self, person: str) -> MoverBelief | None:
        return None


IDENTITIES = Identities(Vault())


def desk() -> tuple[LegalDesk, Senses]:
    guardians, senses = Guardians(PEOPLE), Senses()
    ledger = Ledger(PEOPLE, NEEDS, guardians)
    authority: Any = None  # only applies events here
    return LegalDesk(ledger, PEOPLE, guardians, ("hall", "health", "police"), authority, IDENTITIES, senses), senses


WORDS = st.tuples(
    st.sampled_from(sorted(PEOPLE)),
    st.sampled_from(PURPOSES),
    st.sampled_from(DEPARTMENTS),
    st.booleans(),
    st.sampled_from((-1, 5, 20)),  # until so many steps from the beginning
)


def applies(said: tuple[str, str, str, bool, int], person: str, purpose: str, department: str) -> bool:
    covers = purpose == said[1] or purpose.startswith(said[1] + "/")
    return said[0] == person and covers and said[2] in ("", department)


@given(st.lists(WORDS, max_size=12), st.integers(0, 25))
def test_no_sequence_of_words_lets_a_read_through_without_a_ground(
    said: list[tuple[str, str, str, bool, int]], later: int
) -> None:
    """Against the plain rule: the last word that covers it decides, else what the register says."""
    legal, senses = desk()
    for step, (person, purpose, department, given_, until) in enumerate(said):
        by = {"kid": "ann"}.get(person, person)
        until_ms = -1 if until < 0 else NOW_MS + until
        event: Event = ConsentWithdrawn(person=person, purpose=purpose, department=department, by=by)
        if given_:
            event = ConsentGiven(person=person, purpose=purpose, department=department, until_ms=until_ms, by=by)
        legal.apply(event, Turn(step, NOW_MS + step, 1))
    at_ms = NOW_MS + later
    for person in PEOPLE:
        for need in NEEDS:
            found = legal.ledger.to_read(person, need.purpose, need.department, need.fields, at_ms)
            last = next((one for one in reversed(said) if applies(one, person, need.purpose, need.department)), None)
            allowed = person == "bob" if last is None else last[3] and not 0 <= last[4] <= later
            allowed = (allowed and person != "lone") or need.statute is not None
            assert isinstance(found, Ground) is allowed, (person, need.purpose)
    legal.restore(legal.snapshot())
    for person, purposes in senses.heard.items():
        assert set(purposes) >= set(legal.ledger.heard_on(person, NOW_MS + 30))


@given(
    st.sampled_from(sorted(PEOPLE)), st.sampled_from(NEEDS), st.sampled_from(DEPARTMENTS),
    st.sets(st.sampled_from(("name", "home", "shoe")), min_size=1), st.sampled_from(("", "/x", "x")),
)  # fmt: skip
def test_beyond_need_purpose_or_fields_there_is_never_a_ground(
    person: str, need: Need, department: str, fields: set[str], tail: str
) -> None:
    legal, _ = desk()
    legal.apply(
        ConsentGiven(person=person, purpose="service", department="", until_ms=-1, by="ann"), Turn(1, NOW_MS, 1)
    )
    found = legal.ledger.to_read(person, need.purpose + tail, department, sorted(fields), NOW_MS)
    fits = not tail and department == need.department and fields <= need.fields
    if isinstance(found, Ground):
        assert fits
    else:
        assert found.msgid and not (fits and person != "lone")


SPANS = st.tuples(st.integers(0, 50), st.integers(1, 60), st.sampled_from(("hall", "health")))


@given(st.lists(SPANS, max_size=5), st.integers(0, 120), st.sampled_from(("hall", "health", "police")))
def test_emergency_access_is_for_its_department_and_its_time(
    spans: list[tuple[int, int, str]], at: int, department: str
) -> None:
    legal, _ = desk()
    for number, (start, length, to) in enumerate(spans, 1):
        opened = EmergencyOpened(
            access=f"B-{number:04d}", person="ann", department=to, fields=("name",), ground="life", case="",
            until_ms=NOW_MS + start + length,
        )  # fmt: skip
        legal.apply(opened, Turn(number, NOW_MS + start, 1))
    found = legal.ledger.to_read("ann", EMERGENCY, department, ("name",), NOW_MS + at)
    inside = any(start <= at < start + length and to == department for start, length, to in spans)
    assert isinstance(found, Ground) is inside
    assert isinstance(legal.ledger.to_read("ann", EMERGENCY, department, ("home",), NOW_MS + at), Text)
    for access in list(legal.ledger.state.accesses.values()):
        ended = EmergencyEnded(
            access=access.id, person="ann", pseudonym="pa", department=access.department, ground="life", looks=0,
            tell_until_ms=0,
        )  # fmt: skip
        legal.apply(ended, Turn(99, NOW_MS + at, 1))
    assert isinstance(legal.ledger.to_read("ann", EMERGENCY, department, ("name",), NOW_MS + at), Text)


def test_every_look_is_counted_towards_its_access() -> None:
    legal, _ = desk()
    opened = EmergencyOpened(
        access="B-0001", person="ann", department="hall", fields=("name",), ground="life", case="",
        until_ms=NOW_MS + 9,
    )  # fmt: skip
    used = DataUsed(
        person="ann", department="hall", purpose=EMERGENCY, fields=("name",), basis="B-0001", errand="", known_as="x"
    )
    for number, event in enumerate((opened, used, used), 1):
        legal.apply(event, Turn(number, NOW_MS, 1))
    assert legal.ledger.state.accesses["B-0001"].looks == 2 == len(legal.ledger.state.looks["ann"])


def test_guardians_are_parents_for_minors_and_the_household_for_adults_who_cannot() -> None:
    def one(id: str, birth: int, relation: str, disability: str = "", household: str = "h") -> Enrolled:
        return Enrolled(id, f"p{id}", NAME, (0.0, 0.0), (), birth, household, relation, disability)

    people = (
        one("mother", 1990, "head"), one("father", 1988, "spouse"), one("gran", 1955, "parent", "memory"),
        one("child", 2020, "child"), one("teen", 2010, "child"), one("grown", 2004, "child"),
        one("neighbour", 1980, "head", "", "other"),
    )  # fmt: skip
    guardians = Guardians({person.id: person for person in people})
    assert guardians.of("child", NOW_MS) == guardians.of("teen", NOW_MS) == ("mother", "father")
    assert guardians.of("gran", NOW_MS) == ("mother", "father", "grown")
    assert guardians.of("grown", NOW_MS) == guardians.of("mother", NOW_MS) == guardians.of("nobody", NOW_MS) == ()
    acts = {who for who in ("child", "teen", "gran", "grown") if guardians.may_act(who, who, NOW_MS)}
    assert acts == {"teen", "grown"}, "from 14 on one speaks for oneself"
    assert not guardians.may_act("neighbour", "child", NOW_MS) and not guardians.may_act("gran", "child", NOW_MS)


# --- identity ---------------------------------------------------------------------------------------------------------


@given(
    st.text("ab", min_size=1, max_size=3), st.text("ab", min_size=1, max_size=3), st.text("xy", min_size=1, max_size=3)
)
def test_a_pseudonym_is_one_departments_alone(person: str, other: str, department: str) -> None:
    name = IDENTITIES.known_as(person, department)
    assert name == Identities(Vault()).known_as(person, department) != ""
    assert (name == IDENTITIES.known_as(other, department)) is (person == other)
    assert name != IDENTITIES.known_as(person, department + "z")
    assert name != Identities(Vault("another key")).known_as(person, department)


def test_after_erasure_nobody_tells_whose_a_pseudonym_was_and_signatures_still_verify() -> None:
    vault = Vault()
    identities = Identities(vault)
    signature, key = identities.sign("ann", b"words"), identities.public("ann")
    vault.erased.add("ann")
    assert identities.known_as("ann", "hall") == ""
    with pytest.raises(CivitwinError):
        identities.sign("ann", b"words")
    assert signed_by(key, signature, b"words") and not signed_by(key, signature, b"word")
    assert not signed_by(b"short", signature, b"words")


# --- credentials and mandates -----------------------------------------------------------------------------------------


class Standing:
    def __init__(self) -> None:
        self.back: set[str] = set()
        self.used: set[bytes] = set()

    def revoked(self, credential: str) -> bool:
        return credential in self.back

    def spent(self, nonce: bytes) -> bool:
        return nonce in self.used


ISSUERS = Issuers.seeded(1)
ISSUED = ISSUERS.sign(
    Credential(
        id="K-00001", kind="permit", issuer="health", holder="ann", errand="E-0001", issued_ms=NOW_MS,
        expires_ms=NOW_MS + DAY_MS, claims=b"sealed", evidence=("K-0",), holder_key=IDENTITIES.public("ann"),
    )
)  # fmt: skip
ASKED = Asked("ann", "police", "E-0002", ISSUERS.challenge("E-0002", "item", 5))
SHOWN = present(ISSUED, ASKED, IDENTITIES, NOW_MS + 10)


def shown_fault(
    credential: Credential = ISSUED, shown: Presentation = SHOWN, asked: Asked = ASKED, at_ms: int = NOW_MS + 20
) -> str:
    return ISSUERS.presented_fault(credential, shown, asked, Standing(), at_ms)


def flipped(value: Any, at: int) -> Any:
    """The value with one bit changed somewhere."""
    match value:
        case bytes():
            which = at % (8 * len(value))
            return bytes(byte ^ (1 << which % 8) if i == which // 8 else byte for i, byte in enumerate(value))
        case str():
            return value[:-1] + chr(ord(value[-1]) ^ (1 << at % 5))
        case int():
            return value ^ (1 << at % 40)
        case _:
            return (*value, "more")


@given(st.sampled_from(ISSUED.__struct_fields__), st.integers(0, 511))
def test_any_flipped_bit_of_a_credential_is_refused(name: str, at: int) -> None:
    changed = msgspec.structs.replace(ISSUED, **{name: flipped(getattr(ISSUED, name), at)})
    assert ISSUERS.fault(changed, NOW_MS + 20) == "forged"
    assert shown_fault(changed) == "forged"


@given(st.sampled_from(SHOWN.__struct_fields__), st.integers(0, 511))
def test_any_flipped_bit_of_a_presentation_is_refused(name: str, at: int) -> None:
    changed = msgspec.structs.replace(SHOWN, **{name: flipped(getattr(SHOWN, name), at)})
    assert shown_fault(shown=changed) in ("other_holder", "other_errand")


@given(st.sampled_from(("police", "tax", "health ", "")))
def test_no_other_issuer_is_believed(issuer: str) -> None:
    claimed = msgspec.structs.replace(ISSUED, issuer=issuer)
    assert ISSUERS.fault(claimed, NOW_MS + 20) == "forged"
    theirs = msgspec.structs.replace(ISSUERS.sign(claimed), issuer="health")
    assert ISSUERS.fault(theirs, NOW_MS + 20) == "forged"
    assert Issuers.seeded(2).fault(ISSUED, NOW_MS + 20) == "forged"


@given(st.integers(-DAY_MS, 3 * DAY_MS))
def test_outside_its_time_no_credential_is_believed(after_ms: int) -> None:
    own = ISSUERS.fault(ISSUED, NOW_MS + after_ms)
    assert own == ("not_yet_valid" if after_ms < 0 else "expired" if after_ms >= DAY_MS else "")
    fault = shown_fault(at_ms=NOW_MS + after_ms)
    assert fault == (own or ("" if 10 <= after_ms <= 10 + PRESENT_MS else "stale"))


def test_each_refusal_of_a_presentation_has_its_own_reason() -> None:
    standing = Standing()

    def fault(**change: Any) -> str:
        asked = msgspec.structs.replace(ASKED, **change)
        return ISSUERS.presented_fault(ISSUED, SHOWN, asked, standing, NOW_MS + 20)

    assert fault() == ""
    assert fault(holder="bob") == "other_holder"
    assert fault(department="tax") == fault(errand="E-9") == fault(nonce=b"other") == "other_errand"
    assert shown_fault(shown=present(ISSUED, Asked("bob", *("police", "E-0002"), ASKED.nonce), IDENTITIES, NOW_MS)) == (
        "other_holder"
    )
    standing.used.add(ASKED.nonce)
    assert fault() == "replayed"
    standing.back.add("K-00001")
    assert fault() == "revoked"


def mandate(**change: Any) -> Mandate:
    plain = Mandate(
        id="M-0001", person="ann", proxy="bob", services=("a", "b"), from_ms=NOW_MS, until_ms=NOW_MS + DAY_MS,
        key=IDENTITIES.public("ann"),
    )  # fmt: skip
    signed = msgspec.structs.replace(plain, signature=IDENTITIES.sign("ann", plain.words()))
    return msgspec.structs.replace(signed, **change)


MANDATE = mandate()
USE = Use("bob", "ann", "a", "bob/r1")


def used(one: Mandate = MANDATE, use: Use = USE, state: MandateState | None = None, at_ms: int = NOW_MS) -> str:
    return mandate_fault(one, use, state or MandateState(), IDENTITIES.public("ann"), at_ms)


@given(st.sampled_from(MANDATE.__struct_fields__), st.integers(0, 511))
def test_any_flipped_bit_of_a_mandate_is_refused(name: str, at: int) -> None:
    assert used(mandate(**{name: flipped(getattr(MANDATE, name), at)})) == "forged"


@given(st.integers(-DAY_MS, 3 * DAY_MS))
def test_outside_its_time_no_mandate_is_believed(after_ms: int) -> None:
    expected = "not_yet_valid" if after_ms < 0 else "expired" if after_ms >= DAY_MS else ""
    assert used(at_ms=NOW_MS + after_ms) == expected


def test_each_refusal_of_a_mandate_has_its_own_reason() -> None:
    forged: Callable[[], Mandate] = lambda: mandate(key=IDENTITIES.public("bob"))  # noqa: E731
    plain = msgspec.structs.replace(MANDATE, key=IDENTITIES.public("bob"))
    own = msgspec.structs.replace(plain, signature=IDENTITIES.sign("bob", plain.words()))
    assert used() == "" and used(forged()) == "forged"
    assert used(own) == "forged", "signed by the proxy in the principal's name"
    assert used(use=Use("cy", "ann", "a", "r")) == used(use=Use("bob", "kid", "a", "r")) == "other_holder"
    assert used(use=Use("bob", "ann", "c", "r")) == "beyond"
    assert used(state=MandateState(revoked={"M-0001"})) == "revoked"
    assert used(state=MandateState(used={"M-0001": ("bob/r1",)})) == "replayed"
    assert mandate_fault(None, USE, MandateState(), b"", NOW_MS) == "unknown"
