"""What each measure makes of a hand-written journal, and that the live desk and the journal alone agree."""

from __future__ import annotations

import pytest
from governance_bench import CHIEF, Bench, flood
from paper_journal import (
    ACCEPT,
    HANDLE,
    MIN,
    NOW,
    Paper,
    Timed,
    book_of,
    closing,
    dispatching,
    filing,
    handing_on,
    opening,
    recurrence,
    refuse,
)

from services.facts.casework import AppealDecided, FalseAlarmNoted, FollowedUp, TimeGranted, UrgentLaneTaken
from services.facts.governance import (
    CaseFedBack,
    CaseMerged,
    CaseNotAccepted,
    CaseReworked,
    CheckReported,
    CloseByForce,
    Finding,
)
from services.facts.ledger import LimitSet
from services.governance.measures import BYS, COUNTS, MEASURES, Group, measure
from services.governance.measures_book import Book
from services.governance.measures_desk import MeasuresDesk
from services.governance.measures_page import COUNT_TEXT, MEASURE_TEXT
from twin.core.views import Meters, Table


class Nowhere:
    def of(self, cell: int) -> tuple[str, ...]:
        return ()


def worked(
    id: str, spot: int, *, at: int = 0, handled: int = 30, source: str = "sensor", more: tuple[Timed, ...] = ()
) -> Paper:
    """Filed, dispatched and closed as it should be, ``handled`` minutes after dispatch."""
    ms = at + MIN
    facts = opening(id, "fire", spot, at, source=source)
    facts += [*filing(id, ms, "water"), *dispatching(id, ms), (ms + handled * MIN, CaseFedBack(case=id))]
    facts += closing(id, ms + (handled + 1) * MIN)
    return Paper(id, "fire", spot, (*facts, *more))


def city(*cases: Paper, now_ms: int = NOW) -> Group:
    return measure(book_of(cases), now_ms, "city", Nowhere())[0]


def shown(group: Group, name: str) -> tuple[float, float]:
    figure = group.figures[name]
    return figure.numerator, figure.denominator


def test_nothing_to_measure_is_none() -> None:
    assert measure(Book(), NOW, "city", Nowhere()) == ()
    group = city(worked("C-0001", 1))
    assert group.figures["response_12345"].value is None, "no resident reported anything"
    assert shown(group, "closing") == (1, 1)


def test_on_time_counts_by_the_clock_that_ran_first() -> None:
    late = worked("C-0002", 2, handled=HANDLE // MIN + 5)
    group = city(worked("C-0001", 1), late)
    assert shown(group, "on_time_handling") == (1, 2) and shown(group, "handling") == (2, 2)
    assert shown(group, "on_time_filing") == (2, 2)


def test_what_is_not_due_yet_is_not_counted() -> None:
    fresh = Paper("C-0001", "fire", 1, tuple(opening("C-0001", "fire", 1, 0)))
    assert city(fresh, now_ms=5 * MIN).figures["on_time_filing"].value is None
    assert shown(city(fresh, now_ms=ACCEPT + MIN), "on_time_filing") == (0, 1)
    assert shown(city(fresh, now_ms=NOW), "closing") == (0, 1), "never even filed, and long due"


def test_deferred_cases_stay_in_and_the_books_take_them_out() -> None:
    granted = (40 * MIN, TimeGranted(case="C-0002", kind="extension", minutes=999, until_ms=NOW * 2))
    moved = (40 * MIN, LimitSet(case="C-0002", clock="handle", due_ms=NOW * 2))
    late = worked("C-0002", 2, handled=HANDLE // MIN + 60)
    group = city(worked("C-0001", 1), Paper(late.id, late.scene, late.spot, (*late.facts, granted, moved)))
    assert shown(group, "on_time_closing") == (1, 2)
    figure = group.figures["on_time_closing"]
    assert (figure.book_numerator, figure.book_denominator) == (1, 1)
    assert group.counts["deferred"] == 1


def test_an_appeal_exempts_and_stays_visible() -> None:
    late = worked(
        "C-0002", 2, handled=HANDLE // MIN + 60, more=((NOW - 1, AppealDecided(case="C-0002", granted=True)),)
    )
    group = city(worked("C-0001", 1), late)
    assert shown(group, "on_time_closing") == (1, 1)
    assert group.counts["exempt"] == 1 and group.counts["opened"] == 2


@pytest.mark.parametrize("finding", ["nothing_found", "resolved"])
def test_what_a_collector_did_not_find_is_a_false_alarm_and_no_unclosed_case(finding: Finding) -> None:
    looked = CheckReported(case="C-0002", unit="c", order="o", stage="filing", collector="p", finding=finding, note="")
    false = Paper(
        "C-0002",
        "fire",
        2,
        (*opening("C-0002", "fire", 2, 0), (MIN, looked), (2 * MIN, CaseNotAccepted(case="C-0002"))),
    )
    group = city(worked("C-0001", 1), false)
    assert shown(group, "closing") == (1, 1) and shown(group, "false_alarms") == (1, 2)
    refused = refuse(worked("C-0002", 2), 30 * MIN)[0]
    assert shown(city(worked("C-0001", 1), refused), "closing") == (1, 2), "nobody looked"


def test_the_same_spot_again_is_the_same_affair() -> None:
    first = worked("C-0001", 1)
    group = city(first, recurrence(first, 60 * MIN))
    assert shown(group, "closing") == (0, 1) and shown(group, "came_back") == (1, 1)
    assert group.counts["again"] == 1
    later = recurrence(first, 600 * MIN)
    assert shown(city(first, later), "closing") == (2, 2), "long after, it is another affair"


def test_rework_is_counted_and_the_first_limit_stands() -> None:
    facts = [*opening("C-0001", "fire", 1, 0), *filing("C-0001", MIN, "water"), *dispatching("C-0001", MIN)]
    facts += [(10 * MIN, CaseFedBack(case="C-0001")), (11 * MIN, CaseReworked(case="C-0001", reason="wet"))]
    facts += [
        *dispatching("C-0001", 100 * MIN),
        (HANDLE + 9 * MIN, CaseFedBack(case="C-0001")),
        *closing("C-0001", HANDLE + 9 * MIN),
    ]
    group = city(Paper("C-0001", "fire", 1, tuple(facts)))
    assert shown(group, "rework") == (1, 1) and shown(group, "passed_check") == (0, 1)
    assert shown(group, "on_time_handling") == (0, 1), "120 minutes from the first dispatch are over"


def test_limbo_is_the_senders() -> None:
    case = worked("C-0001", 1, more=tuple(handing_on("C-0001", 2 * MIN, 9 * MIN)))
    assert shown(city(case), "limbo") == (7, 1)
    posts = {group.key: group for group in measure(book_of([case]), NOW, "post", Nowhere())}
    assert posts["dispatcher"].figures["limbo"].numerator == 7
    open_ended = worked("C-0001", 1, more=(handing_on("C-0001", 2 * MIN, 9 * MIN)[0],))
    unended = Paper("C-0001", "fire", 1, tuple(fact for fact in open_ended.facts if fact[0] <= 2 * MIN))
    assert shown(city(unended, now_ms=12 * MIN), "limbo") == (10, 1), "it lasts until somebody takes it"


def test_residents_words_stand_beside_the_books() -> None:
    def said(id: str, solved: bool) -> tuple[Timed, ...]:
        return ((100 * MIN, FollowedUp(case=id, reached=True, solved=solved, satisfied=False)),)

    group = city(
        worked("C-0001", 1, source="12345", more=said("C-0001", True)),
        worked("C-0002", 2, source="12345", more=said("C-0002", False)),
        worked("C-0003", 3, source="12345"),
    )
    assert shown(group, "clerical") == (3, 3)
    assert shown(group, "resident_verified") == (1, 3), "nobody asked is nobody convinced"
    figure = group.figures["resolution_12345"]
    assert (figure.numerator, figure.denominator, figure.book) == (1, 3, 0.5)
    assert shown(group, "satisfaction_12345") == (0, 3) and shown(group, "response_12345") == (3, 3)
    assert group.counts["asked"] == 2


def test_the_urgent_lane_files_by_its_own_limit() -> None:
    lane = (0, UrgentLaneTaken(case="C-0001", file_by_ms=60 * MIN))
    facts = [*opening("C-0001", "fire", 1, 0), lane, *filing("C-0001", 50 * MIN, "water")]
    group = city(Paper("C-0001", "fire", 1, tuple(facts)))
    assert shown(group, "on_time_filing") == (1, 1)
    assert shown(group, "urgent_closing") == (0, 1)


def test_a_false_alarm_marked_or_a_duplicate_merged_stays_in_its_place() -> None:
    merged = Paper(
        "C-0002", "fire", 2, (*opening("C-0002", "fire", 2, 0), (MIN, CaseMerged(case="C-0002", into="C-0001")))
    )
    group = city(worked("C-0001", 1), merged)
    assert shown(group, "on_time_closing") == (2, 2), "two reports of one affair, both answered"
    assert group.counts["merged"] == 1
    noted = worked("C-0001", 1, more=((90 * MIN, FalseAlarmNoted(case="C-0001", scene="fire")),))
    assert shown(city(noted), "false_alarms") == (1, 1)


def test_a_department_that_gave_a_case_back_keeps_it_in_its_figures() -> None:
    case = worked("C-0001", 1, handled=HANDLE // MIN + 60, more=tuple(filing("C-0001", 40 * MIN, "police")))
    groups = {group.key: group for group in measure(book_of([case]), NOW, "department", Nowhere())}
    assert shown(groups["water"], "on_time_closing") == shown(groups["police"], "on_time_closing") == (0, 1)


def test_the_book_survives_a_restart_in_the_order_of_opening() -> None:
    book = book_of([worked("C-0002", 2, at=5 * MIN), worked("C-0010", 1), worked("C-0001", 3, at=MIN)])
    again = Book()
    again.restore(book.snapshot())
    assert [record.id for record in again] == [record.id for record in book]
    assert again.snapshot() == book.snapshot()
    assert measure(again, NOW, "scene", Nowhere()) == measure(book, NOW, "scene", Nowhere())


def test_every_measure_and_count_has_its_words() -> None:
    assert set(MEASURE_TEXT) == {one.id for one in MEASURES}
    assert set(COUNT_TEXT) == set(COUNTS)


# --- the live desk ----------------------------------------------------------------------------------------------


def test_limits_are_put_on_the_journal_once(bench: Bench) -> None:
    bench.notice(flood())
    limits = list(bench.of(bench.events, (LimitSet,)))
    assert {event.clock for event in limits if event.plan} == {"dispatch", "handle", "close"}
    handle = next(event for event in limits if event.clock == "handle" and not event.plan)
    clock = bench.case().clock("handle")
    assert clock is not None and handle.due_ms == clock.due_ms
    before = len(limits)
    bench.tick(30)
    assert len(bench.of(bench.events, (LimitSet,))) == before


def test_the_desk_and_the_journal_alone_agree(bench: Bench) -> None:
    bench.notice(flood())
    bench.tick(400)
    bench.command(CloseByForce(id="x", actor=CHIEF, case="C-0001", why_forced="drill"))
    desk: MeasuresDesk = bench.desk(MeasuresDesk)
    book = Book(bench.governance.measures.again)
    for turn, event in zip(bench.times, bench.events, strict=False):
        book.note(event, turn.city_ms)
    assert book.snapshot() == desk.book.snapshot()
    for by in BYS:
        assert desk.figures(by, bench.now_ms)
    figure = desk.figures("city", bench.now_ms)[0].figures["closing"]
    assert (figure.numerator, figure.denominator) == (0, 1), "closed by force is not closed"


def test_the_page_shows_fractions_and_targets(bench: Bench) -> None:
    desk: MeasuresDesk = bench.desk(MeasuresDesk)
    empty = desk.page("measures", "", bench.now_ms)
    assert empty is not None and desk.page("measures", "x", 0) is None and desk.page("duty", "", 0) is None
    bench.notice(flood())
    page = desk.page("measures", "", bench.now_ms)
    assert page is not None and page.kind == "measures"
    meters = next(section for section in page.sections if isinstance(section, Meters))
    filing_rate = next(meter for meter in meters.meters if str(MEASURE_TEXT["on_time_filing"].msgid) in str(meter.name))
    assert filing_rate.share == 1.0 and filing_rate.shown == "100.0 %" and filing_rate.good is True
    assert filing_rate.of is not None and filing_rate.of.args == {"part": 1, "count": 1}
    closing_rate = meters.meters[0]
    assert closing_rate.share is None and closing_rate.shown == "–" and closing_rate.good is None
    scenes = next(s for s in page.sections if isinstance(s, Table) and "By scene" in str(s.title))
    assert scenes.rows[0][1] == 1
