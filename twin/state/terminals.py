"""What terminals say for people who are there: clerks' terminals at the counters, kiosks, and the 12345 call centre."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from twin.city.model import Device
from twin.formats.civic import (
    ConsentWord,
    ErrandWord,
    MandateWord,
    Presence,
    ServiceRequest,
    TerminalChannel,
    TerminalMessage,
)
from twin.formats.refusal import UNDECODABLE, Reason, Refused, refused_by
from twin.state.people import AT_ONCE, Enrolled

Body = Presence | ServiceRequest | ErrandWord | ConsentWord | MandateWord

BODIES: Final[dict[str, type[Body]]] = {
    "presence": Presence,
    "request": ServiceRequest,
    "errand": ErrandWord,
    "consent": ConsentWord,
    "mandate": MandateWord,
}
CALL_CENTRE: Final = "12345"
CHANNELS: Final[dict[str, TerminalChannel]] = {"service_terminal": "counter", "service_kiosk": "kiosk"}
"""By kind of device."""


class _Heard(msgspec.Struct, array_like=True):
    """A terminal's newest time and digests of what it said then: nothing older is taken, nothing twice."""

    time_ms: int
    digests: list[bytes]


class Terminals:
    """Which terminals there are, and how far each was heard. What one says stands on the person's being there: no
    consent to be heard is asked for, and no signature of a phone that there is none of."""

    def __init__(self, devices: Iterable[Device], register: Iterable[Enrolled]) -> None:
        self._channel: dict[str, TerminalChannel] = {
            device.id: CHANNELS[device.kind] for device in devices if device.kind in CHANNELS
        }
        self._channel[CALL_CENTRE] = "phone"
        self._id = {person.pseudonym: person.id for person in register}
        self._heard: dict[str, _Heard] = {}
        self._envelope = msgspec.json.Decoder(TerminalMessage)
        self._body = {kind: msgspec.json.Decoder(type_) for kind, type_ in BODIES.items()}

    def open(
        self, payload: bytes, terminal: str, pseudonym: str, kind: str, latest_ms: int
    ) -> tuple[str, TerminalMessage, Body]:
        """(person id, envelope, body) of a message from a terminal's topic. Raises :class:`Refused`; a time past
        ``latest_ms`` is refused, since nothing older than it would be taken afterwards."""
        if terminal not in self._channel:
            raise Refused(Reason.UNKNOWN_DEVICE, f"no terminal {terminal}")
        if pseudonym not in self._id:
            raise Refused(Reason.UNKNOWN_DEVICE, f"person {pseudonym}")
        try:
            said = self._envelope.decode(payload)
            if (said.terminal, said.pseudonym, said.kind) != (terminal, pseudonym, kind):
                raise Refused(Reason.WRONG_TOPIC, f"says {said.terminal}/{said.pseudonym}/{said.kind}")
            if said.channel != self._channel[terminal]:
                raise Refused(Reason.WRONG_TOPIC, f"{terminal} is not of the channel {said.channel}")
            body = self._body[kind].decode(said.body)
        except UNDECODABLE as fault:
            raise refused_by(fault, f"terminal {kind}") from fault
        if said.time_ms > latest_ms:
            raise Refused(Reason.OUT_OF_RANGE, f"terminal {terminal}: its clock is ahead")
        self._once(said)
        return self._id[pseudonym], said, body

    def _once(self, said: TerminalMessage) -> None:
        """Raises :class:`Refused`."""
        heard = self._heard.get(said.terminal)
        digest = hashlib.sha256(f"{said.pseudonym}\n{said.kind}\n{said.body}".encode()).digest()
        if heard is None or said.time_ms > heard.time_ms:
            self._heard[said.terminal] = _Heard(said.time_ms, [digest])
        elif said.time_ms < heard.time_ms:
            raise Refused(Reason.LATE, f"terminal {said.terminal}: older than what was heard")
        elif digest in heard.digests or len(heard.digests) >= AT_ONCE:
            raise Refused(Reason.DUPLICATE, f"terminal {said.terminal}: heard before")
        else:
            heard.digests.append(digest)

    def state(self) -> list[Any]:
        return [[terminal, heard] for terminal, heard in sorted(self._heard.items())]

    def load(self, state: list[Any]) -> None:
        self._heard = {terminal: msgspec.convert(heard, _Heard) for terminal, heard in state}
