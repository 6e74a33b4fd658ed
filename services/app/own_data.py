"""``run.py people export``: everything that a data directory holds about one resident, opened with their key."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console

from services.app.composition import read_world
from services.app.recorded import recorded_settings
from services.facts.assets import AssetRegistered, AssetTransferred
from services.facts.base import Command, Event
from services.facts.hall import CredentialIssued, ErrandBegun
from services.facts.opening import HallOpened
from services.facts.records import Entry
from services.hall.assets import Assets
from services.hall.issuing import claims_context, form_context
from services.hall.opening import assets_of, of_person
from services.storage.stores import Opened, open_archive
from services.storage.vault import ErasedError
from twin.city.residents import Resident
from twin.core.bus import Message
from twin.core.errors import CivitwinError
from twin.formats.civic import PhoneMessage
from twin.formats.refusal import UNDECODABLE
from twin.link.recording import BatchRecord

WHOSE: Final = ("person", "holder", "agent", "proxy", "by")
"""Fields of a fact that name whom it concerns."""
AMONG: Final = ("holders", "before")
"""Fields that name several."""


class NobodyError(CivitwinError):
    """Somebody who is not in the register, or whose data was erased."""


def export_own_data(person: str, data: Path, report: Path, console: Console | None = None) -> int:
    """Write it as JSON, readable by its owner alone. Raises :class:`NobodyError`, and
    :class:`services.storage.stores.StoresError` for a directory that is none."""
    console = console or Console()
    plain = open_archive(data)
    try:
        residents = _register(plain)
    finally:
        plain.close()
    if person not in residents:
        raise NobodyError(f"the register has nobody {person!r}")
    opened = open_archive(data, register={one.pseudonym: one.id for one in residents.values()})
    try:
        found = own_data(opened, residents, person)
    finally:
        opened.close()
    body = msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"
    with os.fdopen(os.open(report, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        os.fchmod(out.fileno(), 0o600)  # also where the file was there already
        out.write(body)
    console.print(f"{len(found['facts'])} facts and {len(found['phone'])} messages of {person} written to {report}.")
    return 0


def own_data(opened: Opened, residents: Mapping[str, Resident], person: str) -> dict[str, Any]:
    """What the register has, every fact that concerns them, their forms and credentials in plain words, what they hold,
    and what their phone said."""
    resident, assets = residents[person], Assets(residents)
    if opened.vault.erased(resident.id):
        raise NobodyError(f"the data of {resident.id} was erased: there is nothing left that can be read")
    facts: list[dict[str, Any]] = []
    forms: dict[str, dict[str, str]] = {}
    credentials: dict[str, dict[str, str]] = {}
    for entry in opened.archive.entries(0):
        fact = entry.fact
        if isinstance(fact, AssetRegistered | AssetTransferred):
            assets.record(fact, entry.city_ms)
        if isinstance(fact, HallOpened):
            assets.state = assets_of(fact)
        if isinstance(fact, HallOpened) and resident.id in fact.people:
            errands, held = of_person(fact, resident.id)
            for errand in errands:
                forms[errand.id] = _open(opened, resident.id, errand.sealed, form_context(errand.id))
            for one in held:
                credentials[one.id] = _open(opened, resident.id, one.claims, claims_context(one.id))
        if not concerns(fact, resident.id):
            continue
        facts.append(_plain(entry))
        if isinstance(fact, ErrandBegun) and fact.person == resident.id:
            forms[fact.errand] = _open(opened, resident.id, fact.sealed, form_context(fact.errand))
        elif isinstance(fact, CredentialIssued) and fact.holder == resident.id:
            context = claims_context(fact.credential)
            credentials[fact.credential] = _open(opened, resident.id, fact.claims, context)
    return {
        "person": resident.id,
        "register": msgspec.to_builtins(resident),
        "forms": forms,
        "credentials": credentials,
        "assets": assets.described(assets.of(resident.id)),
        "facts": facts,
        "phone": list(_said(opened, resident.pseudonym)),
    }


def concerns(fact: Command | Event, person: str) -> bool:
    """Whether a fact is about this person, or their own."""
    if (fact.actor.kind, fact.actor.id) == ("resident", person):
        return True
    fields = fact.__struct_fields__
    return any(getattr(fact, name) == person for name in WHOSE if name in fields) or any(
        person in getattr(fact, name) for name in AMONG if name in fields
    )


def _plain(entry: Entry) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.json.decode(entry.body)
    return {"sequence": entry.sequence, "city_ms": entry.city_ms, "what": type(entry.fact).__name__, **body}


def _open(opened: Opened, person: str, sealed: bytes, context: bytes) -> dict[str, str]:
    try:
        return msgspec.json.decode(opened.vault.open(person, sealed, context), type=dict[str, str])
    except ErasedError as fault:
        raise NobodyError(str(fault)) from fault


def _said(opened: Opened, pseudonym: str) -> Iterator[dict[str, Any]]:
    """The phone's own messages, as far as the recording goes back."""
    topic = f"/person/{pseudonym}/"
    for record in opened.archive.records(0):
        if not isinstance(record, BatchRecord):
            continue
        kept = [message for message in record.messages if topic in message.topic]
        if kept:
            readable, _ = opened.archive.messages(record)
            for message in readable:
                if topic in message.topic:
                    yield _told(message, record.city_ms)


def _told(message: Message, city_ms: int) -> dict[str, Any]:
    """A message as it was meant; what was no message, and was refused, as it came."""
    try:
        said = msgspec.json.decode(message.payload, type=PhoneMessage)
        return {"city_ms": said.time_ms, "kind": said.kind, "body": msgspec.json.decode(said.body)}
    except UNDECODABLE:
        words = message.payload.decode(errors="backslashreplace")
        return {"city_ms": city_ms, "kind": "unreadable", "body": words}


def _register(opened: Opened) -> Mapping[str, Resident]:
    """As the recording has it."""
    segments = opened.archive.segments()
    if not segments:
        raise NobodyError(f"{opened.directory}: nothing was recorded here")
    with tempfile.TemporaryDirectory(prefix="civitwin-export-") as folder:
        return read_world(recorded_settings(opened.objects, segments[-1], Path(folder))).residents
