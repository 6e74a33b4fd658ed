"""The subdistrict whistles: limits by kind, reporting in, nobody leaves, and steps up by the table."""

from __future__ import annotations

from typing import Any

from working_bench import CHIEF, DISPATCHER, FIRE, GULOU, MINUTE_MS, POLICE, WATER, XIMEN, Working

from services.facts.working import (
    BlowWhistle,
    DepartmentReportedIn,
    EndWhistle,
    Escalated,
    ReportIn,
    WhistleBlown,
    WhistleEnded,
    WhistleOverdue,
)

BLOW: dict[str, Any] = {
    "case": "C-0001", "kind": "emergency", "departments": ("water", "police", "water"), "why_whistle": "Gas smells",
}  # fmt: skip


def test_departments_report_in_and_nobody_leaves_until_it_is_over() -> None:
    working = Working()
    (blown,) = working.of(WhistleBlown, working.give(BlowWhistle, GULOU, **BLOW))
    assert blown.departments == ("water", "police") and blown.subdistrict == "gulou"
    assert blown.report_by_ms == working.now_ms + 30 * MINUTE_MS
    working.give(ReportIn, WATER, whistle="W-0001")
    assert working.refusal(ReportIn, WATER, whistle="W-0001") == "{department} has reported in already"
    assert working.refusal(ReportIn, FIRE, whistle="W-0001") == "{department} was not called"
    assert working.refusal(EndWhistle, XIMEN, whistle="W-0001", result="x") == "nobody leaves until {person} says so"
    assert working.refusal(EndWhistle, CHIEF, whistle="W-0001", result="x") == "nobody leaves until {person} says so"
    assert working.refusal(EndWhistle, GULOU, whistle="W-0001", result=" ") == "there are no words"
    working.tick(31)
    (late,) = working.of(WhistleOverdue)
    assert late.departments == ("police",)
    working.give(ReportIn, POLICE, whistle="W-0001")
    working.give(EndWhistle, GULOU, whistle="W-0001", result="The main is shut")
    assert working.refusal(ReportIn, POLICE, whistle="W-0001") == "whistle {whistle} has ended"
    assert len(working.of(DepartmentReportedIn)) == 2 and len(working.of(WhistleEnded)) == 1


def test_who_may_whistle_where() -> None:
    working = Working()
    assert working.refusal(BlowWhistle, XIMEN, **BLOW) == "the case lies in another subdistrict"
    assert working.refusal(BlowWhistle, DISPATCHER, **BLOW) == "the post of {post} may not do this"
    assert working.refusal(BlowWhistle, GULOU, **(BLOW | {"departments": ()})) == "there is no department {department}"
    working.give(BlowWhistle, CHIEF, **BLOW)
    assert working.refusal(BlowWhistle, GULOU, **BLOW) == "a whistle is blown for this case already"


def test_the_limit_is_that_of_the_kind() -> None:
    for kind, minutes in (("routine", 120), ("hard", 60), ("emergency", 30)):
        working = Working()
        (blown,) = working.of(WhistleBlown, working.give(BlowWhistle, GULOU, **(BLOW | {"kind": kind})))
        assert blown.report_by_ms == working.now_ms + minutes * MINUTE_MS


def test_a_whistle_ends_with_its_case() -> None:
    working = Working()
    working.give(BlowWhistle, GULOU, **BLOW)
    assert len(working.of(WhistleEnded, working.close())) == 1
    assert not working.of(WhistleOverdue, working.tick(60))


def test_who_does_not_report_in_is_named_step_by_step_up_to_the_leader() -> None:
    working = Working()
    working.give(BlowWhistle, GULOU, **BLOW)
    working.give(ReportIn, WATER, whistle="W-0001")
    for _ in range(70):
        working.tick(1)
        if working.of(Escalated):
            working.restart()
    steps = [(event.step, event.to_post, event.to_department, event.person) for event in working.of(Escalated)]
    assert steps == [
        (1, "department_head", "police", "p-036"),
        (2, "duty_chief", "operations_centre", "p-001"),
        (3, "leader", "operations_centre", "p-027"),
    ]
    working.give(ReportIn, POLICE, whistle="W-0001")
    assert not working.of(Escalated, working.tick(600))
