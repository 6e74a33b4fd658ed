"""What a phone publishes: signed by its owner's key, and only for the purposes that the owner agreed to."""

from __future__ import annotations

import base64
from typing import Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from twin.field.publish import Publisher
from twin.formats.civic import PhoneMessage, encode, phone_words
from twin.formats.topics import person_topic

Kind = Literal["presence", "position", "report", "request"]
_PURPOSE = {"presence": "presence", "position": "position", "report": "report", "request": "service"}


class Phone:
    """One resident's phone."""

    def __init__(self, pseudonym: str, private_key: bytes, consents: tuple[str, ...], publisher: Publisher) -> None:
        self.pseudonym = pseudonym
        self._key = Ed25519PrivateKey.from_private_bytes(private_key)
        self._consents = frozenset(consents)
        self._publisher = publisher

    def may(self, kind: Kind) -> bool:
        return _PURPOSE[kind] in self._consents

    def say(self, kind: Kind, body: msgspec.Struct, city_ms: int) -> bool:
        """Publish if agreed to; positions only while the budget lasts. Whether it was sent."""
        if not self.may(kind):
            return False
        text = encode(body).decode()
        signature = base64.b64encode(self._key.sign(phone_words(self.pseudonym, kind, city_ms, text))).decode()
        message = PhoneMessage(pseudonym=self.pseudonym, kind=kind, time_ms=city_ms, body=text, signature=signature)
        topic = person_topic(self._publisher.namespace, self.pseudonym, kind)
        if kind == "position":
            return self._publisher.offer("person", topic, encode(message))
        self._publisher.send("person", topic, encode(message), qos=1)
        return True
