"""A whole study as JSON: the same findings, the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from services.evaluation.assumptions import Assumption, Assumptions
from services.evaluation.findings import Findings, Swept
from services.evaluation.measures import Measures
from services.evaluation.plan import Study
from services.evaluation.statistics import CONFIDENCE, RESAMPLES
from services.evaluation.verdict import Verdict
from services.evaluation.wording import Say
from twin.core.text import Text


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A study, what it rests on, and what came of it; ``digest`` stands for code, configuration and city."""

    study: Study
    measures: Measures
    assumptions: Assumptions
    found: Findings
    verdict: Verdict
    digest: str


def as_json(report: Report, languages: Mapping[str, Say]) -> bytes:
    """All of it, keys sorted, nothing of this machine or moment; words in each of ``languages``."""
    study, found = report.study, report.found
    plain: dict[str, Any] = msgspec.to_builtins(found)
    swept = {assumption.id: assumption for assumption in report.assumptions.swept}
    plain |= {
        "study": "governance",
        "start_at": study.start_at,
        "hours": study.hours,
        "parts_hours": study.hours if study.parts_hours is None else min(study.hours, study.parts_hours),
        "budget_per_city_s": study.budget_per_city_s,
        "seeds": study.seeds,
        "primary": list(report.measures.primary),
        "sensitivity": {id: _sensitivity(swept[id], rows) for id, rows in found.sensitivity.items()},
        "assumptions": {one.id: _assumption(one) for one in report.assumptions.all},
        "bootstrap": {"confidence": CONFIDENCE, "resamples": RESAMPLES, "kind": "percentile over seeds"},
        "verdict": _verdict(report.verdict, languages),
        "digest": report.digest,
    }
    return msgspec.json.format(msgspec.json.encode(plain, order="sorted"), indent=2) + b"\n"


def _sensitivity(assumption: Assumption, rows: Mapping[str, Swept]) -> dict[str, Any]:
    return {
        "value": assumption.value,
        "unit": assumption.unit,
        "concerns": assumption.concerns,
        "measures": msgspec.to_builtins(rows),
    }


def _assumption(assumption: Assumption) -> dict[str, Any]:
    return {
        "value": assumption.value, "unit": assumption.unit, "concerns": assumption.concerns,
        "source": assumption.source, "swept": assumption.swept,
    }  # fmt: skip


def _verdict(verdict: Verdict, languages: Mapping[str, Say]) -> dict[str, Any]:
    def told(texts: Sequence[Text]) -> dict[str, list[str]]:
        return {code: [say(text) for text in texts] for code, say in languages.items()}

    return {
        "headline": {code: say(verdict.headline) for code, say in languages.items()},
        "helps": list(verdict.helps),
        "hinders": list(verdict.hinders),
        "same": list(verdict.same),
        "unclear": list(verdict.unclear),
        "words": told(list(verdict.words.values())),
        "would_change": told(verdict.would_change),
    }
