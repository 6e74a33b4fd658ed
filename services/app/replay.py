"""``run.py replay``: a recording through the same twin again, with the city and configuration it was made with."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from services.app.composition import Ports, World, build, read_world
from services.app.recorded import code_version, recorded_settings
from services.app.settings import Settings
from services.engine.desk import Desk
from services.engine.memory import MemoryJournal, NoOutbox, NoRecorder
from services.engine.ports import Senses
from services.engine.replay import Replay, Replayed, ReplayError
from services.facts.registry import all_facts
from services.storage.archive import Archive
from services.storage.stores import Opened, open_archive
from twin.link.recording import Header

_STEP = 64  # turns between two movements of the bar


def replay_run(data: Path, console: Console | None = None) -> int:
    """Replay a data directory and compare it with its journal; 1 where they differ."""
    console = console or Console()
    with tempfile.TemporaryDirectory(prefix="civitwin-replay-") as folder:
        result = replay(data, Path(folder), console)
    found = result.difference
    console.print(
        f"{result.turns} turns in {result.segments} segments, {result.facts} facts, {result.restarts} restarts, "
        f"{result.without_effect} turns without effect, {result.imposed} resting on erased data."
    )
    if found is None:
        console.print("[green]The replay gives the same facts, byte for byte, and the same state.[/]")
        return 0
    console.print(
        f"[red]First difference[/]: turn {found.turn} ({found.record}), row {found.sequence or '-'}, "
        f"desk {found.desk or '-'}, {escape(found.field)}:\n"
        f"  journal: {escape(found.expected)}\n  replay:  {escape(found.found)}"
    )
    return 1


def replay(data: Path, folder: Path, console: Console) -> Replayed:
    """The replay itself; ``folder`` takes the city and configuration out of the object store."""
    plain = open_archive(data)
    headers = plain.archive.segments()
    if not headers:
        raise ReplayError(f"{data}: nothing was recorded here")
    others = dict.fromkeys(header.code for header in headers if header.code != code_version())
    if others:
        console.print(f"[yellow]Recorded by another version of the code[/] ({', '.join(others)}): it may differ.")
    worlds = _Worlds(plain, folder)
    first = worlds.of(headers[0])[1]
    plain.close()
    identities = {resident.pseudonym: resident.id for resident in first.residents.values()}
    opened = open_archive(data, register=identities)

    def fresh(header: Header) -> tuple[Senses, Sequence[Desk]]:
        settings, world = worlds.of(header)
        twin = build(world, settings, Ports(MemoryJournal(), NoRecorder(), NoOutbox(), opened.vault))
        return twin.senses, twin.desks

    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Replaying", total=_last_turn(opened.archive, headers) - headers[0].turn)
        done = 0

        def moved(turns: int) -> None:
            nonlocal done
            done += turns
            if done % _STEP == 0:
                progress.update(task, completed=done)

        result = Replay(opened.archive, fresh, all_facts(), moved).run()
    opened.close()
    return result


class _Worlds:
    """The city and configuration of each header, read once for those that are alike."""

    def __init__(self, opened: Opened, folder: Path) -> None:
        self._objects = opened.objects
        self._folder = folder
        self._read: dict[tuple[str, str, str], tuple[Settings, World]] = {}

    def of(self, header: Header) -> tuple[Settings, World]:
        """Raises :class:`services.storage.objects.ObjectError` where something was taken out of the store."""
        key = (header.city, header.config, header.settings)
        if key not in self._read:
            settings = recorded_settings(self._objects, header, self._folder / str(len(self._read)))
            self._read[key] = settings, read_world(settings)
        return self._read[key]


def _last_turn(archive: Archive, headers: list[Header]) -> int:
    last = headers[-1].turn
    for header in islice(reversed(headers), 2):
        for record in archive.segment(header):
            last = max(last, record.turn)
    return last
