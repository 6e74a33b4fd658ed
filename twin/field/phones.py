"""What phones publish: signed by their owners' keys, and only for the purposes that the owners agreed to."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from twin.city.households import Flags
from twin.city.lives import Lives
from twin.city.residents import Resident
from twin.field.keeping import keep, regain
from twin.field.publish import Publisher
from twin.formats.civic import Answer, PhoneMessage, encode, phone_words
from twin.formats.topics import person_topic

Kind = Literal["presence", "position", "report", "reply", "request", "virtual", "errand", "consent", "mandate"]
_PURPOSE = {
    "presence": "presence", "position": "position", "report": "report", "reply": "report", "request": "service",
    "virtual": "presence",
}  # fmt: skip
_ALWAYS: tuple[Kind, ...] = ("errand", "consent", "mandate")
"""Words on one's own rights, and on what one has applied for, are heard whatever one agreed to."""


class PhonesState(msgspec.Struct):
    said: dict[str, bool]


class Phones:
    """All residents' phones, by row. A key is made when its phone first speaks."""

    def __init__(self, register: Sequence[Resident], lives: Lives, publisher: Publisher, signed: bool = True) -> None:
        self._signed = signed
        self._names = tuple(resident.pseudonym for resident in register)
        self._lives, self._publisher = lives, publisher
        self._keys: dict[int, Ed25519PrivateKey] = {}
        self._said: dict[str, bool] = {}  # ``row/purpose``: what was agreed to or withdrawn since enrolment
        self.agreed: dict[str, Flags] = {
            kind: np.array([purpose in resident.consents for resident in register], np.bool_)
            for kind, purpose in _PURPOSE.items()
        } | dict.fromkeys(_ALWAYS, lives.people.phone)

    def heed(self, row: int, answer: Answer) -> None:
        """The hall's word that a consent was given or is none any more: the phone speaks by it from now on."""
        kind, _, rest = answer.request_id.partition("/")
        purpose, _, department = rest.partition("/")
        if kind == "consent" and not department and answer.state in ("given", "withdrawn", "expired"):
            self._heed(row, purpose, given=answer.state == "given")

    def _heed(self, row: int, purpose: str, *, given: bool) -> None:
        if purpose not in _PURPOSE.values():
            return
        self._said[f"{row}/{purpose}"] = given
        for kind, needs in _PURPOSE.items():
            if needs == purpose:
                self.agreed[kind][row] = given

    def dump(self) -> bytes:
        return keep(PhonesState(self._said))

    def load(self, data: bytes) -> None:
        for key, given in regain(data, PhonesState).said.items():
            row, _, purpose = key.partition("/")
            self._heed(int(row), purpose, given=given)

    def may(self, row: int, kind: Kind) -> bool:
        return bool(self.agreed[kind][row])

    def say(self, row: int, kind: Kind, body: msgspec.Struct, city_ms: int) -> bool:
        """Publish if agreed to; positions only while the budget lasts. Whether it was sent."""
        if not self.may(row, kind):
            return False
        if kind == "position" and not self._publisher.room:  # not worth a signature
            self._publisher.hold("person", 1)
            return False
        name, text = self._names[row], encode(body).decode()
        signature = ""
        if self._signed:
            signature = base64.b64encode(self._key(row).sign(phone_words(name, kind, city_ms, text))).decode()
        message = PhoneMessage(pseudonym=name, kind=kind, time_ms=city_ms, body=text, signature=signature)
        topic = person_topic(self._publisher.namespace, name, kind)
        if kind == "position":
            return self._publisher.offer("person", topic, encode(message))
        self._publisher.send("person", topic, encode(message), qos=1)
        return True

    def _key(self, row: int) -> Ed25519PrivateKey:
        if row not in self._keys:
            self._keys[row] = Ed25519PrivateKey.from_private_bytes(self._lives.private_key(row))
        return self._keys[row]
