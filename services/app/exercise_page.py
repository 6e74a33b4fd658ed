"""The review of an exercise as one self-contained page: no script, nothing fetched, in one language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.app import installation
from services.exercise.drill import RATINGS
from services.exercise.judging import Judged
from services.exercise.review import ACTION_TEXT, COST_TEXT, Decision, Lesson, Review, Story, Words
from services.governance.ledger_page import DECISION_TEXT
from twin.core.text import Name, Text
from twin.render.language import CHINESE, Language

TEXTS: dict[str, Text] = {
    "exercise": Text("Exercise"),
    "watermark": Text("EXERCISE · nothing of this has happened"),
    "better": Text("Three things to do better"),
    "strengths": Text("What went well"),
    "nothing_lost": Text("Nothing was lost."),
    "nothing_won": Text("Nothing that was expected was done."),
    "objectives": Text("Objectives"),
    "objective": Text("objective"),
    "weight": Text("weight"),
    "seat": Text("seat"),
    "rating": Text("rating"),
    "colleague": Text("colleague"),
    "nobody": Text("nobody"),
    "not_judged": Text("nothing could be judged"),
    "timeline": Text("Timeline"),
    "rows": Text("What was known when"),
    "what": Text("what happened"),
    "made": Text("happened"),
    "seen": Text("noticed"),
    "acted": Text("seat acted"),
    "helped": Text("help came"),
    "gone": Text("closed or turned away"),
    "expected": Text("expected of the seat"),
    "exposed": Text("resident-minutes (nobody)"),
    "decisions": Text("Decisions, and what stood meanwhile"),
    "when": Text("when"),
    "decision": Text("decision"),
    "about": Text("about"),
    "known": Text("known then"),
    "within": Text("residents within reach"),
    "minutes": Text("resident-minutes so far"),
    "hours": Text("vehicle-hours so far"),
    "estimates": Text(
        "Residents and vehicles are the twin's own estimates at that moment; the share in brackets was heard, the rest "
        "is expected by register and hour."
    ),
    "no_decision": Text("The seat decided nothing."),
    "displaced": Text("What others paid"),
    "points": Text("points off"),
    "footer": Text(
        "Scores are on this exercise's own scale: what the seat did, not how the city fared by itself; an empty seat "
        "earns nothing. Nothing is judged that the seat could not have known, or had too little time for."
    ),
}  # fmt: skip
_LEFT, _RIGHT, _TOP, _STEP = 330.0, 975.0, 52.0, 26.0
_LABEL = 44
_LABEL_ZH = 24
_TICK_MS = 60_000


def page(review: Review, words: Words, language: str) -> str:
    """The whole page. The same review gives the same bytes."""
    folder = installation.data_root() / "assets"
    speaks = Language(folder / "text", Language.closest(language))
    return _Page(review, words, speaks).html(folder / "pages")


class _Page:
    """One review in one language."""

    def __init__(self, review: Review, words: Words, language: Language) -> None:
        self._review, self._words = review, words
        self._say, self._chinese = language.translate, language.current == CHINESE

    def html(self, folder: Path) -> str:
        environment = Environment(
            loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            keep_trailing_newline=True,
        )  # fmt: skip
        review, say = self._review, self._say
        numbered = list(enumerate(review.stories, 1))
        return environment.get_template("exercise.html").render(
            lang="zh-CN" if self._chinese else "en", t={name: say(text) for name, text in TEXTS.items()},
            title=say(review.scenario.title), synopsis=say(review.scenario.synopsis), facts=self._facts(),
            scores=list(self._scores()), improve=[self._lesson(one) for one in review.improve],
            strengths=[self._lesson(one) for one in review.strengths], objectives=list(self._objectives()),
            chart=self._chart(), rows=[self._row(number, story) for number, story in numbered],
            decisions=[self._decision(one) for one in review.decisions], displaced=list(self._displaced()),
        )  # fmt: skip

    def _facts(self) -> str:
        review = self._review
        args: dict[str, str | int | float | Text | Name] = {
            "who": review.who, "seed": review.seed, "minutes": f"{(review.end_ms - review.began_ms) / 60_000:.0f}",
            "at": review.scenario.start_at, "rows": len(review.stories),
        }  # fmt: skip
        return self._say(Text("{who} · from {at}, {minutes} minutes · {rows} injects · seed {seed}", args))

    def _scores(self) -> Any:
        review = self._review
        told = [(review.who, review.total, True), (Text("An automatic colleague"), review.colleague, False),
                (Text("Nobody at the seat"), review.nobody, False)]  # fmt: skip
        for who, points, me in told:
            if points is not None:
                yield {"who": self._say(who), "points": f"{points:.0f}", "width": f"{points:.1f}", "me": me}

    def _lesson(self, one: Lesson) -> dict[str, str]:
        points = self._say(Text("{points} points", {"points": f"{one.points:.1f}"}))
        return {"words": self._say(one.words), "points": points, "note": self._say(one.row.notes)}

    def _objectives(self) -> Any:
        for one in self._review.objectives:
            yield {
                "title": self._say(one.title), "weight": f"{one.share:.0f}", "mine": _points(one.trainee),
                "rating": one.rating, "said": "" if one.rating is None else self._say(RATINGS[one.rating]),
                "colleague": _points(one.colleague), "nobody": _points(one.nobody),
            }  # fmt: skip

    def _chart(self) -> dict[str, Any]:
        review = self._review
        lanes = [self._lane(number, story) for number, story in enumerate(review.stories)]
        ticks = [
            {"x": self._x(at_ms), "words": _since(at_ms - review.began_ms)}
            for at_ms in range(review.began_ms, review.end_ms + 1, _TICK_MS)
        ]
        kinds = ("made", "seen", "acted", "helped", "gone")
        legend = [
            {"x": 10 + 190 * place, "kind": kind, "words": self._say(TEXTS[kind])} for place, kind in enumerate(kinds)
        ]
        return {"height": _TOP + _STEP * len(lanes) + 18, "lanes": lanes, "ticks": ticks, "legend": legend}

    def _lane(self, number: int, story: Story) -> dict[str, Any]:
        """The stretches between what came after what: unseen, waiting for the seat, waiting for help, being helped."""
        review = self._review
        moments = [("made", story.made_ms), ("seen", story.seen_ms), ("acted", story.acted_ms),
                   ("helped", story.helped_ms), ("gone", story.over_ms)]  # fmt: skip
        marks = sorted(((at_ms, kind) for kind, at_ms in moments if at_ms >= 0), key=lambda one: one[0])
        shades = {"made": "dim", "seen": "late", "acted": "work", "helped": "done"}
        ends = [*(at_ms for at_ms, _ in marks[1:]), review.end_ms]
        lasting = story.row.inject.kind in ("hazard", "report")
        parts = [
            {"x1": self._x(at_ms), "x2": self._x(end_ms), "kind": shades[kind]}
            for (at_ms, kind), end_ms in zip(marks, ends, strict=False)
            if kind in shades and lasting and end_ms > at_ms
        ]
        dots = [
            {"x": self._x(at_ms), "kind": kind, "words": f"{self._say(TEXTS[kind])} {_since(at_ms - review.began_ms)}"}
            for at_ms, kind in marks
        ]
        label = f"{number + 1}  {self._short(self._say(story.row.synopsis))}"
        return {"y": _TOP + _STEP * number, "label": label, "parts": parts, "dots": dots}

    def _short(self, words: str) -> str:
        most = _LABEL_ZH if self._chinese else _LABEL
        return words if len(words) <= most else words[: most - 1].rstrip(" ,，、;；") + "…"

    def _x(self, at_ms: int) -> float:
        review = self._review
        share = (at_ms - review.began_ms) / max(1, review.end_ms - review.began_ms)
        return round(_LEFT + (_RIGHT - _LEFT) * share, 1)

    def _row(self, number: int, story: Story) -> dict[str, Any]:
        times = {
            name: "–" if at_ms < 0 else _since(at_ms - self._review.began_ms)
            for name, at_ms in (("made", story.made_ms), ("seen", story.seen_ms), ("acted", story.acted_ms),
                                ("helped", story.helped_ms))
        }  # fmt: skip
        exposed = "–" if story.exposure is None else f"{story.exposure:.0f}"
        if story.nobody is not None:
            exposed += f" ({story.nobody:.0f})"
        return {
            **times, "number": number, "synopsis": self._say(story.row.synopsis), "notes": self._say(story.row.notes),
            "case": "" if story.case is None else self._about(story.case.id, story.case.scene, story.case.place),
            "expected": [self._expected(one) for one in story.judged], "exposed": exposed,
        }  # fmt: skip

    def _expected(self, one: Judged) -> dict[str, str]:
        words = self._say(ACTION_TEXT[one.expected.action])
        department = self._words.departments.get(one.expected.department)
        if department is not None:
            words += f" ({self._say(department)})"
        if one.credit is None:
            return {"kind": "", "mark": "○", "words": words}
        kind = "met" if one.credit >= 0.999 else "lost" if one.credit <= 0.0 else "part"
        return {"kind": kind, "mark": {"met": "✓", "part": "◐", "lost": "✗"}[kind], "words": words}

    def _decision(self, one: Decision) -> dict[str, str]:
        weighed, toll = one.weighed, one.weighed.toll
        names = [self._words.signals.get(condition) for condition in weighed.known]
        known = list(dict.fromkeys(self._say(name) for name in names if name is not None))
        words = ("、" if self._chinese else ", ").join(known) or "–"
        residents = f"{toll.residents} ({100 * toll.coverage:.0f} %)" if toll.residents else "0"
        if weighed.stale:
            words += self._say(Text(" ({stale} not fresh)", {"stale": weighed.stale}))
        return {
            "at": _since(weighed.at_ms - self._review.began_ms),
            "decision": self._say(DECISION_TEXT.get(weighed.decision, Text("{what}", {"what": weighed.decision}))),
            "about": self._about(one.case.id, one.case.scene, one.case.place), "known": words,
            "residents": residents, "minutes": f"{toll.resident_minutes:.0f}",
            "hours": f"{toll.vehicle_hours:.2f}",
        }  # fmt: skip

    def _displaced(self) -> Any:
        for one in self._review.displaced:
            row = next((story.row for story in self._review.stories if story.row.id == one.row), None)
            yield {
                "at": _since(one.at_ms - self._review.began_ms), "what": self._say(COST_TEXT[one.what]),
                "about": one.case if row is None else f"{one.case} · {self._say(row.synopsis)}",
                "points": f"{one.points:.0f}",
            }  # fmt: skip

    def _about(self, case: str, scene: str, place: str) -> str:
        name, where = self._words.scenes.get(scene), self._words.places.get(place)
        parts = [case, scene if name is None else self._say(name), "" if where is None else self._say(where)]
        return " · ".join(part for part in parts if part)


def _since(ms: int) -> str:
    """Minutes and seconds after the start."""
    return f"{ms // 60_000:02d}:{ms // 1000 % 60:02d}"


def _points(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"
