"""``run.py scenes check``: every fault of the scenes' files, and what they would have made of a recording."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from services.app import installation
from services.app.composition import World, read_world
from services.app.recorded import recorded_settings
from services.collaboration.roster import Roster, load_roster
from services.governance.calendar import load_calendar
from services.governance.scene_check import Checked, SceneFault, check_folder
from services.governance.scene_dry_run import DryRun, Fired, Heard
from services.governance.scenes import Scene, conditions
from services.governance.school import SchoolDays, load_school_days
from services.governance.versions import Versions
from services.storage.stores import Opened, open_archive
from twin.city.catalogue import Catalogue, load_catalogue
from twin.city.load import load
from twin.core.errors import CivitwinError
from twin.link.recording import BatchRecord, TickRecord
from twin.state.senses import Senses

_LEVELS = ("", "Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ")
_SHOWN = 50


def check_scenes(
    config: Path | None = None,
    city: Path | None = None,
    recording: Path | None = None,
    scene: str | None = None,
    console: Console | None = None,
) -> int:
    """Print what is wrong; 1 where anything is. With a recording, also what the faultless scenes would have noticed."""
    out = console or Console()
    folder = config or installation.config_directory()
    catalogue = load_catalogue(folder)
    where = load(installation.city_directory(city))
    calendar = load_calendar(folder / "calendar.toml", where.meta.time_zone)
    school = load_school_days(folder / "school_terms.toml", calendar)
    checked = check_folder(folder / "scenes", catalogue, where, school)
    if scene is not None and scene not in {path.stem for path in (folder / "scenes").glob("*.toml")}:
        raise CivitwinError(f"{folder / 'scenes'}: no scene {scene!r}")
    faults = [fault for fault in checked.faults if scene is None or fault.file == f"{scene}.toml"]
    _say_faults(out, checked, faults, scene)
    if recording is not None:
        wanted = {id: one for id, one in checked.scenes.items() if scene is None or id == scene}
        roster = load_roster(folder / "people.toml", set(catalogue.departments), where.meta.time_zone)
        _dry_run(out, recording, wanted, _Rules(catalogue, roster, school, folder))
    return 1 if faults else 0


class _Rules:
    """What scenes are judged by besides themselves."""

    def __init__(self, catalogue: Catalogue, roster: Roster, school: SchoolDays, folder: Path) -> None:
        self.catalogue, self.roster, self.school, self.folder = catalogue, roster, school, folder


def _say_faults(out: Console, checked: Checked, faults: list[SceneFault], scene: str | None) -> None:
    if not faults:
        files = checked.files if scene is None else 1
        out.print(f"[green]{files} {'scene' if files == 1 else 'scenes'} without a fault.[/]")
        return
    table = Table("file", "key", "reason", title=f"{len(faults)} faults")
    for fault in faults:
        table.add_row(escape(fault.file), escape(fault.key), escape(fault.reason))
    out.print(table)


def _dry_run(out: Console, data: Path, scenes: Mapping[str, Scene], rules: _Rules) -> None:
    """The recording's own city, devices and sources; the scenes, departments and roster that are being checked."""
    with tempfile.TemporaryDirectory(prefix="civitwin-dry-run-") as folder:
        plain = open_archive(data)
        headers = plain.archive.segments()
        if not headers:
            raise CivitwinError(f"{data}: nothing was recorded here")
        world = read_world(recorded_settings(plain.objects, headers[0], Path(folder)))
        plain.close()
        opened = open_archive(data, register={one.pseudonym: one.id for one in world.residents.values()})
        try:
            fired = _fired(out, opened, world, scenes, rules)
        finally:
            opened.close()
    _say_fired(out, scenes, fired, ZoneInfo(world.city.meta.time_zone))


def _fired(out: Console, opened: Opened, world: World, scenes: Mapping[str, Scene], rules: _Rules) -> list[Fired]:
    departments = {department: index for index, department in enumerate(world.departments)}
    everything = conditions(scenes)
    senses = Senses(
        world.city, world.kinds, everything, world.sources, tuple(world.residents.values()),
        units={unit.id: departments[unit.department] for unit in world.units.values()},
    )  # fmt: skip
    first = opened.archive.segments()[0]
    if first.turn:
        kept = opened.archive.checkpoint(first.number)
        if kept is not None:
            senses.restore(kept.parts["senses"])
    run = DryRun(world.city, rules.catalogue.departments, rules.roster, scenes, rules.school, senses)
    with Progress(console=out, transient=True) as progress:
        task = progress.add_task("Listening again", total=None)
        return list(run.over(_heard(opened, lambda: progress.advance(task))))


def _heard(opened: Opened, moved: Callable[[], None]) -> Iterator[Heard]:
    for header in opened.archive.segments():
        for record in opened.archive.segment(header):
            moved()
            if isinstance(record, TickRecord):
                yield Heard(record.turn, record.city_ms, None)
            elif isinstance(record, BatchRecord):
                yield Heard(record.turn, record.city_ms, opened.archive.messages(record)[0])


def _say_fired(out: Console, scenes: Mapping[str, Scene], fired: list[Fired], zone: ZoneInfo) -> None:
    """Scene by scene: how often, and there when, where, how grave and on what evidence."""
    known = Versions(scenes)
    for id in scenes:
        mine = [one for one in fired if one.scene == id]
        out.print(f"[bold]{id}[/]: would have fired {len(mine)} times{'; here:' if mine else '.'}")
        for one in islice(mine, _SHOWN):
            at = datetime.datetime.fromtimestamp(one.city_ms / 1000, zone)
            weak = ", to be confirmed by a collector" if one.doubtful else ""
            spot = f"({one.x_m:.0f} m, {one.y_m:.0f} m)"
            out.print(
                f"  {at:%Y-%m-%d %H:%M:%S}  {escape(one.where.en)} {spot}  {_LEVELS[one.severity]}{weak}",
                soft_wrap=True,
            )
            for entry in one.evidence:
                signal = known[id].signal(entry.condition)
                name = signal.name.en if signal else entry.condition
                value = "" if entry.value is None else f"  {entry.value:g} {entry.unit}"
                age_s = (one.city_ms - entry.observed_ms) / 1000
                out.print(
                    f"      {escape(name)}{value}  [dim]{escape(entry.message)}, {age_s:.0f} s old[/]", soft_wrap=True
                )
        if len(mine) > _SHOWN:
            out.print(f"  … and {len(mine) - _SHOWN} more")
