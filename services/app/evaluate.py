"""``run.py evaluate``: the same seeded hours under two ways of governing, or of living, and what can be said of it."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Literal

import msgspec
from rich.console import Console

StudyName = Literal["governance", "adoption"]

_STUDIES: dict[StudyName, str] = {
    "governance": "services.app.evaluate_governance",
    "adoption": "services.app.evaluate_adoption",
}
"""Each has ``evaluate(options, console) -> int``; loaded late, so that none needs what only the other needs."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked on the command line; None: as the study's own file says."""

    hours: float | None = None
    seeds: int | None = None
    json: Path | None = None
    html: Path | None = None
    language: str = "en"
    workers: int | None = None
    keep: Path | None = None
    quick: bool = False


def run_evaluation(
    study: StudyName = "governance",
    hours: float | None = None,
    seeds: int | None = None,
    report: Path | None = None,
    html: Path | None = None,
    language: str = "en",
    workers: int | None = None,
    keep: Path | None = None,
    quick: bool = False,
    console: Console | None = None,
) -> int:
    """Make the runs that are not kept yet, judge them all, and write what was found. Raises
    :class:`services.evaluation.executor.RunsFailedError` where runs came to nothing, and
    :class:`twin.core.errors.ConfigError`."""
    options = Options(
        hours=hours, seeds=seeds, json=report, html=html, language=language, workers=workers, keep=keep, quick=quick
    )
    evaluate = importlib.import_module(_STUDIES[study]).evaluate
    code: int = evaluate(options, console or Console())
    return code
