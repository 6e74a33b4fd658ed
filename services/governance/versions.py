"""Scenes by version: those in force, and the earlier ones under which open cases were filed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from services.governance.scenes import Scene


class Filed(Protocol):
    """A case, or the event that opens it."""

    @property
    def scene(self) -> str: ...

    @property
    def version(self) -> str: ...


class Versions:
    """``current`` by id is what new incidents are judged by; ``past`` holds earlier versions, the oldest first."""

    def __init__(self, current: Mapping[str, Scene], past: Iterable[Scene] = ()) -> None:
        self._filed: dict[tuple[str, str], Scene] = {}
        self._known: dict[str, Scene] = {}
        for scene in (*past, *current.values()):
            self._filed[scene.id, scene.version] = scene
            self._known[scene.id] = scene

    def of(self, case: Filed) -> Scene:
        """The scene as it was when the case was filed; the one in force where that version is no longer to be had."""
        return self._filed.get((case.scene, case.version)) or self._known[case.scene]

    def __getitem__(self, scene: str) -> Scene:
        """The scene in force, or as it was last where it has been removed."""
        return self._known[scene]
