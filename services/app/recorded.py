"""What a recording says it was made with, and how that is had again: code, city, configuration, settings."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from services.app.settings import Settings
from services.storage.objects import ObjectError, Objects, tree_digest
from services.storage.recorder import Identity
from services.storage.stores import JOURNAL_FILE, open_archive
from twin.core.errors import ConfigError
from twin.link.recording import Header

_PAST = 32  # configurations remembered; a case open for longer goes by the one in force

log = logging.getLogger("civitwin.recorded")


def code_version() -> str:
    """The release, and a digest of the code itself."""
    code = [Path(__file__).resolve().parents[2] / part for part in ("twin", "services")]
    try:
        release = version("civitwin")
    except PackageNotFoundError:
        release = "checkout"
    return f"{release}+{tree_digest(code)[:12]}"


def identity(objects: Objects, settings: Settings) -> Identity:
    """What a recording is made with; city, configuration and the settings themselves are put into the store."""
    recorded = _Recorded(
        simulation=settings.simulation, start_ms=settings.start_ms, pace=settings.pace, tempo=settings.tempo,
        seed=settings.seed, residents=settings.residents, feeds=objects.put_tree(settings.feeds_dir),
        past=tuple(objects.put_tree(folder) for folder in settings.past), exercise=settings.exercise,
    )  # fmt: skip
    return Identity(
        settings.seed, code_version(), objects.put_tree(settings.city_dir),
        objects.put_tree(settings.config_dir), objects.put(msgspec.json.encode(recorded)),
    )  # fmt: skip


class _Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """Settings as the object store keeps them: no paths, feeds and past configurations by digest."""

    simulation: str | None
    start_ms: int
    pace: float
    tempo: str
    seed: int
    residents: int
    feeds: str
    past: tuple[str, ...] = ()
    exercise: str = ""


def recorded_settings(objects: Objects, header: Header, folder: Path) -> Settings:
    """The settings of a recorded segment, with its city, configuration and feeds written out into ``folder``."""
    recorded = msgspec.json.decode(objects.get(header.settings), type=_Recorded)
    trees = {"city": header.city, "config": header.config, "feeds": recorded.feeds}
    for name, digest in trees.items():
        objects.extract(digest, folder / name)
    past = tuple(folder / f"past-{number}" for number in range(len(recorded.past)))
    for digest, place in zip(recorded.past, past, strict=True):
        objects.extract(digest, place)
    return Settings(
        data=folder, city_dir=folder / "city", config_dir=folder / "config", feeds_dir=folder / "feeds",
        simulation=recorded.simulation, start_ms=recorded.start_ms, pace=recorded.pace, tempo=recorded.tempo,
        seed=recorded.seed, residents=recorded.residents, checkpoint_s=0.0, past=past,
        exercise=recorded.exercise,
    )  # fmt: skip


def reloaded_identity(objects: Objects, before: Identity, config: str) -> Identity:
    """What a run is made with from a reload on: the configuration before joins the past ones."""
    recorded = msgspec.json.decode(objects.get(before.settings), type=_Recorded)
    past = [digest for digest in dict.fromkeys((*recorded.past, before.config)) if digest != config][-_PAST:]
    settings = objects.put(msgspec.json.encode(msgspec.structs.replace(recorded, past=tuple(past))))
    return replace(before, config=config, settings=settings)


def past_configurations(objects: Objects, identity: Identity, folder: Path) -> tuple[Path, ...]:
    """The past ones of an identity written out below ``folder``, the oldest first."""
    return _written(objects, msgspec.json.decode(objects.get(identity.settings), type=_Recorded).past, folder)


def _written(objects: Objects, digests: Iterable[str], folder: Path) -> tuple[Path, ...]:
    """Those that can still be had: a case of one that is lost goes by the one in force."""
    there: list[Path] = []
    for digest in digests:
        try:
            objects.extract(digest, folder / digest)
            there.append(folder / digest)
        except ObjectError as fault:
            log.warning("a past configuration is lost, its cases go by the one in force: %s", fault)
    return tuple(there)


@dataclass(frozen=True)
class Past:
    """``folders``: earlier configurations written out, the oldest first. ``reloaded``: digest of the present one where
    the data were last worked by another, else empty; ``force`` is then where that other one was written out."""

    folders: tuple[Path, ...] = ()
    reloaded: str = ""
    force: Path | None = None


def recorded_people(data: Path) -> tuple[int, int] | None:
    """The seed of a data directory's register and how many are in it; None where nothing was recorded."""
    if not (data / JOURNAL_FILE).exists():
        return None
    opened = open_archive(data)
    try:
        headers = opened.archive.segments()
        if not headers:
            return None
        recorded = msgspec.json.decode(opened.objects.get(headers[-1].settings), type=_Recorded)
        return recorded.seed, recorded.residents
    finally:
        opened.close()


def past_of(settings: Settings, folder: Path) -> Past:
    """The configurations that a data directory was worked by before, written out below ``folder``. Raises
    :class:`ConfigError` where the data are another run's."""
    if not (settings.data / JOURNAL_FILE).exists():
        return Past()
    opened = open_archive(settings.data)
    try:
        headers = opened.archive.segments()
        if not headers:
            return Past()
        last, present = headers[-1], opened.objects.put_tree(settings.config_dir)
        if last.seed != settings.seed:
            raise ConfigError(
                settings.data, f"this run began with seed {last.seed}; give --seed {last.seed}, or another --data"
            )
        recorded = msgspec.json.decode(opened.objects.get(last.settings), type=_Recorded)
        digests = [digest for digest in dict.fromkeys((*recorded.past, last.config)) if digest != present][-_PAST:]
        written = _written(opened.objects, digests, folder)
        if last.config == present:
            return Past(written)
        return Past(written, present, next((place for place in written if place.name == last.config), None))
    finally:
        opened.close()
