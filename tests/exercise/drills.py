"""A paper exercise: rows with their cases, and a seat that acts when it is told to."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.exercise.dossiers import Dossier, Made, Something, Step
from services.exercise.judging import Run
from services.exercise.scenario import Costs, Expectation, Inject, Objective, Person, Row, Scenario
from services.facts.base import Actor
from twin.core.text import Name

BEGAN_MS, LENGTH_S = 1_000_000, 600.0
KIND = {"displaced_cover": "cover", "fallen_tree": "tree", "gas_leak": "gas"}
SEAT = Actor("person", "trainee", "acceptor")
RULE = Actor("rule", "scene/x", "duty_chief")
N = Name("x", "x")


def scenario(**changes: object) -> Scenario:
    """A real cover, a false tree, a gas leak to act upon first."""
    rows = (
        Row("cover", 10, N, Inject("hazard", "cover"), "acceptor",
            expect=(Expectation("file", 60, "intake"), Expectation("route", 120, "routing", "urban"))),
        Row("tree", 20, N, Inject("report", "tree"), "acceptor", real=False,
            expect=(Expectation("check", 60, "doubt"), Expectation("dismiss", 60, "doubt", weight=2))),
        Row("gas", 30, N, Inject("hazard", "gas"), "acceptor", expect=(Expectation("urgent", 60, "urgent"),)),
    )  # fmt: skip
    objectives = (
        Objective("intake", N, 30), Objective("routing", N, 20), Objective("doubt", N, 20), Objective("urgent", N, 15),
        Objective("protect", N, 15, "exposure", 0.5),
    )  # fmt: skip
    made = dict[str, object](
        id="paper", title=N, synopsis=N, start_at="10:00", length_s=LENGTH_S, objectives=objectives, msel=rows,
        seat=Person(N, ("acceptor", "dispatcher")), costs=Costs(6, 12),
    ) | changes  # fmt: skip
    return Scenario(**made)  # type: ignore[arg-type]


@dataclass
class Acts:
    """Seconds after the start at which the seat did what, by row; None: never."""

    file: dict[str, float] = field(default_factory=dict)
    urgent: dict[str, float] = field(default_factory=dict)
    check: dict[str, float] = field(default_factory=dict)
    dismiss: dict[str, float] = field(default_factory=dict)
    route: dict[str, tuple[float, str]] = field(default_factory=dict)
    found_after_s: float = 60.0
    help_after_s: float = 120.0


SCENES = {"cover": "displaced_cover", "tree": "fallen_tree", "gas": "gas_leak"}
OPENED_S = {"cover": 15.0, "tree": 20.0, "gas": 30.0}


def at(seconds: float) -> int:
    return BEGAN_MS + round(seconds * 1000)


def run(acts: Acts, residents: int = 30) -> Run:
    """What a city would make of it: a crew goes where a department was named, a collector tells the truth."""
    cases: dict[str, Dossier] = {}
    for number, (row, scene) in enumerate(SCENES.items()):
        case = Dossier(f"C-{number}", scene, 500.0 * number, 0.0, at(OPENED_S[row]), row == "tree")
        case.steps = _steps(row, acts)
        case.tolls = [(at(s), residents, 1.0) for s in range(int(OPENED_S[row]), int(LENGTH_S), 60)]
        gone = case.first("CaseNotAccepted")
        if gone is not None:
            case.tolls = [toll for toll in case.tolls if toll[0] <= gone.at_ms] or case.tolls[:1]
        cases[case.id] = case
    moments = {"cover": 10.0, "tree": 20.0, "gas": 30.0}
    made = tuple(Made(row=row, made_ms=at(moments[row]), x_m=500.0 * n) for n, row in enumerate(SCENES))
    there = tuple(
        Something(kind=row, x_m=500.0 * n, y_m=0.0, began_ms=at(moments[row]))
        for n, row in enumerate(SCENES)
        if row != "tree"
    )
    return Run(BEGAN_MS, at(LENGTH_S), made, there, cases)


def _steps(row: str, acts: Acts) -> list[Step]:
    steps: list[Step] = []
    for what, times in (("CaseFiled", acts.file), ("UrgentLaneTaken", acts.urgent), ("CaseNotAccepted", acts.dismiss)):
        if row in times:
            steps.append(Step(at(times[row]), what, SEAT))
    if row in acts.check:
        steps.append(Step(at(acts.check[row]), "CheckOrdered", SEAT, "filing"))
        found = "filing/nothing_found" if row == "tree" else "filing/confirmed"
        if acts.check[row] + acts.found_after_s <= LENGTH_S:
            steps.append(Step(at(acts.check[row] + acts.found_after_s), "CheckReported", Actor("unit", "u"), found))
    if row in acts.route:
        when, department = acts.route[row]
        steps.append(Step(at(when), "CaseRouted", Actor("person", "trainee", "dispatcher"), department))
        steps.append(Step(at(when), "UnitDispatched", RULE, "crew"))
        if when + acts.help_after_s <= LENGTH_S:
            steps.append(Step(at(when + acts.help_after_s), "UnitProgressed", Actor("unit", "crew"), "working"))
    return sorted(steps, key=lambda step: step.at_ms)
