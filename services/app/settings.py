"""What a server is started with: the command line's options and the configured defaults."""

from __future__ import annotations

import datetime
from pathlib import Path

import msgspec

from services.app import installation
from twin.core.words import Provenance


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a server is started with. ``simulation`` names the field's run (topics ``sim/<run>/…``), None for live feeds
    alone; a new city begins at ``start_ms``."""

    data: Path
    city_dir: Path
    config_dir: Path
    feeds_dir: Path
    simulation: str | None
    start_ms: int
    pace: float
    tempo: str
    seed: int
    residents: int
    checkpoint_s: float
    colleagues: bool = False
    """Whether automatic colleagues fill the posts about which nobody says otherwise."""
    exercise: str = ""
    """The scenario of ``config/exercises`` that the simulated field plays; its topics are ``exercise/<run>/…``."""
    backlog_days: int = 0
    """Working days that the hall of a new simulated city has worked before it opens."""
    past: tuple[Path, ...] = ()
    """Configurations that these data were worked by before, the oldest first."""

    @property
    def namespace(self) -> str:
        """What the simulated field's topics begin with; empty without one."""
        return namespace_of(self.simulation, bool(self.exercise))

    @property
    def provenance(self) -> Provenance:
        """Of all that the simulated field says."""
        return Provenance.EXERCISE if self.exercise else Provenance.SIMULATED


def namespace_of(simulation: str | None, exercise: bool) -> str:
    """The namespace tells the provenance: nothing of an exercise can be taken for anything else."""
    return f"{'exercise' if exercise else 'sim'}/{simulation}" if simulation else ""


def settings_for(
    data: Path,
    city: Path | None = None,
    simulation: str | None = None,
    feeds: Path | None = None,
    at: str | None = None,
    pace: float | None = None,
    tempo: str | None = None,
    seed: int | None = None,
    config: Path | None = None,
    colleagues: bool = True,
    exercise: str = "",
    backlog: int | None = 0,
) -> Settings:
    """The command line's options with the configured defaults filled in (``backlog`` None: as configured). Without a
    simulation, city time is wall time, and no post is filled by software."""
    given, config = installation.choice(), config or installation.config_directory()
    city_dir = installation.city_directory(city)
    live = simulation is None and at is None
    return Settings(
        data=data, city_dir=city_dir, config_dir=config, feeds_dir=feeds or config / "feeds", simulation=simulation,
        start_ms=wall_now_ms() if live else installation.start_of_day(city_dir, at or given.start_at),
        pace=1.0 if live else pace or given.pace,
        tempo=tempo or given.tempo, seed=given.seed if seed is None else seed, residents=given.residents,
        checkpoint_s=given.checkpoint_s, colleagues=colleagues and simulation is not None, exercise=exercise,
        backlog_days=0 if simulation is None or exercise else given.backlog_days if backlog is None else backlog,
    )  # fmt: skip


def wall_now_ms() -> int:
    return round(datetime.datetime.now(datetime.UTC).timestamp() * 1000)
