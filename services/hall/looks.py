"""Looks of the centre at a resident's pages: by whoever is on duty, under their name; the resident sees who it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.collaboration.authority import Authority, person_of
from services.engine.desk import Turn
from services.facts.base import Event
from services.facts.because import because
from services.facts.hall import DataUsed
from services.facts.posts import POST_TEXT
from services.facts.rights import LookAtResident, ResidentPage
from services.hall.emergencies import no
from services.hall.legal import DUTY, Ledger
from services.hall.ports import Registered
from twin.core.text import Text

LOOK_LASTS_MS = 15 * 60_000
"""A page that stays open is one look for so long; then it is another one."""


class Looks:
    """Decides on the legal desk's behalf; the ledger holds who looked."""

    def __init__(self, ledger: Ledger, residents: Mapping[str, Registered], authority: Authority) -> None:
        self._ledger, self._residents, self._authority = ledger, residents, authority

    def needed(self, viewer: str, person: str, page: ResidentPage, city_ms: int) -> bool:
        """Whether a look has to be put on record before ``viewer`` is shown the page. Of an erased person there is
        nothing left to look at."""
        if person not in self._residents or person in self._ledger.state.erased:
            return False
        return not any(
            (look.by, look.purpose, look.fields) == (viewer, DUTY, (page,))
            and 0 <= city_ms - look.city_ms < LOOK_LASTS_MS
            for look in reversed(self._ledger.state.looks.get(person, ()))
        )

    def decide(self, fact: LookAtResident, turn: Turn) -> Iterable[Event]:
        why = self._authority.refusal(fact, turn.city_ms)
        if why is None and fact.actor.kind != "person":
            why = Text("no software looks: a person at a post does")
        if why is None and (fact.person not in self._residents or fact.person in self._ledger.state.erased):
            why = Text("nobody of this identity is registered")
        if why is not None:
            return (no(fact, why),)
        post = fact.actor.post
        if not self.needed(person_of(fact.actor), fact.person, fact.page, turn.city_ms):
            return ()
        return (
            DataUsed(
                actor=fact.actor, **because("on duty as {post}", post=POST_TEXT[post]), person=fact.person,
                department=self._authority.department(fact.actor, turn.city_ms), purpose=DUTY, fields=(fact.page,),
                basis=f"post/{post}", errand="",
            ),
        )  # fmt: skip
