"""The duty desk: the duty log as things happen, and shifts that are handed over and taken over 交接班."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from services.collaboration.answers import numbered, refused, serial_of, unsaid
from services.collaboration.authority import Authority, person_of
from services.collaboration.canon import canonical, revive
from services.collaboration.handover import Draft
from services.collaboration.names import Names
from services.collaboration.noteworthy import noteworthy
from services.collaboration.ports import Cases
from services.collaboration.settings import MINUTE_MS, Settings
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import SYSTEM, Actor, Command, Event
from services.facts.because import because, english
from services.facts.collaboration import CENTRE, Post
from services.facts.duty import (
    DutyLogged,
    HandOverShift,
    Sentence,
    ShiftHandedOver,
    ShiftOverdue,
    ShiftTakenOver,
    TakeOverShift,
    WriteDutyLog,
)
from services.facts.response import ResponseDeclared, ResponseEnded, WarningLifted, WarningNoted
from twin.core.text import Text
from twin.formats.civic import WarningKind

KEPT_LINES = 400
KEPT_HANDOVERS = 60


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """``evidence``: the event ``#<sequence>`` or command that it rests on."""

    city_ms: int
    actor: Actor
    words: Text | str
    case: str
    evidence: str


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a post, until somebody takes it over. ``late`` once nobody came."""

    person: str
    since_ms: int
    handover: str = ""
    late: bool = False


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """``taken_ms`` is -1 until the incoming person takes the post."""

    id: str
    post: str
    outgoing: str
    incoming: str
    given_ms: int
    sentences: tuple[Sentence, ...]
    remarks: str
    taken_ms: int = -1
    taken_by: str = ""


class _State(msgspec.Struct):
    serial: int = 0
    stands: dict[str, Stand] = {}
    handovers: dict[str, Handover] = {}
    lines: list[LogLine] = []
    responses: dict[WarningKind, int] = {}
    warnings: dict[WarningKind, int] = {}


class DutyDesk:
    """Hand-overs by id ``H-<serial>``. The first holder of a post of the centre is the roster's."""

    name = "duty"

    def __init__(self, cases: Cases, draft: Draft, names: Names, authority: Authority, settings: Settings) -> None:
        self._cases, self._draft, self._names = cases, draft, names
        self._authority, self._settings = authority, settings
        self._state = _State()

    @property
    def lines(self) -> tuple[LogLine, ...]:
        """The duty log, oldest first."""
        return tuple(self._state.lines)

    @property
    def handovers(self) -> tuple[Handover, ...]:
        return tuple(self._state.handovers.values())

    @property
    def responses(self) -> Mapping[WarningKind, int]:
        """Emergency responses in force, by hazard."""
        return self._state.responses

    @property
    def warnings(self) -> Mapping[WarningKind, int]:
        """Weather warnings in force, by hazard."""
        return self._state.warnings

    def stand(self, post: Post, city_ms: int) -> Stand | None:
        """Who holds a post of the centre now, whatever the roster says."""
        known = self._state.stands.get(post)
        if known is not None:
            return known
        holder = self._authority.roster.holder(post, city_ms)
        return None if holder is None else Stand(person=holder.id, since_ms=city_ms)

    def stands(self, person: str, post: str) -> bool:
        known = self._state.stands.get(post)
        return known is not None and known.person == person

    def given(self, post: str) -> Handover | None:
        """The hand-over of this post that nobody has taken yet."""
        return next((one for one in self.handovers if one.post == post and one.taken_ms < 0), None)

    def draft(self, city_ms: int) -> tuple[Sentence, ...]:
        return self._draft.sentences(self.responses, self.warnings, city_ms)

    def over(self, stand: Stand, post: str, city_ms: int) -> bool:
        """Whether the roster has no more of this person's shift, and none that is about to begin."""
        early_ms = self._settings.duty.early_minutes * MINUTE_MS
        roster = self._authority.roster
        return all(roster.duty(stand.person, post, at) is None for at in (city_ms, city_ms + early_ms))

    # --- deciding ---------------------------------------------------------------------------------------------

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case Tick():
                return self._overdue(turn.city_ms)
            case DutyLogged():
                return ()
            case WriteDutyLog():
                answer: Event | Text = self._write(fact, turn)
            case HandOverShift():
                answer = self._hand_over(fact, turn)
            case TakeOverShift():
                answer = self._take_over(fact, turn)
            case Event():
                return self._log(fact)
            case _:
                return ()
        return (refused(fact, answer),) if isinstance(answer, Text) else (answer,)

    def _overdue(self, city_ms: int) -> Iterator[Event]:
        late_ms = self._settings.duty.late_minutes * MINUTE_MS
        for post in CENTRE:
            stand = self._state.stands.get(post)
            if stand is None or stand.late or not self.over(stand, post, city_ms):
                continue
            if self._authority.roster.duty(stand.person, post, city_ms - late_ms) is None:
                reason = because("the shift is over and nobody has taken the post")
                yield ShiftOverdue(actor=SYSTEM, **reason, post=post, outgoing=stand.person)

    def _log(self, event: Event) -> tuple[Event, ...]:
        """A line with no cause of its own: the engine names the event that it rests on."""
        what = noteworthy(event, self._cases, self._names)
        if what is None:
            return ()
        return (DutyLogged(actor=event.actor, why=what, words=english(what), case=getattr(event, "case", "")),)

    def _write(self, command: WriteDutyLog, turn: Turn) -> Event | Text:
        against = self._authority.refusal(command, turn.city_ms) or unsaid(command.words, self._settings.words.longest)
        return against or DutyLogged(actor=command.actor, cause=command.id, words=command.words.strip())

    def _hand_over(self, command: HandOverShift, turn: Turn) -> Event | Text:
        post, now = _post(command), turn.city_ms
        stand = self.stand(post, now) if post is not None else None
        why_not = self._authority.refusal(command, now)
        if why_not is not None or post is None or stand is None:
            return why_not or Text("this post has no shifts")
        if person_of(command.actor) != stand.person:
            return Text("{person} holds this post", {"person": self._names.person(stand.person)})
        if self.given(post) is not None:
            return Text("it is handed over already, and not yet taken")
        if len(command.remarks) > self._settings.words.longest:
            return unsaid(command.remarks, self._settings.words.longest) or Text("there are no words")
        roster, early = self._authority.roster, self._settings.duty.early_minutes
        ends_ms = roster.shift_end(stand.person, post, now)
        if ends_ms > now + early * MINUTE_MS:
            return Text("a shift is handed over at most {minutes} min before its end", {"minutes": early})
        incoming = roster.next_holder(post, now) if ends_ms > 0 else roster.holder(post, now)
        if incoming is None or incoming.id == stand.person:
            return Text("nobody follows at this post")
        return ShiftHandedOver(
            actor=command.actor,
            cause=command.id,
            handover=numbered("H", self._state.serial + 1),
            post=post,
            outgoing=stand.person,
            incoming=incoming.id,
            sentences=self.draft(now),
            remarks=command.remarks.strip(),
        )

    def _take_over(self, command: TakeOverShift, turn: Turn) -> Event | Text:
        post, now, person = _post(command), turn.city_ms, person_of(command.actor)
        if post is None or command.actor.kind not in ("person", "colleague"):
            return Text("only a person at a post gives this command")
        stand, given = self.stand(post, now), self.given(post)
        if stand is not None and stand.person == person:
            return Text("{person} holds this post", {"person": self._names.person(person)})
        if command.handover and (given is None or given.id != command.handover):
            return Text("there is nothing to take over as {handover}", {"handover": command.handover})
        if not command.handover and stand is not None and not self.over(stand, post, now):
            return Text("{person} is to hand it over first", {"person": self._names.person(stand.person)})
        named = given is not None and bool(command.handover) and given.incoming == person
        if not named and not self._authority.roster.holds(person, (post,), now):
            return Text("{person} is not on duty at this post now", {"person": self._authority.name(person)})
        return ShiftTakenOver(
            actor=command.actor, cause=command.id, handover=given.id if given else "", post=post, person=person
        )

    # --- state ------------------------------------------------------------------------------------------------

    def apply(self, event: Event, turn: Turn) -> None:
        state, now = self._state, turn.city_ms
        if not state.stands:
            for post in CENTRE:
                holder = self._authority.roster.holder(post, now)
                if holder is not None:
                    state.stands[post] = Stand(person=holder.id, since_ms=now)
        match event:
            case DutyLogged():
                words = event.why if event.why is not None else event.words
                line = LogLine(city_ms=now, actor=event.actor, words=words, case=event.case, evidence=event.cause)
                state.lines = [*state.lines, line][-KEPT_LINES:]
            case ShiftHandedOver():
                state.serial = serial_of(event.handover)
                state.handovers[event.handover] = Handover(
                    id=event.handover, post=event.post, outgoing=event.outgoing, incoming=event.incoming, given_ms=now,
                    sentences=event.sentences, remarks=event.remarks,
                )  # fmt: skip
                for id in list(state.handovers)[: max(0, len(state.handovers) - KEPT_HANDOVERS)]:
                    del state.handovers[id]
            case ShiftTakenOver():
                state.stands[event.post] = Stand(person=event.person, since_ms=now, handover=event.handover)
                if event.handover:
                    state.handovers[event.handover] = msgspec.structs.replace(
                        state.handovers[event.handover], taken_ms=now, taken_by=event.person
                    )
            case ShiftOverdue():
                state.stands[event.post] = msgspec.structs.replace(state.stands[event.post], late=True)
            case ResponseDeclared():
                state.responses[event.hazard] = event.level
            case ResponseEnded():
                state.responses.pop(event.hazard, None)
            case WarningNoted():
                state.warnings[event.hazard] = event.level
            case WarningLifted():
                state.warnings.pop(event.hazard, None)
            case _:
                pass

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)
        self._state.handovers = dict(sorted(self._state.handovers.items(), key=lambda item: serial_of(item[0])))


def _post(command: Command) -> Post | None:
    """The post of the centre that the command is about: the sender's."""
    return next((post for post in CENTRE if post == command.actor.post), None)
