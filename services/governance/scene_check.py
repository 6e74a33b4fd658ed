"""All that is wrong with a folder of scenes: every fault of every file, with file, key and reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.governance.scene_contradictions import contradictions
from services.governance.scene_file import Fault, SceneFile, read_scene
from services.governance.scene_load import made
from services.governance.scene_reach import Reach
from services.governance.scene_words import word_faults
from services.governance.scenes import Scene
from services.governance.school import SchoolDays
from twin.city.catalogue import Catalogue
from twin.city.model import City
from twin.core.errors import ConfigError
from twin.state.conditions import CountCondition


@dataclass(frozen=True, slots=True)
class SceneFault:
    """``key`` is empty where the whole file is meant."""

    file: str
    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """``scenes`` are those that could be loaded."""

    scenes: Mapping[str, Scene]
    faults: tuple[SceneFault, ...]
    files: int


@dataclass(slots=True)
class _Folder:
    files: dict[str, SceneFile] = field(default_factory=dict)
    scenes: dict[str, Scene] = field(default_factory=dict)
    faults: list[SceneFault] = field(default_factory=list)


def check_folder(directory: Path, catalogue: Catalogue, city: City, school: SchoolDays) -> Checked:
    """Read every file on its own, so that one fault hides no other; then look at them together and at the city."""
    found = _Folder()
    paths = sorted(directory.glob("*.toml"))
    if not paths:
        found.faults.append(SceneFault(directory.name, "", "no scenes; the twin would notice nothing"))
    for path in paths:
        _read(path, catalogue, found)
    for id, fault in _together(found.files):
        found.faults.append(SceneFault(f"{id}.toml", *fault))
    reach = Reach(city, catalogue.kinds)
    for id, scene in found.scenes.items():
        for fault in (*contradictions(found.files[id], scene, school), *reach.faults(scene)):
            found.faults.append(SceneFault(f"{id}.toml", *fault))
    return Checked(found.scenes, tuple(dict.fromkeys(found.faults)), len(paths))


def _read(path: Path, catalogue: Catalogue, found: _Folder) -> None:
    try:
        file, data = read_scene(path)
    except ConfigError as fault:
        reason, _, key = str(fault).partition(": ")[2].partition(" - at `$.")
        found.faults.append(SceneFault(path.name, key.rstrip("`"), reason))
        return
    faults = list(word_faults(file, catalogue))
    found.faults += [SceneFault(path.name, fault.key, fault.reason) for fault in faults]
    found.files[path.stem] = file
    if not faults:
        found.scenes[path.stem] = made(path.stem, file, data, catalogue)


def _together(files: Mapping[str, SceneFile]) -> Iterator[tuple[str, Fault]]:
    """What one file says of another."""
    known = {f"{id}/{entry.condition.id}" for id, file in files.items() for entry in file.signals}
    for id, file in files.items():
        for other in file.evidence.explained_by:
            if other not in files:
                yield id, Fault("evidence.explained_by", f"no scene {other!r}")
        for index, entry in enumerate(file.signals):
            for other in entry.condition.of if isinstance(entry.condition, CountCondition) else ():
                if "/" in other and other not in known:
                    yield id, Fault(f"signals[{index}].condition.of", f"no signal {other!r} to count")
        circle = _circle(id, files)
        if circle:
            yield id, Fault("evidence.explained_by", f"goes round in a circle: {' → '.join(circle)}")


def _circle(start: str, files: Mapping[str, SceneFile]) -> list[str]:
    """The way from a scene back to itself through what explains it; empty where there is none."""
    ways, seen = [[start]], {start}
    while ways:
        way = ways.pop(0)
        file = files.get(way[-1])
        for other in file.evidence.explained_by if file else ():
            if other == start:
                return [*way, start]
            if other not in seen:
                seen.add(other)
                ways.append([*way, other])
    return []
