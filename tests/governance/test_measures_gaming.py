"""No measure gets better by anything but the work: cheats applied to honest journals, drawn at random."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paper_journal import CHEATS, NOW, Paper, book_of, honest_journals, merge

from services.facts.governance import CaseClosed
from services.governance.measures import MEASURES, By, Figure, measure

Cheat = Callable[[Paper, int], list[Paper]]
SLACK = 1e-9


class Cells:
    def of(self, cell: int) -> tuple[str, ...]:
        return (f"district:{cell % 2}", f"subdistrict:{cell}")


def figures(cases: list[Paper], by: By) -> dict[tuple[str, str], Figure]:
    groups = measure(book_of(cases), NOW, by, Cells())
    return {(group.key, name): figure for group in groups for name, figure in group.figures.items()}


def assert_nothing_rose(honest: list[Paper], cheated: list[Paper], by: By, only: tuple[str, ...] | None = None) -> None:
    before, after = figures(honest, by), figures(cheated, by)
    for (key, name), figure in after.items():
        one = next(one for one in MEASURES if one.id == name)
        if not one.scored or (only is not None and key not in only):
            continue
        was, now = (before[key, name].value if (key, name) in before else None), figure.value
        if was is None or now is None:
            continue
        better = now > was + SLACK if one.better == "high" else now < was - SLACK
        assert not better, f"{by} {key or 'city'}: {name} rose from {was:.4f} to {now:.4f}"
    for (key, name), figure in before.items():
        one = next(one for one in MEASURES if one.id == name)
        if one.scored and figure.value is not None and (only is None or key in only):
            assert after[key, name].value is not None, f"{by} {key}: {name} could no longer be measured"


def moments(case: Paper, share: float) -> int:
    """A moment between the opening and the first ending."""
    ended = next(ms for ms, fact in case.facts if isinstance(fact, CaseClosed))
    return case.opened_ms + max(1, int((ended - case.opened_ms - 2) * share))


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda cheat: cheat.__name__)
@settings(max_examples=40, deadline=None)
@given(journal=honest_journals(), which=st.integers(0, 5), share=st.floats(0.0, 1.0))
def test_cheating_never_raises_a_measure(cheat: Cheat, journal: list[Paper], which: int, share: float) -> None:
    real = [case for case in journal if case.real]
    if not real:
        return
    case = real[which % len(real)]
    cheated = [other for other in journal if other is not case] + cheat(case, moments(case, share))
    bys: tuple[By, ...] = ("city", "scene", "area")
    for by in bys:
        assert_nothing_rose(journal, cheated, by)


@pytest.mark.parametrize("name", ["defer", "suspend", "recategorise", "split_off_easy_parts", "close_without_repair"])
@settings(max_examples=30, deadline=None)
@given(journal=honest_journals(), which=st.integers(0, 5), share=st.floats(0.0, 1.0))
def test_no_department_gains_by_its_own_cheating(name: str, journal: list[Paper], which: int, share: float) -> None:
    cheat = next(one for one in CHEATS if one.__name__ == name)
    real = [case for case in journal if case.real]
    if not real:
        return
    case = real[which % len(real)]
    ms = max(case.filed_ms, moments(case, share))
    cheated = [other for other in journal if other is not case] + cheat(case, ms)
    assert_nothing_rose(journal, cheated, "department", (case.department,))


@settings(max_examples=40, deadline=None)
@given(journal=honest_journals(), share=st.floats(0.0, 1.0))
def test_merging_hides_nothing(journal: list[Paper], share: float) -> None:
    real = [case for case in journal if case.real]
    if len(real) < 2:
        return
    gone, into, *rest = real
    rest += [case for case in journal if not case.real]
    assert_nothing_rose(journal, [*rest, *merge(gone, into, moments(gone, share))], "city")
