"""Three truths at closing, and what may still come after it: reopening, appeal, follow-up."""

from __future__ import annotations

from flood_case import ACCEPTOR, CALM, WATER, assessor, closed, fed_back, handling, why
from governance_bench import CHIEF, DISPATCHER, START_MS, Bench

from services.facts.base import Actor
from services.facts.because import english
from services.facts.casework import (
    AppealDecided,
    CaseReopened,
    LodgeAppeal,
    RecordFollowUp,
    ReopenCase,
    ReviewAppeal,
)
from services.facts.governance import (
    CaseClosed,
    CheckOrdered,
    CloseByForce,
)
from services.governance.case import CaseState

# --- three truths -------------------------------------------------------------------------------------------


def test_a_checker_does_not_outvote_sensors_that_say_no(bench: Bench) -> None:
    fed_back(bench)
    bench.senses.verdicts["flooded_underpass/level"] = "undecided"
    bench.tick(200)
    bench.report("acknowledged")
    bench.senses.verdicts["flooded_underpass/level"] = "not_calm"
    bench.report("done", finding="resolved")
    assert bench.case().state is CaseState.PENDING_CHECK, "they disagree"
    titles = [english(section.title) for section in bench.board.card(bench.case()).sections]
    assert "Three truths: they disagree" in titles
    bench.senses.verdicts["flooded_underpass/level"] = "undecided"
    bench.tick(1)
    event = bench.last(CaseClosed)
    assert (event.outcome, event.checked_by) == ("checked", bench.last(CheckOrdered).collector)
    assert [(truth.who, truth.says) for truth in event.truths] == [
        ("department", "done"), ("checker", "done"), ("sensors", "undecided"),
    ]  # fmt: skip


def test_after_reopening_a_named_checker_has_to_agree(bench: Bench) -> None:
    closed(bench)
    assert why(bench.command(ReopenCase(id="a", actor=DISPATCHER, case="C-0001", why_again="x")))
    resident = Actor("resident", "res_0001")
    bench.command(ReopenCase(id="b", actor=resident, case="C-0001", why_again="water in my cellar again"))
    case = bench.case()
    assert bench.last(CaseReopened).actor == resident and case.reopened == 1 and "checker" in case.truths
    assert case.state is CaseState.PENDING_HANDLE and case.department == "water", "routed and sent again"
    bench.tick(600)
    assert bench.case().state is not CaseState.CLOSED, "calm sensors alone do not close it again"
    for state in ("acknowledged", "working", "done"):
        bench.report(state)
        bench.tick(1)
    bench.tick(30)
    ordered = bench.last(CheckOrdered)
    assert bench.case().state is CaseState.PENDING_CHECK and ordered.stage == "closing"
    bench.report("done", finding="resolved")
    event = bench.last(CaseClosed)
    assert (event.outcome, event.checked_by) == ("verified", ordered.collector)


def test_force_is_the_chief_in_person(bench: Bench) -> None:
    fed_back(bench)
    chief = Actor("colleague", "colleague/duty_chief", "duty_chief", "p-001")
    told = why(bench.command(CloseByForce(id="a", actor=chief, case="C-0001", why_forced="done")))
    assert told == "only the duty chief, by name, closes without a test"
    told = why(bench.command(CloseByForce(id="b", actor=WATER, case="C-0001", why_forced="done")))
    assert told == "this is for duty chief, not for department handler"
    bench.command(CloseByForce(id="c", actor=CHIEF, case="C-0001", why_forced="the gauge is broken"))
    assert bench.last(CaseClosed).outcome == "untested"


# --- after closing ------------------------------------------------------------------------------------------


def test_an_appeal_is_lodged_once_and_granted_by_two(bench: Bench) -> None:
    handling(bench)
    for _ in range(80):
        bench.tick(100)
    bench.report("acknowledged")  # another crew: the first was silent for too long
    bench.report("done")
    bench.senses.verdicts.update(CALM)  # type: ignore[arg-type]
    bench.tick(5)
    bench.tick(5)
    bench.command(LodgeAppeal(id="a", actor=WATER, case="C-0001", why_appeal="the road was blocked"))
    assert "once" in why(bench.command(LodgeAppeal(id="b", actor=WATER, case="C-0001", why_appeal="again")))
    first, second = assessor(bench), CHIEF
    bench.command(ReviewAppeal(id="c", actor=first, case="C-0001", granted=True, why_reviewed="true"))
    told = why(bench.command(ReviewAppeal(id="d", actor=first, case="C-0001", granted=True, why_reviewed="true")))
    assert told == "the second reviewer is another person" and not bench.case().exempt
    bench.command(ReviewAppeal(id="e", actor=second, case="C-0001", granted=True, why_reviewed="true"))
    case = bench.case()
    clock = case.clock("handle")
    assert bench.last(AppealDecided).granted and case.exempt
    assert clock is not None and clock.overdue, "that it was overdue stays visible"


def test_one_reviewer_is_enough_to_refuse(bench: Bench) -> None:
    closed(bench)
    bench.command(LodgeAppeal(id="a", actor=WATER, case="C-0001", why_appeal="x"))
    bench.command(ReviewAppeal(id="b", actor=CHIEF, case="C-0001", granted=False, why_reviewed="no"))
    assert not bench.last(AppealDecided).granted and not bench.case().exempt


def test_a_follow_up_is_kept(bench: Bench) -> None:
    closed(bench)
    bench.command(RecordFollowUp(id="a", actor=ACCEPTOR, case="C-0001", reached=False, solved=True, satisfied=True))
    told = bench.case().follow_up
    assert told is not None and not told.solved and not told.satisfied and told.at_ms >= START_MS
