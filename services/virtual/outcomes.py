"""What comes of a session: a prescription, a certificate, an interview, each by a department and its named host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from services.collaboration.roster import DAY_MS, HOUR_MS, Roster
from services.engine.desk import Turn
from services.facts.base import Actor, Event
from services.facts.because import because
from services.facts.hall import CredentialIssued
from services.facts.virtual import InterviewAppointed, SessionResult, TalkEnded
from services.hall.credentials import Credential, Issuers
from services.hall.identity import Identities
from services.hall.issuing import claims_context
from services.hall.ports import Registered, Sealer
from services.virtual.book import Book
from services.virtual.book_sessions import OURS
from services.virtual.state import SessionState, Talk
from services.virtual.words import RESULT_TEXT
from twin.city.virtual import SessionPlan, Vacancy, VirtualPlace
from twin.core.chance import fraction
from twin.core.errors import CivitwinError

_KINDS: dict[str, SessionResult] = {"prescription": "prescription", "class_attendance": "attendance"}
_INTERVIEW_HOURS = (10, 14)
_WEEKEND = 5


class Outcomes:
    """Keeps nothing; numbers go on from the book's."""

    def __init__(
        self, book: Book, roster: Roster, residents: Mapping[str, Registered], vault: Sealer, issuers: Issuers,
        identities: Identities, valid_days: Mapping[str, int],
    ) -> None:  # fmt: skip
        self._book, self._roster, self._residents = book, roster, residents
        self._vault, self._issuers, self._identities = vault, issuers, identities
        self._valid_days = valid_days

    def begin(self, turn: Turn) -> Outcomes.Run:
        return Outcomes.Run(self, turn)

    class Run:
        """One decision's outcomes, numbered along."""

        def __init__(self, outcomes: Outcomes, turn: Turn) -> None:
            self._of, self._turn = outcomes, turn
            self._credentials = outcomes._book.state.credentials
            self._appointed = outcomes._book.state.appointed
            self._taken: dict[str, int] = {}

        def of_talk(self, place: VirtualPlace, plan: SessionPlan, talk: Talk) -> Iterator[Event]:
            """The end of one turn with the host."""
            draw = fraction(self._turn.seed, "outcome", plan.id, talk.person, talk.began_ms)
            if plan.kind == "fair":
                yield from self._interview(plan, talk, draw)
            elif draw < plan.refer_share:
                yield self._ended(plan, talk.person, talk.host, "referred")
            else:
                claims = {"renews": "the prescription on file", "days": "28"}
                yield from self._issued(plan, talk.person, talk.host, "prescription", claims)

        def of_class(
            self, place: VirtualPlace, plan: SessionPlan, session: SessionState, *, held: bool
        ) -> Iterator[Event]:
            """Whoever attended for long enough is certified, also who had to go before the end."""
            now_ms, enough_ms = self._turn.city_ms, plan.share * plan.minutes * 60_000
            for person in dict.fromkeys((*session.queue, *session.attended)):
                since = session.since.get(person, -1)
                attended = session.attended.get(person, 0) + (now_ms - since if since >= 0 else 0)
                if attended >= enough_ms:
                    claims = {"course": plan.name.en, "minutes": str(attended // 60_000)}
                    yield from self._issued(plan, person, session.host, "class_attendance", claims)
                elif person in session.queue:
                    yield self._ended(plan, person, session.host, "not_attended" if held else "broken_off")

        def _issued(
            self, plan: SessionPlan, person: str, host: str, kind: str, claims: dict[str, str]
        ) -> Iterator[Event]:
            """Signed by the department; nothing comes of it for somebody whose key was destroyed."""
            try:
                credential = self._of._credential(plan, person, kind, claims, self._credentials + 1, self._turn)
            except CivitwinError:
                yield self._ended(plan, person, host, "broken_off")
                return
            self._credentials += 1
            yield CredentialIssued(
                actor=Actor("rule", f"virtual/{plan.id}", plan.post, host), cause=plan.id,
                **because("the visit was held and ended well"), credential=credential.id, kind=kind,
                issuer=credential.issuer, holder=person, errand="", issued_ms=credential.issued_ms,
                expires_ms=credential.expires_ms, claims=credential.claims, evidence=(),
                signature=credential.signature, holder_key=credential.holder_key,
            )  # fmt: skip
            yield self._ended(plan, person, host, _KINDS[kind], credential=credential.id)

        def _interview(self, plan: SessionPlan, talk: Talk, draw: float) -> Iterator[Event]:
            """The recruiter confirms for an employer that still has an opening, or says that there is none."""
            vacancy = self._open(plan, talk)
            if vacancy is None or draw >= plan.invite_share:
                yield self._ended(plan, talk.person, talk.host, "declined")
                return
            self._taken[vacancy.id] = self._taken.get(vacancy.id, 0) + 1
            self._appointed += 1
            id = f"J-{self._appointed}"
            yield InterviewAppointed(
                actor=Actor("rule", f"virtual/{plan.id}", plan.post, talk.host), cause=plan.id,
                **because("the recruiter confirms it for {employer}", employer=vacancy.employer.name), appointment=id,
                session=plan.id, person=talk.person, pseudonym=self._of._pseudonym(talk.person),
                employer=vacancy.employer.en, vacancy=vacancy.id, at_ms=self._of._interview_ms(talk, self._turn),
                by=talk.host,
            )  # fmt: skip
            yield self._ended(plan, talk.person, talk.host, "interview", appointment=id)

        def _open(self, plan: SessionPlan, talk: Talk) -> Vacancy | None:
            taken = self._of._book.state.sessions[plan.id].taken
            left = [
                one for one in plan.vacancies if taken.get(one.id, 0) + self._taken.get(one.id, 0) < one.openings
            ]  # fmt: skip
            if not left:
                return None
            return left[int(fraction(self._turn.seed, "vacancy", plan.id, talk.person) * len(left))]

        def _ended(
            self, plan: SessionPlan, person: str, host: str, result: SessionResult, credential: str = "",
            appointment: str = "",
        ) -> TalkEnded:  # fmt: skip
            return TalkEnded(
                actor=Actor("rule", f"virtual/{plan.id}", plan.post, host), cause=plan.id,
                **because(RESULT_TEXT[result].msgid), session=plan.id, person=person,
                pseudonym=self._of._pseudonym(person), host=host, result=result, credential=credential,
                appointment=appointment,
            )  # fmt: skip

    def _pseudonym(self, person: str) -> str:
        known = self._residents.get(person)
        return "" if known is None else known.pseudonym

    def _credential(
        self, plan: SessionPlan, person: str, kind: str, claims: dict[str, str], serial: int, turn: Turn
    ) -> Credential:
        id = f"{OURS}{serial:05d}"
        sealed = self._vault.seal(person, msgspec.json.encode(claims, order="sorted"), claims_context(id))
        days = self._valid_days.get(kind)
        return self._issuers.sign(
            Credential(
                id=id, kind=kind, issuer=plan.department, holder=person, errand="", issued_ms=turn.city_ms,
                expires_ms=-1 if days is None else turn.city_ms + days * DAY_MS, claims=sealed, evidence=(),
                holder_key=self._identities.public(person),
            )
        )  # fmt: skip

    def _interview_ms(self, talk: Talk, turn: Turn) -> int:
        """One of the next three working days, in the morning or after lunch."""
        draw = fraction(turn.seed, "interview", talk.person, talk.began_ms)
        days = 1 + int(draw * 3)
        hour = _INTERVIEW_HOURS[int(draw * 6) % 2]
        midnight = turn.city_ms - self._roster.local(turn.city_ms) % DAY_MS
        while self._roster.weekday(midnight + days * DAY_MS) >= _WEEKEND:
            days += 1
        return midnight + days * DAY_MS + hour * HOUR_MS
