"""Reports upward: when one is wanted, what it says and on what it rests, who signs, and what is late."""

from __future__ import annotations

import msgspec
import pytest
from governance_bench import CHIEF, DISPATCHER, Bench, crossing, flood

from services.facts.base import CommandRefused
from services.facts.duty import ReportOverdue, ReportSent, ReportWanted, SendReport
from services.facts.governance import CaseClosed, CaseNotAccepted, CloseByForce
from services.governance.reports import ReportDesk
from services.governance.scene_terms import ReportUp
from twin.core.text import Text
from twin.core.views import Table

TERMS = ReportUp(at_least=2, initial_s=1800.0, further_s=3600.0, final_s=86_400.0)


@pytest.fixture
def grave(bench: Bench) -> Bench:
    """A flood so deep that it is to be reported upward."""
    assert bench.governance.scenes["flooded_underpass"].report_up is not None
    bench.notice(flood(0.7), crossing("flooded_underpass/deep", "d01", 400.0, 300.0, value=0.7))
    assert bench.case().severity <= 2
    return bench


def desk(bench: Bench) -> ReportDesk:
    found: ReportDesk = bench.desk(ReportDesk)
    return found


def wanted(bench: Bench) -> list[tuple[str, str, str]]:
    return [(event.report, event.kind, event.case) for event in bench.of(bench.events, (ReportWanted,))]


def send(bench: Bench, report: str = "U-0001", remarks: str = "") -> None:
    bench.command(SendReport(id=f"send/{report}", actor=CHIEF, report=report, remarks=remarks))


def close(bench: Bench) -> None:
    bench.command(CloseByForce(id="close", actor=CHIEF, case="C-0001", why_forced="drill"))
    assert bench.of(bench.events, (CaseClosed,))


def test_a_grave_case_wants_a_first_report_and_only_one(grave: Bench) -> None:
    assert wanted(grave) == [("U-0001", "initial", "C-0001")]
    event = grave.last(ReportWanted)
    terms = grave.governance.scenes["flooded_underpass"].report_up
    assert terms is not None and event.due_ms == grave.case().opened_ms + terms.initial_s * 1000
    grave.tick(60)
    assert len(wanted(grave)) == 1


def test_a_light_case_is_not_reported(bench: Bench) -> None:
    bench.notice(crossing("overflowing_bin/full", "d07", 100.0, 100.0, value=0.97))
    bench.tick(60)
    assert wanted(bench) == []


def test_every_sentence_rests_on_something(grave: Bench) -> None:
    grave.tick(120)
    report = desk(grave).get("U-0001")
    assert report is not None
    sentences = desk(grave).sentences(report, grave.now_ms)
    assert len(sentences) >= 5 and all(sentence.evidence for sentence in sentences)
    first = sentences[0]
    assert {entry.signal for entry in grave.case().evidence} <= set(first.evidence) and "C-0001" in first.evidence
    words = " ".join(str(sentence.text) for sentence in sentences)
    assert "residents are within reach" in words and "with {department}" in words
    assignment = grave.case().assignment
    assert assignment is not None
    assert any(assignment.order in sentence.evidence for sentence in sentences), "who was sent, by the order's id"


def test_the_duty_chief_signs_and_the_words_are_kept(grave: Bench) -> None:
    grave.tick(120)
    report = desk(grave).get("U-0001")
    assert report is not None
    drafted = desk(grave).sentences(report, grave.now_ms)
    send(grave, remarks="pumps on the way")
    sent = grave.last(ReportSent)
    assert sent.sentences == drafted and sent.remarks == "pumps on the way" and sent.actor == CHIEF
    assert [kind for _, kind, _ in wanted(grave)] == ["initial", "further"]
    grave.tick(600)
    kept = desk(grave).get("U-0001")
    assert kept is not None and desk(grave).sentences(kept, grave.now_ms) == drafted, "what was sent stays as it was"


def test_only_the_chief_signs_and_only_once(grave: Bench) -> None:
    grave.command(SendReport(id="a", actor=DISPATCHER, report="U-0001"))
    assert not grave.of(grave.events, (ReportSent,)) and isinstance(grave.events[-1], CommandRefused)
    send(grave)
    send(grave)
    assert len(grave.of(grave.events, (ReportSent,))) == 1
    grave.command(SendReport(id="b", actor=CHIEF, report="U-0099"))
    refused = grave.last(CommandRefused)
    assert refused.why == Text("there is no such report")
    grave.command(SendReport(id="c", actor=CHIEF, report="U-0002", remarks="x" * 5000))
    assert len(grave.of(grave.events, (ReportSent,))) == 1


def test_what_is_late_is_noticed_once(grave: Bench) -> None:
    grave.tick(1801)
    grave.tick(60)
    late = grave.of(grave.events, (ReportOverdue,))
    assert [event.report for event in late] == ["U-0001"]
    texts = [str(alert.text) for alert in desk(grave).alerts()]
    assert any("overdue" in text for text in texts) and list(desk(grave).alerts()) == []


def test_a_further_report_says_what_is_new(grave: Bench) -> None:
    send(grave)
    grave.tick(5)
    report = desk(grave).get("U-0002")
    assert report is not None and report.kind == "further"
    before = desk(grave).sentences(report, grave.now_ms)
    assert any("Nothing new since" in str(sentence.text) for sentence in before)
    grave.report("acknowledged")
    grave.report("driving")
    grave.report("arrived")
    after = desk(grave).sentences(report, grave.now_ms)
    assert not any("Nothing new since" in str(sentence.text) for sentence in after) and len(after) >= len(before)


def test_the_end_wants_the_final_report_in_place_of_a_further_one(grave: Bench) -> None:
    send(grave)
    grave.tick(60)
    close(grave)
    assert [kind for _, kind, _ in wanted(grave)] == ["initial", "further", "final"]
    reports = desk(grave).of("C-0001")
    assert [one.kind for one in reports] == ["initial", "final"]
    final = reports[-1]
    words = " ".join(str(sentence.text) for sentence in desk(grave).sentences(final, grave.now_ms))
    assert "after {minutes} min" in words and "resident-hours in all" in words
    send(grave, final.id)
    assert grave.last(ReportSent).kind == "final" and len(wanted(grave)) == 3, "nothing is wanted after it"


def test_the_first_report_is_owed_even_when_the_case_is_over(grave: Bench) -> None:
    close(grave)
    assert [one.kind for one in desk(grave).of("C-0001") if one.pending] == ["initial", "final"]


def test_what_was_not_accepted_before_anything_was_sent_is_not_reported(grave: Bench) -> None:
    reports = desk(grave)
    event = CaseNotAccepted(case="C-0001", actor=CHIEF, reason="nothing there")
    turn = grave.times[-1]
    reports.apply(event, turn)
    assert reports.of("C-0001") == ()


def test_the_page_shows_the_draft_with_its_evidence_and_the_card_leads_to_it(grave: Bench) -> None:
    grave.tick(60)
    page = desk(grave).page("report", "U-0001", grave.now_ms)
    assert page is not None and page.kind == "report" and page.id == "U-0001"
    draft = next(section for section in page.sections if isinstance(section, Table))
    assert all(row[1] for row in draft.rows)
    assert [action.command for action in page.actions] == ["SendReport"] and page.actions[0].posts == ("duty_chief",)
    assert desk(grave).page("report", "C-0001", grave.now_ms) == page, "also by the case"
    assert desk(grave).page("report", "U-9999", grave.now_ms) is None
    card = next(card for card in grave.board.cards() if card.id == "C-0001")
    assert ("report", "U-0001") in [page[:2] for page in card.pages]
    assert any(action.command == "SendReport" for action in card.actions)
    assert any(isinstance(section, Table) and "Reports upward" in str(section.title) for section in card.sections)
    send(grave)
    sent = desk(grave).page("report", "U-0001", grave.now_ms)
    assert sent is not None and sent.actions == ()


def test_reports_survive_a_restart(grave: Bench) -> None:
    send(grave)
    grave.tick(60)
    reports = desk(grave)
    data, known = reports.snapshot(), reports.of("C-0001")
    reports.restore(data)
    assert reports.snapshot() == data and reports.of("C-0001") == known
    assert msgspec.msgpack.decode(data)["serial"] == 2
