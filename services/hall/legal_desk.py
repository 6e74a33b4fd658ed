"""The desk of the legal-basis ledger: consents given and withdrawn, emergency access, and who looked at whose data."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from services.collaboration.authority import Authority, person_of
from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import SYSTEM, Actor, Event
from services.facts.because import because, english
from services.facts.engine import PersonErased
from services.facts.hall import DataUsed, DataUseRefused
from services.facts.records import Outgoing
from services.facts.resident import SetConsent
from services.facts.rights import (
    ConsentExpired,
    ConsentGiven,
    ConsentWithdrawn,
    EmergencyEnded,
    EmergencyOpened,
    EndEmergencyAccess,
    GiveConsent,
    LookAtResident,
    OpenEmergencyAccess,
    ReadInEmergency,
    WithdrawConsent,
    WordRefused,
)
from services.hall.answers import TELL_LONG_MS, told_of_rights
from services.hall.emergencies import Emergencies, no
from services.hall.guardians import Guardians
from services.hall.identity import Identities
from services.hall.legal import Access, Consent, Ledger, LedgerState, Look, within
from services.hall.looks import Looks
from services.hall.ports import Registered, Whereabouts
from twin.core.text import Text
from twin.formats.civic import ConsentWord
from twin.state.batch import Batch, PersonSaid

KEPT_LOOKS = 200
"""A person's newest looks that are held; all of them are in the journal."""
KEPT_OVER = 200
_NEVER_MS = 1 << 62


class LegalDesk:
    """Stands before the other desks of the hall, so that a word is in force for what comes with it."""

    name = "legal"

    def __init__(
        self,
        ledger: Ledger,
        residents: Mapping[str, Registered],
        guardians: Guardians,
        departments: Collection[str],
        authority: Authority,
        identities: Identities,
        senses: Whereabouts,
    ) -> None:
        self.ledger = ledger
        self._residents, self._guardians = residents, guardians
        self._pseudonyms = {resident.pseudonym: resident.id for resident in residents.values()}
        self._departments = frozenset(departments)
        self._authority, self._senses = authority, senses
        self._emergencies = Emergencies(ledger, residents, departments, authority, identities)
        self.looks = Looks(ledger, residents, authority)
        self._due_ms = _NEVER_MS

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case Batch():
                return self._hear(fact, turn)
            case Tick() if turn.city_ms >= self._due_ms:
                return self._lapse(turn)
            case GiveConsent() | WithdrawConsent():
                return self._consented(fact, turn)
            case SetConsent():
                return self._set(fact, turn)
            case OpenEmergencyAccess() | EndEmergencyAccess() | ReadInEmergency():
                return self._emergencies.decide(fact, turn)
            case LookAtResident():
                return self.looks.decide(fact, turn)
            case _:
                return ()

    # --- consents ---------------------------------------------------------------------------------------------------

    def _hear(self, batch: Batch, turn: Turn) -> Iterator[Event]:
        latest: dict[str, Consent] = {}
        for said in batch.notices:
            if isinstance(said, PersonSaid) and isinstance(said.body, ConsentWord) and said.person in self._residents:
                word, speaker = said.body, said.person
                person = self._pseudonyms.get(word.on_behalf, "") if word.on_behalf else speaker
                new = Consent(word.purpose, word.department, word.given, speaker, turn.city_ms, word.until_ms)
                why = self._fault(person, new, turn.city_ms)
                actor = Actor("resident", speaker)
                if why is None:
                    yield from self._worded(actor, person, new, latest.get(person))
                    latest[person] = new
                else:
                    yield WordRefused(
                        actor=actor, reason=english(why), why=why, person=speaker,
                        pseudonym=self._residents[speaker].pseudonym, word="consent",
                        tell_until_ms=turn.city_ms + TELL_LONG_MS,
                    )  # fmt: skip

    def _consented(self, fact: GiveConsent | WithdrawConsent, turn: Turn) -> Iterable[Event]:
        """A clerk at the counter has the paper form of whoever may give it: the offline channel has the same rights."""
        given = isinstance(fact, GiveConsent)
        until_ms = fact.until_ms if isinstance(fact, GiveConsent) else -1
        speaker = fact.actor.id if fact.actor.kind == "resident" else self._signer(fact.person, turn.city_ms)
        if fact.actor.kind != "resident" and (refused := self._authority.refusal(fact, turn.city_ms)):
            return (no(fact, refused),)
        new = Consent(fact.purpose, fact.department, given, speaker, turn.city_ms, until_ms)
        why = self._fault(fact.person, new, turn.city_ms)
        return (no(fact, why),) if why else tuple(self._worded(fact.actor, fact.person, new))

    def _set(self, fact: SetConsent, turn: Turn) -> Iterable[Event]:
        """A resident's own word, or a guardian's, from a console."""
        speaker = fact.actor.id
        person = self._pseudonyms.get(fact.on_behalf, "") if fact.on_behalf else speaker
        new = Consent(fact.purpose, fact.department, fact.given, speaker, turn.city_ms, fact.until_ms)
        why = self._fault(person, new, turn.city_ms)
        return (no(fact, why),) if why else tuple(self._worded(fact.actor, person, new))

    def _signer(self, person: str, city_ms: int) -> str:
        """Who signed the paper: the person, or the guardian where it is theirs to sign."""
        if person not in self._residents or not self._guardians.needed(person, city_ms):
            return person
        return next(iter(self._guardians.of(person, city_ms)), person)

    def _fault(self, person: str, word: Consent, city_ms: int) -> Text | None:
        """Why not. It repeats nothing that a phone said: the answer stays in the journal."""
        if person not in self._residents or person in self.ledger.state.erased:
            return Text("nobody of this identity is registered")
        withdrawing_own = not word.given and word.by == person
        if not withdrawing_own and not self._guardians.may_act(word.by, person, city_ms):
            return Text("only the person or a guardian says this")
        if word.purpose not in self.ledger.purposes():
            return Text("nothing is read for that purpose")
        if word.department and word.department not in self._departments:
            return Text("there is no such department")
        if 0 <= word.until_ms <= city_ms:
            return Text("that time has passed")
        return None

    def _worded(self, actor: Actor, person: str, word: Consent, before: Consent | None = None) -> Iterator[Event]:
        """A word that only repeats the one ``before`` it (by default the last on record) is not put on record again."""
        if _same(before or next(iter(self.ledger.words(person)[-1:]), None), word):
            return
        reason = because("the person's own word") if word.by == person else because("the guardian's word")
        if word.given:
            yield ConsentGiven(
                actor=actor, **reason, person=person, purpose=word.purpose, department=word.department,
                until_ms=word.until_ms, by=word.by,
            )  # fmt: skip
        else:
            yield ConsentWithdrawn(
                actor=actor, **reason, person=person, purpose=word.purpose, department=word.department, by=word.by
            )

    def _lapse(self, turn: Turn) -> Iterator[Event]:
        for person, words in sorted(self.ledger.state.words.items()):
            for word in words:
                if word.given and not word.over and 0 <= word.until_ms <= turn.city_ms:
                    yield ConsentExpired(
                        **because("its time has come"), person=person, purpose=word.purpose, department=word.department
                    )
        for access in self.ledger.state.accesses.values():
            if not access.ended and access.until_ms <= turn.city_ms:
                yield self._emergencies.end(SYSTEM, access, turn)

    # --- state ------------------------------------------------------------------------------------------------------

    def apply(self, event: Event, turn: Turn) -> None:
        state = self.ledger.state
        match event:
            case ConsentGiven():
                word = Consent(event.purpose, event.department, True, event.by, turn.city_ms, event.until_ms)
                self._put(event.person, word, turn)
            case ConsentWithdrawn():
                self._put(event.person, Consent(event.purpose, event.department, False, event.by, turn.city_ms), turn)
            case ConsentExpired():
                self._expire(event, turn)
            case EmergencyOpened():
                state.opened += 1
                state.accesses[event.access] = Access(
                    event.access, event.person, event.department, event.fields, event.ground, event.case,
                    person_of(event.actor), turn.city_ms, event.until_ms,
                )  # fmt: skip
            case EmergencyEnded():
                access = state.accesses[event.access]
                state.accesses[event.access] = msgspec.structs.replace(access, ended=True, until_ms=turn.city_ms)
                over = [id for id, one in state.accesses.items() if one.ended]
                for id in over[: max(0, len(over) - KEPT_OVER)]:
                    del state.accesses[id]
            case DataUsed() | DataUseRefused():
                self._looked(event, turn)
                return
            case PersonErased():
                self._forget(event.person, turn)
            case _:
                return
        self._settle_due()

    def _put(self, person: str, word: Consent, turn: Turn) -> None:
        """The newest word; earlier ones that say nothing beside it go."""
        kept = (
            old
            for old in self.ledger.state.words.get(person, ())
            if not (within(old.purpose, word.purpose) and word.department in ("", old.department))
        )
        self.ledger.state.words[person] = (*kept, word)
        self._senses.grant(person, self.ledger.heard_on(person, turn.city_ms))

    def _expire(self, event: ConsentExpired, turn: Turn) -> None:
        words = self.ledger.state.words.get(event.person, ())
        self.ledger.state.words[event.person] = tuple(
            msgspec.structs.replace(word, over=True)
            if (word.purpose, word.department) == (event.purpose, event.department)
            else word
            for word in words
        )
        self._senses.grant(event.person, self.ledger.heard_on(event.person, turn.city_ms))

    def _looked(self, event: DataUsed | DataUseRefused, turn: Turn) -> None:
        state = self.ledger.state
        if event.person in state.erased:
            return
        used = isinstance(event, DataUsed)
        look = Look(
            turn.city_ms, event.department, event.known_as if isinstance(event, DataUsed) else "", event.purpose,
            event.fields, event.basis if isinstance(event, DataUsed) else "", event.why or Text(event.reason),
            person_of(event.actor),
        )  # fmt: skip
        state.looks[event.person] = (*state.looks.get(event.person, ()), look)[-KEPT_LOOKS:]
        access = state.accesses.get(look.basis) if used else None
        if access is not None:
            state.accesses[access.id] = msgspec.structs.replace(access, looks=access.looks + 1)

    def _forget(self, person: str, turn: Turn) -> None:
        """No word, no look and no access is left of an erased person, and their phone is heard on nothing more."""
        state = self.ledger.state
        state.erased.add(person)
        state.words.pop(person, None)
        state.looks.pop(person, None)
        state.accesses = {id: one for id, one in state.accesses.items() if one.person != person}
        if person in self._residents:
            self._senses.grant(person, ())

    def _settle_due(self) -> None:
        state = self.ledger.state
        words = (w.until_ms for ws in state.words.values() for w in ws if w.given and not w.over and w.until_ms >= 0)
        open_ = (access.until_ms for access in state.accesses.values() if not access.ended)
        self._due_ms = min((*words, *open_), default=_NEVER_MS)

    def outgoing(self, event: Event) -> Iterable[Outgoing]:
        """Also for the other desks of a person's rights; an erased person can be told nothing."""
        return told_of_rights(event, self._residents, self.ledger.state.erased)

    def snapshot(self) -> bytes:
        return canonical(self.ledger.state)

    def restore(self, data: bytes) -> None:
        state = revive(data, LedgerState)
        state.accesses = dict(sorted(state.accesses.items(), key=lambda item: int(item[0][2:])))
        self.ledger.state = state
        self._settle_due()


def _same(old: Consent | None, new: Consent) -> bool:
    return old is not None and msgspec.structs.replace(old, at_ms=new.at_ms, by=new.by, over=False) == new
