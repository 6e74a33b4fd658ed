"""Emergency access: the glass is broken by the duty chief alone, for a time, on record, and the person is told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from services.collaboration.authority import Authority
from services.engine.desk import Turn
from services.facts.base import Actor, Command, CommandRefused, Event
from services.facts.because import because, english
from services.facts.hall import DataUsed, DataUseRefused
from services.facts.rights import (
    EmergencyEnded,
    EmergencyOpened,
    EndEmergencyAccess,
    OpenEmergencyAccess,
    ReadInEmergency,
)
from services.hall.answers import TELL_LONG_MS
from services.hall.identity import Identities
from services.hall.legal import EMERGENCY, EMERGENCY_TEXT, Access, Ground, Ledger
from services.hall.ports import Registered
from twin.core.text import Text


class Emergencies:
    """Decides on the legal desk's behalf; the ledger holds the state."""

    def __init__(
        self,
        ledger: Ledger,
        residents: Mapping[str, Registered],
        departments: Collection[str],
        authority: Authority,
        identities: Identities,
    ) -> None:
        self._ledger, self._residents = ledger, residents
        self._departments = frozenset(departments)
        self._authority, self._identities = authority, identities

    def decide(self, fact: OpenEmergencyAccess | EndEmergencyAccess | ReadInEmergency, turn: Turn) -> Iterable[Event]:
        """By those who may and are on duty; everything else is refused with its reason."""
        why = self._authority.refusal(fact, turn.city_ms)
        if why is None and isinstance(fact, OpenEmergencyAccess) and fact.actor.kind != "person":
            why = Text("no software breaks the glass: the duty chief in person does")
        if why is not None:
            return (no(fact, why),)
        state = self._ledger.state
        if isinstance(fact, EndEmergencyAccess):
            access = state.accesses.get(fact.access)
            if access is None or access.ended:
                return (no(fact, Text("there is no such emergency access")),)
            return (self.end(fact.actor, access, turn),)
        if fact.person not in self._residents or fact.person in state.erased:
            return (no(fact, Text("nobody of this identity is registered")),)
        if fact.department not in self._departments:
            return (no(fact, Text("there is no department {department}", {"department": fact.department})),)
        if not fact.fields:
            return (no(fact, Text("say what is to be read")),)
        if isinstance(fact, ReadInEmergency):
            return self._look(fact, turn)
        return (
            EmergencyOpened(
                actor=fact.actor, **because("{ground}", ground=EMERGENCY_TEXT[fact.ground]),
                access=f"B-{state.opened + 1:04d}", person=fact.person, department=fact.department,
                fields=fact.fields, ground=fact.ground, case=fact.case, until_ms=turn.city_ms + fact.minutes * 60_000,
            ),
        )  # fmt: skip

    def _look(self, fact: ReadInEmergency, turn: Turn) -> Iterable[Event]:
        ours = self._authority.department(fact.actor, turn.city_ms)
        if fact.actor.post == "handler" and ours != fact.department:
            return (no(fact, Text("this department is not yours")),)
        ground = self._ledger.to_read(fact.person, EMERGENCY, fact.department, fact.fields, turn.city_ms)
        if isinstance(ground, Ground):
            return (
                DataUsed(
                    actor=fact.actor, **because("{ground}", ground=ground.reference), person=fact.person,
                    department=fact.department, purpose=EMERGENCY, fields=fact.fields, basis=ground.id, errand="",
                    known_as=self._identities.known_as(fact.person, fact.department),
                ),
            )  # fmt: skip
        refused = DataUseRefused(
            actor=fact.actor, reason=english(ground), why=ground, person=fact.person, department=fact.department,
            purpose=EMERGENCY, fields=fact.fields, errand="",
        )  # fmt: skip
        return (refused, no(fact, ground))

    def end(self, actor: Actor, access: Access, turn: Turn) -> EmergencyEnded:
        """Over; the person's phone is told."""
        return EmergencyEnded(
            actor=actor, **because("the person is told who could look"), access=access.id, person=access.person,
            pseudonym=self._residents[access.person].pseudonym, department=access.department,
            ground=access.ground, looks=access.looks,  # type: ignore[arg-type]
            tell_until_ms=turn.city_ms + TELL_LONG_MS,
        )  # fmt: skip


def no(fact: Command, why: Text) -> CommandRefused:
    """A refusal with its reason."""
    return CommandRefused(actor=fact.actor, cause=fact.id, command=type(fact).__name__, why=why)
