"""``run.py status``: ask a running server how it is."""

from __future__ import annotations

import time

import msgspec
import zmq
from rich.console import Console
from rich.table import Table

from services.app.installation import newest_run
from twin.core import codec
from twin.core.errors import CivitwinError
from twin.core.views import Ask, Propose, Reply

_LIMIT_MS = 5_000


class Endpoints(msgspec.Struct, frozen=True):
    """``endpoints.json`` in a run's data folder: where its server is heard."""

    views: str
    requests: str
    pid: int
    control: str = ""
    """What the server's own user shows to be obeyed; this file is nobody else's to read."""


def newest_endpoints() -> Endpoints:
    """The endpoints of the run that was started last on this machine."""
    return msgspec.json.decode((newest_run() / "endpoints.json").read_bytes(), type=Endpoints)


def ask_summary(requests: str, limit_ms: int = _LIMIT_MS) -> dict[str, object]:
    """The server's figures (the shape of ``run.py demo --json``, and its health). Needs no token."""
    reply = ask(requests, Ask(token="", kind="summary", id="status"), limit_ms)
    summary: dict[str, object] = msgspec.json.decode(reply.data)
    return summary


def ask(requests: str, question: Ask | Propose, limit_ms: int) -> Reply:
    """One question or proposal to a server and its answer. Raises :class:`CivitwinError` where none comes."""
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        dealer.setsockopt(zmq.LINGER, 0)
        dealer.connect(requests)
        dealer.send(msgspec.msgpack.encode(question))
        deadline = time.monotonic() + limit_ms / 1e3
        while dealer.poll(max(0, int((deadline - time.monotonic()) * 1e3))):
            reply = codec.decode(dealer.recv_multipart()[-1], Reply)
            if reply.id == question.id:
                return reply
    raise CivitwinError(f"no answer from {requests} within {limit_ms / 1e3:.0f} s: no server there, or a busy one")


def show_status(requests: str | None = None, as_json: bool = False) -> int:
    """Print it; 1 when the server itself says that something is wrong."""
    summary = ask_summary(requests or newest_endpoints().requests)
    out = Console()
    if as_json:
        out.print_json(msgspec.json.encode(summary).decode())
    else:
        table = Table("figure", "value")
        for name, value in summary.items():
            table.add_row(name, str(value))
        out.print(table)
    return 0 if summary.get("connected") else 1
