"""Outcomes on disk, line by line, so that a study that was cut off goes on and one with other code begins anew.

An outcome is found by its run's key and by a digest of all that a run rests on: code, configuration and city.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from services.evaluation.job import Job, Outcome

FILE = "outcomes.jsonl"

JUDGING = (
    "twin/render/",
    "services/evaluation/adoption_findings.py",
    "services/evaluation/adoption_page.py",
    "services/evaluation/adoption_verdict.py",
    "services/evaluation/charts.py",
    "services/evaluation/executor.py",
    "services/evaluation/findings.py",
    "services/evaluation/kept.py",
    "services/evaluation/measures.py",
    "services/evaluation/page.py",
    "services/evaluation/plan.py",
    "services/evaluation/plots.py",
    "services/evaluation/report.py",
    "services/evaluation/statistics.py",
    "services/evaluation/verdict.py",
    "services/evaluation/wording.py",
    "services/app/evaluate.py",
    "services/app/evaluate_adoption.py",
    "services/app/evaluate_governance.py",
    "services/app/evaluate_runs.py",
    "services/app/evaluate_table.py",
    "services/app/processes.py",
)
"""Code that plans, judges or draws, and that no run goes through (a test holds this): it may change without a run being
made again. Whatever is not named here counts."""

_JUDGING_CONFIG = ("evaluation/adoption_measures.toml", "evaluation/study.toml", "evaluation/measures.toml")
"""A job says itself what it takes from the study; and measures are computed by code."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the file."""

    rests_on: str
    outcome: Outcome


class Kept:
    """The outcomes of one folder that rest on ``rests_on``; lines that rest on anything else are passed over and left
    alone. Raises :class:`OSError` where the folder cannot be written."""

    def __init__(self, folder: Path, rests_on: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path, self.rests_on = folder / FILE, rests_on
        self._by_key = self._read()

    def outcome(self, job: Job) -> Outcome | None:
        """What this run came to, where it was made before."""
        return self._by_key.get(job.key)

    def add(self, outcome: Outcome) -> None:
        """On disk when this returns."""
        line = msgspec.json.encode(Line(rests_on=self.rests_on, outcome=outcome)) + b"\n"
        with self.path.open("ab") as file:
            if file.tell() and not self._whole():
                line = b"\n" + line  # what was torn stays a line of its own, which nobody can read
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        self._by_key[outcome.job.key] = outcome

    def _read(self) -> dict[str, Outcome]:
        found: dict[str, Outcome] = {}
        for raw in self.path.read_bytes().splitlines() if self.path.exists() else ():
            try:
                line = msgspec.json.decode(raw, type=Line)
            except (msgspec.DecodeError, UnicodeDecodeError):  # cut off while it was written: that run is made again
                continue
            if line.rests_on == self.rests_on:
                found[line.outcome.job.key] = line.outcome
        return found

    def _whole(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"


def digest_of(root: Path, config: Path, city: Path) -> str:
    """SHA-256 over the code below ``root`` that a run goes through, the configuration and the city's files: names and
    bytes, in the order of names."""
    whole = hashlib.sha256()
    code = {
        name: path
        for top in ("twin", "services")
        for name, path in _files(root / top, root, "*.py").items()
        if not name.startswith(JUDGING)
    }
    settings = {name: path for name, path in _files(config, config, "*").items() if name not in _JUDGING_CONFIG}
    for kind, files in (("code", code), ("config", settings), ("city", _files(city, city, "*"))):
        _add(whole, kind, files)
    return whole.hexdigest()


def _files(top: Path, root: Path, pattern: str) -> Mapping[str, Path]:
    found = {path.relative_to(root).as_posix(): path for path in top.rglob(pattern) if path.is_file()}
    return {name: found[name] for name in sorted(found) if "__pycache__" not in name}


def _add(whole: hashlib._Hash, kind: str, files: Mapping[str, Path]) -> None:
    for name, path in files.items():
        body = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{kind} {name} {body}\n".encode())


def missing(jobs: Iterable[Job], kept: Kept) -> list[Job]:
    """The jobs without an outcome, in their order."""
    return [job for job in jobs if kept.outcome(job) is None]
