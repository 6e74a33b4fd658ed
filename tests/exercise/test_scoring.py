"""The score measures the trainee's work: bounded, never better for later or for more mistakes, and not to be gamed."""

from __future__ import annotations

from dataclasses import replace

from drills import KIND, LENGTH_S, Acts, run, scenario
from hypothesis import given, settings
from hypothesis import strategies as st

from services.exercise.dossiers import Dossier, Step, dossiers_of
from services.exercise.judging import LATE, Run, timely
from services.exercise.scoring import Result, score
from services.facts.base import Actor

SCENARIO = scenario()
NOBODY = score(SCENARIO, run(Acts()), KIND)
PERFECT = Acts(
    file={"cover": 30}, route={"cover": (60, "urban"), "gas": (60, "urban")}, check={"tree": 40}, dismiss={"tree": 120},
    urgent={"gas": 45},
)  # fmt: skip
BLIND_BELIEF = Acts(
    file={"cover": 16, "tree": 21, "gas": 31},
    route={"cover": (17, "urban"), "tree": (22, "urban"), "gas": (32, "urban")},
)
BLIND_DOUBT = Acts(dismiss={"cover": 16, "tree": 21, "gas": 31})

moments = st.floats(31, LENGTH_S, allow_nan=False)
departments = st.sampled_from(["urban", "police"])


def scored(acts: Acts, of: Run | None = None) -> Result:
    return score(SCENARIO, of or run(acts), KIND, NOBODY.exposure)


@st.composite
def acts(draw: st.DrawFn) -> Acts:
    def some(what: st.SearchStrategy[float]) -> dict[str, float]:
        return draw(st.dictionaries(st.sampled_from(["cover", "tree", "gas"]), what, max_size=3))

    routes = draw(st.dictionaries(st.sampled_from(["cover", "tree", "gas"]), st.tuples(moments, departments)))
    return Acts(some(moments), some(moments), some(moments), some(moments), routes)


def test_an_empty_seat_earns_nothing_and_the_right_thing_everything() -> None:
    assert NOBODY.total == 0.0
    assert {one.rating for one in NOBODY.objectives} == {"U"}
    best = scored(PERFECT)
    assert best.total == 100.0
    assert {one.rating for one in best.objectives} == {"P"}


def test_believing_all_and_doubting_all_both_lose() -> None:
    believed, doubted = scored(BLIND_BELIEF), scored(BLIND_DOUBT)
    assert believed.total < 75.0
    assert [(one.what, one.row) for one in believed.displaced] == [("false_dispatch", "tree")]
    assert doubted.total == 0.0
    assert {one.row for one in doubted.displaced if one.what == "real_dismissed"} == {"cover", "gas"}


def test_a_case_that_was_turned_away_goes_on_hurting() -> None:
    assert scored(BLIND_DOUBT).exposure["cover"] == NOBODY.exposure["cover"]


def test_met_at_others_cost_is_rated_m() -> None:
    careful = replace(PERFECT, route={**PERFECT.route, "tree": (140, "urban")})
    doubt = next(one for one in scored(careful).objectives if one.objective.id == "doubt")
    assert (doubt.rating, doubt.displaced) == ("M", 6.0)


def test_only_the_seats_own_work_earns() -> None:
    by_rule = run(PERFECT)
    for case in by_rule.cases.values():
        case.steps = [
            Step(step.at_ms, step.what, Actor("rule", "r", step.actor.post), step.detail) for step in case.steps
        ]
    result = scored(PERFECT, by_rule)
    assert all(one.credit in (0.0, None) for one in result.judged)


def test_what_nobody_noticed_or_had_time_for_is_not_judged() -> None:
    unnoticed = run(PERFECT)
    unseen = replace(unnoticed, cases={id: case for id, case in unnoticed.cases.items() if case.scene != "gas_leak"})
    assert next(one for one in scored(PERFECT, unseen).judged if one.row == "gas").credit is None
    late = run(Acts())
    late.cases["C-0"].opened_ms = late.end_ms - 30_000
    assert next(one for one in scored(Acts(), late).judged if one.row == "cover").credit is None


def test_an_outstanding_finding_is_not_held_against_who_sent_for_it() -> None:
    waiting = Acts(check={"tree": 40}, found_after_s=LENGTH_S)
    assert [one.credit for one in scored(waiting).judged if one.row == "tree"] == [1.0, 1.0]


def test_dismissing_without_a_check_is_luck() -> None:
    lucky = next(
        one for one in scored(Acts(dismiss={"tree": 40})).judged if one.row == "tree" and one.expected.weight == 2
    )
    assert lucky.credit == 0.3


@given(acts())
@settings(max_examples=80, derandomize=True, deadline=None)
def test_always_between_nought_and_a_hundred_and_the_same_again(done: Acts) -> None:
    result = scored(done)
    assert 0.0 <= result.total <= 100.0
    assert all(one.credit is None or 0.0 <= one.credit <= 1.0 for one in result.judged)
    assert scored(done) == result


@given(acts(), st.sampled_from(["cover", "gas"]), st.floats(0, 200))
@settings(max_examples=80, derandomize=True, deadline=None)
def test_doing_what_is_right_later_is_never_better(done: Acts, row: str, later: float) -> None:
    """Filing and naming a department of what is real, everything else being the same."""
    for kind in ("file", "urgent"):
        times = getattr(done, kind)
        if row in times and times[row] + later <= LENGTH_S:
            slower = replace(done)
            setattr(slower, kind, {**times, row: times[row] + later})
            assert scored(slower).total <= scored(done).total + 1e-9


@given(acts(), moments)
@settings(max_examples=80, derandomize=True, deadline=None)
def test_sending_a_crew_to_nothing_is_never_better(done: Acts, when: float) -> None:
    route = {row: at for row, at in done.route.items() if row != "tree"}
    file = {row: at for row, at in done.file.items() if row != "tree"}
    without = replace(done, route=route, file=file)
    sent = replace(without, route={**route, "tree": (when, "urban")}, file={**file, "tree": when})
    assert scored(sent).total <= scored(without).total + 1e-9


@given(acts(), st.sampled_from(["cover", "gas"]), moments)
@settings(max_examples=80, derandomize=True, deadline=None)
def test_turning_away_what_is_real_is_never_better(done: Acts, row: str, when: float) -> None:
    dismiss = {other: at for other, at in done.dismiss.items() if other != row}
    without = replace(done, dismiss=dismiss, check={k: v for k, v in done.check.items() if k != row})
    assert scored(replace(without, dismiss={**dismiss, row: when})).total <= scored(without).total + 1e-9


@given(st.floats(0, 1e7), st.floats(1, 1e6), st.floats(0, 1e6))
def test_credit_falls_with_time_and_ends(took: float, limit: float, more: float) -> None:
    assert timely(took + more, limit) <= timely(took, limit)
    assert timely(limit, limit) == 1.0
    assert timely(LATE * limit, limit) == 0.0


def test_facts_of_no_case_make_no_dossier() -> None:
    assert dossiers_of([(0, object())]) == {}
    assert Dossier("C", "s", 0, 0, 0, False).first("CaseFiled") is None
