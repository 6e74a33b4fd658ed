"""The response desk: which weather warnings are in force, and which emergency responses 应急响应 were declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from services.collaboration.authority import Authority
from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import SYSTEM, CommandRefused, Event
from services.facts.because import because
from services.facts.response import (
    DeclareResponse,
    EndResponse,
    ResponseDeclared,
    ResponseEnded,
    WarningLifted,
    WarningNoted,
)
from twin.core.text import Text
from twin.formats.civic import WarningKind
from twin.state.batch import Batch, WarningHeard

HAZARDS: dict[str, Text] = {
    "rainstorm": Text("rainstorm"),
    "gale": Text("gale"),
    "heat": Text("heat"),
    "fog": Text("fog"),
    "snow": Text("snow"),
    "typhoon": Text("typhoon"),
    "thunder": Text("thunderstorm"),
}
COLOURS: dict[int, Text] = {1: Text("red"), 2: Text("orange"), 3: Text("yellow"), 4: Text("blue")}
"""Of warnings by level."""


class Warned(msgspec.Struct, frozen=True):
    """A warning in force."""

    warning: str
    level: int
    issued_ms: int
    until_ms: int
    text: str


class Response(msgspec.Struct, frozen=True):
    """A declared response and who answers for it."""

    level: int
    since_ms: int
    by: str


class _State(msgspec.Struct):
    warnings: dict[str, Warned] = {}
    responses: dict[str, Response] = {}


class ResponseDesk:
    """Warnings come from the weather service and end with it; responses are declared and ended by the duty chief."""

    name = "response"

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._state = _State()

    @property
    def warnings(self) -> Mapping[str, Warned]:
        """In force, by kind."""
        return self._state.warnings

    @property
    def responses(self) -> Mapping[str, Response]:
        """Declared, by hazard."""
        return self._state.responses

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case Batch():
                return tuple(self._heard(fact))
            case Tick():
                return tuple(self._run_out(turn.city_ms))
            case DeclareResponse() | EndResponse():
                return (self._answered(fact, turn),)
            case _:
                return ()

    def _heard(self, batch: Batch) -> Iterator[Event]:
        known = dict(self._state.warnings)
        for notice in batch.notices:
            if not isinstance(notice, WarningHeard):
                continue
            said, old = notice.warning, known.get(notice.kind)
            if said is None or said.until_ms <= batch.received_ms:
                if known.pop(notice.kind, None) is not None and old is not None:
                    yield _lifted(notice.kind, old)
                continue
            new = Warned(said.warning_id, said.level, said.issued_ms, said.until_ms, said.text)
            if new == old or (old is not None and new.issued_ms < old.issued_ms):
                continue
            known[notice.kind] = new
            yield WarningNoted(
                actor=SYSTEM,
                cause=f"warning:{new.warning}",
                **because(
                    "the weather service warns: {hazard}, {colour}",
                    hazard=HAZARDS[notice.kind],
                    colour=COLOURS[new.level],
                ),
                hazard=notice.kind,
                level=new.level,
                warning=new.warning,
                issued_ms=new.issued_ms,
                until_ms=new.until_ms,
                text=new.text,
            )

    def _run_out(self, now_ms: int) -> Iterator[Event]:
        for kind, warned in sorted(self._state.warnings.items()):
            if warned.until_ms <= now_ms:
                yield _lifted(kind, warned)

    def _answered(self, fact: DeclareResponse | EndResponse, turn: Turn) -> Event:
        against = self._authority.refusal(fact, turn.city_ms) or self._against(fact)
        if against is not None:
            return CommandRefused(actor=fact.actor, cause=fact.id, command=type(fact).__name__, why=against)
        if isinstance(fact, DeclareResponse):
            reason = fact.why_declared.strip()
            return ResponseDeclared(
                actor=fact.actor, cause=fact.id, reason=reason, hazard=fact.hazard, level=fact.level
            )  # fmt: skip
        return ResponseEnded(actor=fact.actor, cause=fact.id, reason=fact.why_ended.strip(), hazard=fact.hazard)

    def _against(self, fact: DeclareResponse | EndResponse) -> Text | None:
        declared = self._state.responses.get(fact.hazard)
        reason = fact.why_declared if isinstance(fact, DeclareResponse) else fact.why_ended
        if not reason.strip():
            return Text("give a reason")
        if isinstance(fact, EndResponse):
            return None if declared else Text("no response to {hazard} is in force", {"hazard": HAZARDS[fact.hazard]})
        if not 1 <= fact.level <= 4:
            return Text("a response has a level from 1 to 4")
        if declared is not None and declared.level == fact.level:
            return Text("this response is in force already")
        return None

    def apply(self, event: Event, turn: Turn) -> None:
        state = self._state
        match event:
            case WarningNoted():
                state.warnings[event.hazard] = Warned(
                    event.warning, event.level, event.issued_ms, event.until_ms, event.text
                )
            case WarningLifted():
                state.warnings.pop(event.hazard, None)
            case ResponseDeclared():
                state.responses[event.hazard] = Response(event.level, turn.city_ms, event.actor.id)
            case ResponseEnded():
                state.responses.pop(event.hazard, None)
            case _:
                pass

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)


def _lifted(kind: str, warned: Warned) -> WarningLifted:
    return WarningLifted(
        actor=SYSTEM,
        cause=f"warning:{warned.warning}",
        **because("the warning is over"),
        hazard=msgspec.convert(kind, WarningKind),
        warning=warned.warning,
    )
