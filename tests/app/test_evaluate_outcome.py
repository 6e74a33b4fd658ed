"""A run's outcome from hand-written facts: matches, delays, hops, limbo, and what did not come to it in time."""

from __future__ import annotations

from types import MappingProxyType, SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from services.app.evaluate_outcome import Basis, judged
from services.app.evaluate_witness import Witness
from services.evaluation.job import Arm, Job
from services.exercise.settings import Manner, ServiceTime, Settings
from services.facts.base import Actor, Command, Event
from services.facts.casework import CaseTaken
from services.facts.governance import (
    AcceptCase,
    CaseClosed,
    CaseOpened,
    CaseRouted,
    UnitDispatched,
    UnitProgressed,
)
from services.facts.records import Entry
from twin.field.truth import TruthFact

MINUTE = 60_000
JOB = Job(study="governance", arm=Arm(name="scene"), seed=1, start_at="17:00", hours=2.0)
RULE = Actor("rule", "r", "duty_chief")
SETTINGS = Settings(
    600.0, 300.0, MappingProxyType({"acceptor": Manner(MappingProxyType({"accept": ServiceTime(90.0)}))}),
    MappingProxyType({}),
)  # fmt: skip


def fact(kind: type[Any], **given: Any) -> Any:
    """An event with what matters here; the rest empty."""
    empty: dict[str, Any] = {"actor": RULE, "cause": "", "case": "C-1"}
    for field in msgspec.structs.fields(kind):
        if field.required and field.name not in given and field.name not in empty:
            empty[field.name] = {"tuple": (), "int": 0, "float": 0.0, "bool": False}.get(str(field.type)[:5], "")
    return kind(**{**empty, **given})


def entries(*facts: tuple[float, Event | Command]) -> list[Entry]:
    return [Entry(n, n, round(at * MINUTE), "", one, b"") for n, (at, one) in enumerate(facts)]


def opened(case: str = "C-1", scene: str = "flooded_underpass", x_m: float = 0.0) -> Any:
    return fact(CaseOpened, case=case, scene=scene, x_m=x_m, y_m=0.0)


def basis() -> Basis:
    skills = {"water": ("pump",), "police": ("move_car",)}
    departments = {id: SimpleNamespace(id=id, units=[SimpleNamespace(skills=can)]) for id, can in skills.items()}
    hazard = SimpleNamespace(kind="flood", tasks=("pump",))
    field = SimpleNamespace(
        hazards=SimpleNamespace(of=lambda kind: hazard, all=[hazard]),
        sent=SimpleNamespace(count={"cam": 7200, "dev": 7200}),
    )
    values = {"unit_yuan_h": 100.0, "staff_yuan_h": 40.0}
    return Basis(
        0, 120 * MINUTE, cast(Any, SimpleNamespace(departments=departments)), cast(Any, field), SETTINGS, values
    )


def witness(*facts: tuple[float, str, str], kind: str = "flood") -> Witness:
    seen = Witness()
    for at, id, what in facts:
        seen.note(TruthFact(city_ms=round(at * MINUTE), kind=kind, id=id, what=what, x_m=0.0, y_m=0.0))
    return seen


def test_a_hazard_found_handled_and_closed() -> None:
    seen = witness((10, "f", "began"), (50, "f", "ended"))
    seen.exposed_min["f"], seen.lost_h, seen.away_h = 30.0, 4.5, 2.0
    told = entries(
        (13, opened()),
        (14, fact(CaseRouted, department="police")),
        (20, fact(CaseRouted, department="water")),
        (21, fact(CaseRouted, department="water")),
        (21, fact(CaseTaken, post="handler", department="water")),
        (22, fact(UnitDispatched, order="o", unit="u", task="pump", department="water")),
        (30, fact(UnitProgressed, order="o", unit="u", state="arrived")),
        (55, fact(CaseClosed, outcome="verified")),
        (56, AcceptCase(id="colleague/acceptor#accept/C-1/1#2", actor=Actor("colleague", "c", "acceptor"), case="C-1")),
    )
    outcome = judged(JOB, told, seen, basis())
    assert outcome.measures == {
        "detection_delay_min": 3.0, "found_share": 1.0, "true_case_share": 1.0, "cases_per_hazard": 1.0,
        "right_department_first_share": 0.0, "hops": 1.0, "limbo_min": 8.0, "arrival_min": 20.0,
        "verified_close_min": 45.0, "exposed_resident_min": 30.0, "lost_vehicle_h": 4.5,
        "cost_yuan": pytest.approx(2.0 * 100.0 + 90 / 3600 * 40.0),
    }  # fmt: skip
    assert outcome.counts["hazards_flood"] == 1.0 and outcome.counts["cams_per_s"] == 1.0


def test_what_was_never_found_counts_as_found_at_the_end() -> None:
    outcome = judged(JOB, entries(), witness((100, "f", "began")), basis())
    measures = outcome.measures
    assert measures["detection_delay_min"] == measures["arrival_min"] == measures["verified_close_min"] == 20.0
    assert measures["found_share"] == 0.0 and measures["right_department_first_share"] is None
    assert measures["true_case_share"] is None and measures["hops"] is None and measures["limbo_min"] is None


def test_what_begins_too_late_is_not_judged_but_a_case_about_it_is_no_false_one() -> None:
    outcome = judged(JOB, entries((118, opened())), witness((116, "f", "began")), basis())
    assert outcome.measures["detection_delay_min"] is None and outcome.measures["true_case_share"] == 1.0


@pytest.mark.parametrize(
    ("case", "true"),
    [
        (opened(), 1.0),
        (opened(scene="flooded_underpass.residents"), 1.0),  # a part of a scene is about the same hazard
        (opened(x_m=251.0), 0.0),
        (opened(scene="fire"), 0.0),
        (opened(scene="underpass_watch"), 1.0),
    ],
)
def test_a_match_is_the_same_kind_and_place(case: Any, true: float) -> None:
    told = entries((13, case))
    assert judged(JOB, told, witness((10, "f", "began")), basis()).measures["true_case_share"] == true


@pytest.mark.parametrize(("at", "true"), [(9, 0.0), (59, 1.0), (61, 0.0)])
def test_a_match_is_at_the_time_or_shortly_after(at: float, true: float) -> None:
    seen = witness((10, "f", "began"), (50, "f", "ended"))
    assert judged(JOB, entries((at, opened())), seen, basis()).measures["true_case_share"] == true


def test_two_cases_of_one_hazard_and_a_scene_about_the_whole_city() -> None:
    told = entries((12, opened()), (14, opened("C-2", "flooded_underpass.iot")), (15, opened("C-3", "storm")))
    outcome = judged(JOB, told, witness((10, "f", "began")), basis())
    assert outcome.measures["cases_per_hazard"] == 2.0 and outcome.counts["cases"] == 2.0
    assert outcome.measures["verified_close_min"] == 110.0  # open to the end
