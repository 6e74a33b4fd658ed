"""Where a broker is, and what it says for a client that dies."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from twin.core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """``mqtt://user:password@host:port`` or ``mqtts://…``; default ports 1883 and 8883."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca_file: str | None = None

    @classmethod
    def parse(cls, url: str, ca_file: str | None = None) -> BrokerAddress:
        """Raises :class:`ConfigError` when the URL names no MQTT broker."""
        parts = urlsplit(url if "://" in url else f"mqtt://{url}")
        if parts.scheme not in ("mqtt", "mqtts", "tcp", "ssl") or not parts.hostname:
            raise ConfigError(url, "a broker is given as mqtt://host:port or mqtts://user:password@host:port")
        tls = parts.scheme in ("mqtts", "ssl")
        try:
            port = parts.port or (8883 if tls else 1883)
        except ValueError as fault:
            raise ConfigError(url, str(fault)) from fault
        secret = unquote(parts.password) if parts.password else None
        user = unquote(parts.username) if parts.username else None
        return cls(parts.hostname, port, user, secret, tls, ca_file)


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says for this client when it dies."""

    topic: str
    payload: bytes
    retain: bool = True
