"""Errands through the graph in the running hall: every fair run ends, nothing is asked twice, a restart changes
nothing, and whoever says what they may not changes nothing either."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hall_bench import CONFIG, START_MS, Enrolled, Hall
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.facts.base import Actor, CommandRefused, Event
from services.facts.hall import (
    AskSupplement,
    CatalogueOffered,
    CloseCounter,
    CounterClosed,
    CounterOpened,
    CredentialIssued,
    DecideItemAppeal,
    ErrandBegun,
    ErrandCompleted,
    ErrandRefused,
    ErrandStepped,
    ErrandWithdrawn,
    GrantItem,
    ItemAppealDecided,
    ItemAppealed,
    ItemDelivered,
    ItemEnded,
    ItemEscalated,
    ItemGranted,
    ItemRefused,
    OpenCounter,
    RefuseItem,
    ReviewBegun,
    ReviewTaken,
    SupplementAnswered,
    SupplementAsked,
    TakeReview,
)
from services.facts.rights import ConsentGiven, CredentialPresented, WordRefused
from services.hall.catalogue import Service, load_services
from services.hall.errand import Errand, ErrandState
from services.hall.graph_state import P
from twin.city.model import City
from twin.city.units import load_departments
from twin.core import codec
from twin.core.text import Name
from twin.core.views import Card, Graph
from twin.formats.civic import ErrandWord, Presence, ServiceRequest
from twin.formats.service_offer import ServiceOffer

SERVICES = load_services(CONFIG / "services", load_departments(CONFIG / "departments.toml"))
DAY_S = 86_400.0
HEAD = "department_head"
HOME = (300.0, 300.0)


def whole(city: City, data: Path, config: Path = CONFIG) -> Hall:
    """The whole catalogue, and people for whom it is."""
    people = {
        "res_1": Enrolled("res_1", "p1", Name("Lin Yue", "林月"), HOME, ("presence", "service"), 1970, "hh_1"),
        "res_6": Enrolled("res_6", "p6", Name("Lin Da", "林大"), HOME, (), 2019, "hh_1", "child"),
        "res_7": Enrolled("res_7", "p7", Name("Su Lao", "苏老"), HOME, (), 1950, "hh_7"),
        "res_8": Enrolled("res_8", "p8", Name("Bo Shu", "柏树"), HOME, ("presence", "service"), 1980, "hh_8"),
    }
    return Hall(city, data, config=config, people=people)


@pytest.fixture
def hall(grid_city: City, tmp_path: Path) -> Hall:
    return whole(grid_city, tmp_path)


def form(service: Service, **change: str) -> dict[str, str]:
    answers = {field.id: "1" for field in service.fields} | {"applicant": "林月"} | change
    return {id: answer for id, answer in answers.items() if id in {field.id for field in service.fields}}


def all_materials(service: Service) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.id for item in service.items for one in item.materials))


def wish(service: str, request: str = "r1", **more: Any) -> ServiceRequest:
    found = SERVICES[service]
    given: dict[str, Any] = {"form": form(found), "materials": all_materials(found), **more}
    return ServiceRequest(service=service, request_id=request, **given)


def until(hall: Hall, kind: type[Event], seconds: float = 600.0, most: int = 400) -> None:
    have = len(hall.of(kind))
    for _ in range(most):
        if len(hall.of(kind)) > have:
            return
        hall.tick(seconds)
    raise AssertionError(f"no {kind.__name__} in {most * seconds / DAY_S:.1f} days")


def said_states(hall: Hall) -> list[str]:
    return [answer.state for answer in hall.answers()]


# --- a run without a trip ---------------------------------------------------------------------------------------------


def test_online_and_whole_nobody_has_to_come(hall: Hall) -> None:
    hall.said("res_1", wish("birth_certificate"))
    assert said_states(hall) == ["accepted"]
    begun = hall.of(ReviewBegun)[0]
    assert (begun.items, begun.department) == (("birth_certificate",), "health")
    assert 1.6 <= hall.calendar.elapsed("working_hour", START_MS, begun.ripe_ms) <= 4.0, "a share of what is promised"
    while hall.now_ms < begun.ripe_ms:
        assert not hall.of(ReviewTaken)
        hall.tick(300)
    until(hall, ErrandCompleted, 60)
    taken, done = hall.of(ReviewTaken)[0], hall.of(ErrandCompleted)[0]
    assert taken.officer == "p-020" and 240_000 <= taken.until_ms - begun.ripe_ms <= 1_200_000
    assert (done.trips, done.waited_ms) == (0, 0)
    assert said_states(hall) == ["accepted", "granted", "completed"]
    rule = hall.of(ItemGranted)[0].actor
    assert (rule.kind, rule.holder, rule.post) == ("rule", "p-020", "clerk") and rule.id.endswith("/review")


def test_what_is_missing_is_asked_at_once_and_once(hall: Hall) -> None:
    hall.said("res_1", wish("birth_certificate", materials=("identity_card",)))
    until(hall, SupplementAsked, 10)
    asked = hall.of(SupplementAsked)[0]
    assert set(asked.materials) == {"hospital_record", "marriage_certificate"}
    assert hall.now_ms < START_MS + 600_000, "no inquiry begins before everything is there"
    answer = hall.answers()[-1]
    assert (answer.state, answer.item, set(answer.materials)) == ("asked", "birth_certificate", set(asked.materials))
    assert answer.until_ms == asked.until_ms == hall.calendar.add("working_day", hall.now_ms, 10)
    hall.said("res_1", ErrandWord(errand="E-0001", word="supply", materials=("hospital_record",)))
    until(hall, ItemRefused)
    refused = hall.of(ItemRefused)[0]
    assert (refused.ground, refused.remedy) == ("materials_missing", "apply_again")
    ground = ErrandWord(
        errand="E-0001", word="appeal", item="birth_certificate", ground="new_evidence",
        materials=("marriage_certificate",),
    )  # fmt: skip
    hall.said("res_1", ground)
    assert hall.of(ItemAppealed)[0].materials == ("marriage_certificate",)
    head = hall.world.roster.holder("department_head", hall.now_ms, "health")
    assert head is not None
    decide = DecideItemAppeal(
        id="c1", actor=Actor("person", head.id, HEAD), errand="E-0001", item="birth_certificate", upheld=False
    )
    assert isinstance(hall.run(decide)[0], ItemAppealDecided)
    until(hall, ErrandCompleted, 60)
    assert len(hall.of(SupplementAsked)) == 1
    assert said_states(hall) == [
        "accepted", "asked", "answered", "refused", "appealed", "reopened", "granted", "completed",
    ]  # fmt: skip


def test_a_credential_takes_the_place_of_a_paper_and_is_presented(hall: Hall) -> None:
    hall.said("res_1", wish("identity_check"))
    until(hall, ErrandCompleted)
    hall.said("res_1", wish("social_insurance_record", "r2", materials=()))
    until(hall, ErrandCompleted)
    assert not hall.of(SupplementAsked)
    assert [(one.credential, one.department) for one in hall.of(CredentialPresented)] == [
        ("K-00001", "human_resources")
    ]


def test_an_answer_that_the_register_contradicts_is_refused_with_what_helps(hall: Hall) -> None:
    wrong = wish("identity_check", form=form(SERVICES["identity_check"], applicant="王五"))
    hall.said("res_1", wrong)
    until(hall, ItemRefused)
    refused = hall.of(ItemRefused)[0]
    assert (refused.ground, refused.remedy) == ("contradicts_register", "correct_register")
    assert "王五" not in str(hall.events), "it repeats nothing of the answer"
    hall.said("res_1", ErrandWord(errand="E-0001", word="let_go", item="identity_check"))
    assert hall.errand().state is ErrandState.REFUSED and said_states(hall)[-1] == "refused_all"


def test_who_may_not_ask_is_told_why_and_an_optional_item_is_left_out(hall: Hall) -> None:
    hall.said("res_8", wish("school_application", form=form(SERVICES["school_application"])))
    refused = hall.of(ErrandRefused)[0]
    assert "a child of six or seven" in refused.reason and not hall.of(ErrandBegun)
    hall.said("res_1", wish("newborn", "r2", unwanted=("parenting_registration", "birth_certificate")))
    parts = hall.errand().progress.parts
    assert [id for id, part in parts.items() if part.state is P.SKIPPED] == ["parenting_registration"]


def test_a_form_that_leaves_something_out_comes_back_online_and_is_asked_at_the_counter(hall: Hall) -> None:
    short = {id: answer for id, answer in form(SERVICES["identity_check"]).items() if id != "identity_number"}
    hall.said("res_1", wish("identity_check", form=short))
    assert hall.of(ErrandRefused)[0].why is not None
    assert "leaves out" in hall.of(ErrandRefused)[0].reason and said_states(hall) == ["refused_all"]
    hall.said("res_1", wish("identity_check", "r2", form=short, channel="counter"))
    assert hall.of(ErrandBegun)[0].missing == ("identity_number",)


# --- ways -------------------------------------------------------------------------------------------------------------


def test_a_seal_is_fetched_and_a_card_comes_by_post(hall: Hall) -> None:
    hall.said("res_1", wish("social_security_card"))
    until(hall, ItemGranted, 3_600)
    granted = hall.of(ItemGranted)[0]
    days = hall.calendar.elapsed("working_day", hall.now_ms, granted.due_ms)
    assert granted.delivery == "post" and 0.9 <= days <= 3.1 and said_states(hall)[-1] == "posted"
    until(hall, ItemDelivered, 3_600)
    assert hall.of(ErrandCompleted)[0].trips == 0
    hall.said("res_8", wish("company_seal", "r2"))
    until(hall, ItemGranted, 3_600)
    answer = hall.answers()[-1]
    assert (answer.state, answer.visit, answer.place) == ("expected", "pick_up", "service_hall")
    while not hall.world.roster.on_duty("clerk", hall.now_ms, "civil_affairs"):
        hall.tick(3_600)
    hall.come("res_8")
    until(hall, ErrandCompleted, 30)
    assert hall.of(ErrandCompleted)[-1].trips == 1


def test_what_nobody_fetches_is_posted(hall: Hall) -> None:
    hall.said("res_8", wish("company_seal"))
    until(hall, ErrandCompleted, 12 * 3_600)
    assert [event.reason for event in hall.of(ItemDelivered)] == ["not fetched in time: sent by post"]


def test_what_cannot_be_done_online_takes_one_way_for_a_joint_review(hall: Hall) -> None:
    hall.said("res_1", wish("restaurant"))
    until(hall, ItemGranted, 1_800)  # the business licence
    expected = [event for event in hall.of(ErrandStepped) if event.state == "expected"]
    assert expected[0].visit == "item"
    hall.tick(30 * 3_600)
    joint = [id for id, part in hall.errand().progress.parts.items() if part.state is P.REVIEW]
    assert {"food_permit", "fire_check"} <= set(joint)
    assert not [one for one in hall.of(ReviewTaken) if set(one.items) & {"food_permit", "fire_check"}]
    while not hall.world.roster.on_duty("clerk", hall.now_ms, expected[0].actor.holder and "fire_rescue"):
        hall.tick(3_600)
    hall.come()
    until(hall, ErrandCompleted, 1_800, 2_000)
    taken = {id: hall.events.index(one) for one in hall.of(ReviewTaken) for id in one.items}
    assert abs(taken["food_permit"] - taken["fire_check"]) <= 4, "taken up together"
    assert hall.of(ErrandCompleted)[0].trips == 1


def test_who_has_no_phone_applies_at_a_terminal_and_agrees_by_being_there(hall: Hall) -> None:
    old = form(SERVICES["identity_check"], applicant="苏老")
    hall.said("res_7", wish("identity_check", form=old))
    assert "consent" in hall.of(ErrandRefused)[0].reason, "a phone would need one"
    at = {"channel": "counter", "terminal": "terminal_1"}
    hall.said("res_7", wish("identity_check", "r2", form=old, materials=()), **at)
    given = hall.of(ConsentGiven)[0]
    assert given.purpose == "service/identity_check" and "identity card" in given.reason
    assert [event.state for event in hall.of(ErrandStepped)] == ["accepted", "expected", "queued"]
    until(hall, SupplementAsked, 30)
    assert hall.of(SupplementAsked)[0].materials == ("photo",) or hall.of(SupplementAsked)[0].materials
    visit = hall.errand().visit
    assert visit is not None and (visit.kind, visit.state) == ("supplement", "expected")
    hall.said("res_7", Presence(place="service_hall", entered=True), channel="kiosk", terminal="kiosk_1")
    until(hall, ErrandCompleted, 60)
    assert hall.of(ErrandCompleted)[0].trips == 2 and hall.of(ErrandBegun)[0].channel == "counter"


def test_the_counter_is_closed_at_night_and_says_when_it_opens(grid_city: City, tmp_path: Path) -> None:
    hall = whole(grid_city, tmp_path)
    hall.said("res_1", wish("gas_transfer"))
    hall.tick(9 * 3_600)  # 19:00
    hall.come()
    closed = hall.of(ErrandStepped)[-1]
    assert closed.state == "sent_home" and hall.answers()[-1].state == "closed_hall"
    assert hall.world.roster.hour(closed.until_ms) == 8 and hall.answers()[-1].until_ms == closed.until_ms
    assert hall.come() == [], "told once"
    hall.now_ms = closed.until_ms
    hall.come()
    assert hall.of(ErrandStepped)[-1].state == "queued"
    until(hall, ErrandCompleted, 3_600)


def test_a_hall_that_is_flooded_sends_its_queue_home_and_goes_on_online(hall: Hall) -> None:
    hall.said("res_1", wish("identity_check", channel="counter"))
    hall.come()
    hall.around.closed["service_hall"] = ("flooded", "I-0001")
    hall.tick(0.1)
    assert [(one.place, one.ground, one.incident) for one in hall.of(CounterClosed)] == [
        ("service_hall", "flooded", "I-0001")
    ]
    assert said_states(hall)[-1] == "closed_hall"
    visit = hall.errand().visit
    assert visit is not None and visit.number == 1, "the number stays"
    assert hall.come() == []
    hall.said("res_8", wish("identity_check", "r2", form=form(SERVICES["identity_check"], applicant="柏树")))
    until(hall, ErrandCompleted)
    hall.around.closed.clear()
    hall.tick(0.1)
    assert hall.of(CounterOpened) and said_states(hall)[-1] == "expected"
    hall.come()
    until(hall, ErrandCompleted)
    assert {one.person for one in hall.of(ErrandCompleted)} == {"res_1", "res_8"}


# --- silence ----------------------------------------------------------------------------------------------------------


def test_silence_past_the_laws_limit_goes_to_the_head_once(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    real = hall.world.roster.on_duty
    monkeypatch.setattr(hall.world.roster, "on_duty", lambda post, *rest: () if post == "clerk" else real(post, *rest))
    hall.said("res_1", wish("business_licence"))
    until(hall, ItemEscalated, 6 * 3_600)
    escalated = hall.of(ItemEscalated)[0]
    days = hall.calendar.elapsed("working_day", START_MS, hall.now_ms)
    assert 3.0 <= days <= 4.0 and escalated.department == "market_regulation"
    for _ in range(8):
        hall.tick(12 * 3_600)
    assert len(hall.of(ItemEscalated)) == 1
    head = hall.world.roster.holder("department_head", hall.now_ms, "market_regulation")
    assert head is not None
    actor = Actor("person", head.id, HEAD)
    grant = GrantItem(id="c1", actor=actor, errand="E-0001", item="business_licence")
    assert [type(event) for event in hall.run(grant)][:2] == [CredentialIssued, ItemGranted]
    assert hall.of(ErrandCompleted)


def test_the_applicants_silence_ends_an_item(hall: Hall) -> None:
    hall.said("res_1", wish("birth_certificate", materials=()))
    until(hall, ItemEnded, 6 * 3_600)
    assert hall.errand().state is ErrandState.REFUSED
    assert said_states(hall)[-2:] == ["stopped", "refused_all"]


# --- malicious and repeated words -------------------------------------------------------------------------------------


def test_nobody_speaks_about_anothers_errand_nor_of_what_there_is_not(hall: Hall) -> None:
    hall.said("res_1", wish("birth_certificate", materials=()))
    until(hall, SupplementAsked)
    before = hall.errand()
    many = tuple(f"m{number}" for number in range(10_000))
    for person, word in (
        ("res_8", ErrandWord(errand="E-0001", word="withdraw")),
        ("res_8", ErrandWord(errand="E-0001", word="supply", materials=("hospital_record",))),
        ("res_1", ErrandWord(errand="E-9999", word="withdraw")),
        ("res_1", ErrandWord(errand="E-0001", word="supply", item="school_application", materials=("photo",))),
        ("res_1", ErrandWord(errand="E-0001", word="supply", materials=many)),
        ("res_1", ErrandWord(errand="E-0001", word="supply", materials=("sale_contract",))),
        ("res_1", ErrandWord(errand="E-0001", word="appeal", item="birth_certificate", ground="because I say so")),
        ("res_1", ErrandWord(errand="E-0001", word="appeal", item="birth_certificate", ground="unfair")),
        ("res_1", ErrandWord(errand="E-0001", word="appeal")),
        ("nobody", ErrandWord(errand="E-0001", word="withdraw")),
    ):
        hall.said(person, word)
        assert hall.errand() == before, word.word
    told = {event.reason for event in hall.of(WordRefused)}
    assert told == {
        "there is no such errand of yours", "this errand has no such item", "there is no such ground of appeal",
        "nothing of it can be appealed now",
    }  # fmt: skip


def test_the_same_message_twice_changes_nothing_twice(hall: Hall) -> None:
    wanted = wish("birth_certificate", materials=(), channel="counter")
    assert hall.said("res_1", wanted, wanted) and hall.said("res_1", wanted) == []
    assert len(hall.of(ErrandBegun)) == 1
    came = Presence(place="service_hall", entered=True)
    hall.said("res_1", came, came)
    assert hall.said("res_1", came) == [] and hall.errand().trips == 1
    until(hall, SupplementAsked, 60)
    supply = ErrandWord(errand="E-0001", word="supply", materials=("hospital_record",))
    rest = ErrandWord(errand="E-0001", word="supply", materials=("marriage_certificate", "identity_card"))
    hall.said("res_1", supply, rest, supply)
    assert len(hall.of(SupplementAnswered)) == 1
    assert hall.said("res_1", supply) == []
    withdraw = ErrandWord(errand="E-0001", word="withdraw")
    hall.said("res_1", withdraw, withdraw)
    assert hall.said("res_1", withdraw) == [] and len(hall.of(ErrandWithdrawn)) == 1
    assert hall.errand().state is ErrandState.WITHDRAWN and said_states(hall)[-1] == "withdrawn"


def test_officers_decide_for_their_own_department_and_only_what_can_be_decided(hall: Hall) -> None:
    hall.said("res_1", wish("birth_certificate", materials=("identity_card", "hospital_record")))
    health, police = Actor("person", "p-020", "clerk"), Actor("person", "p-021", "clerk")
    about: dict[str, Any] = {"errand": "E-0001", "item": "birth_certificate"}

    def no(command: Any) -> bool:
        return isinstance(hall.run(command)[0], CommandRefused)

    assert no(TakeReview(id="1", actor=police, **about))
    assert no(TakeReview(id="2", actor=Actor("person", "p-005", "dispatcher"), **about))
    assert no(GrantItem(id="3", actor=health, **about)), "something is missing"
    assert no(AskSupplement(id="4", actor=health, materials=("sale_contract",), **about))
    assert no(AskSupplement(id="5", actor=health, errand="E-0001", item="nothing"))
    assert no(DecideItemAppeal(id="6", actor=health, upheld=True, **about))
    assert isinstance(hall.run(AskSupplement(id="7", actor=health, **about))[0], SupplementAsked)
    assert no(AskSupplement(id="8", actor=health, **about))
    hall.said("res_1", ErrandWord(errand="E-0001", word="supply", materials=("marriage_certificate",)))
    assert isinstance(hall.run(TakeReview(id="9", actor=health, **about))[-1], ReviewTaken)
    assert no(TakeReview(id="10", actor=health, **about))
    refuse = RefuseItem(id="11", actor=health, ground="duplicate", remedy="appeal", **about)
    assert isinstance(hall.run(refuse)[0], ItemRefused)
    assert no(GrantItem(id="12", actor=health, **about))
    hall.said("res_8", wish("gas_transfer", "r2"))
    gas = Actor("person", "p-105", "clerk")
    assert no(TakeReview(id="g1", actor=gas, errand="E-0002", item="gas_transfer")), "nobody has been there yet"
    shut = CloseCounter(id="13", actor=health, place="service_hall")
    assert isinstance(hall.run(shut)[0], CounterClosed)
    assert no(msgspec.structs.replace(shut, id="14")) and no(msgspec.structs.replace(shut, id="15", place="moon"))
    assert isinstance(hall.run(OpenCounter(id="16", actor=health, place="service_hall"))[0], CounterOpened)


# --- every service, any applicant -------------------------------------------------------------------------------------


@st.composite
def days(draw: st.DrawFn) -> tuple[str, ServiceRequest, list[str]]:
    service = SERVICES[draw(st.sampled_from(sorted(SERVICES)))]
    materials = all_materials(service)
    given_ = tuple(id for id in materials if draw(st.booleans()))
    optional = tuple(item.id for item in service.items if item.optional and draw(st.booleans()))
    request = ServiceRequest(
        service=service.id, request_id="r1", form=form(service, **draw(st.sampled_from(({}, {"applicant": "x"})))),
        materials=given_, unwanted=optional, channel=draw(st.sampled_from(("online", "counter", "virtual"))),
    )  # fmt: skip
    acts = draw(
        st.lists(st.sampled_from(("supply", "some", "appeal", "let_go", "come", "wait", "withdraw")), max_size=12)
    )
    return service.id, request, acts


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days())
def test_every_fair_run_ends_and_a_restart_changes_nothing(
    grid_city: City, tmp_path: Path, day: tuple[str, ServiceRequest, list[str]]
) -> None:
    _, request, acts = day
    hall = whole(grid_city, tmp_path)
    hall.said("res_1", request)
    if not hall.of(ErrandBegun):
        assert hall.of(ErrandRefused)
        return
    for act in acts:
        hall.tick(4_000)
        do(hall, act)
        snapshot = hall.errands.snapshot()
        entries = hall.errands.book.agenda._entries
        hall.errands.restore(snapshot)
        assert hall.errands.snapshot() == snapshot and hall.errands.book.agenda._entries == entries
    for step in range(1_500):
        if hall.errand().ended:
            break
        hall.tick(5 * 3_600 if step % 3 else 600)
        for act in ("supply", "come", "appeal" if step % 2 else "wait", "let_go" if step % 7 == 0 else "wait"):
            do(hall, act)
    errand = hall.errand()
    assert errand.ended, (request, acts, errand.visit, errand.reviews, errand.progress)
    asked = [(one.errand, id) for one in hall.of(SupplementAsked) for id in one.materials]
    assert len(asked) == len(set(asked)), "each material is asked for once"
    granted = {one.item for one in hall.of(ItemGranted)}
    assert granted == {one.kind for one in hall.of(CredentialIssued)}
    assert not granted & {one.item for one in hall.of(ItemEnded)}
    assert len(hall.of(ErrandCompleted)) == (errand.state is ErrandState.COMPLETED)
    assert not hall.errands.book.agenda._entries and not hall.errands.book.agenda.busy()


def do(hall: Hall, act: str) -> None:
    errand: Errand = hall.errand()
    if errand.ended or act == "wait":
        return
    parts = errand.progress.parts
    waits = [id for id, part in parts.items() if part.state is P.SUPPLEMENT]
    refused = [id for id, part in parts.items() if part.state is P.REFUSED]
    appealed = [id for id, part in parts.items() if part.state is P.APPEALED]
    asked = tuple(id for id in errand.progress.asked if id not in errand.progress.held)
    if act in ("supply", "some") and waits:
        hall.said(
            "res_1", ErrandWord(errand=errand.id, word="supply", materials=asked if act == "supply" else asked[:1])
        )
    elif act == "appeal" and appealed:
        decide_appeal(hall, errand, appealed[0])
    elif act == "appeal" and refused:
        hall.said("res_1", ErrandWord(errand=errand.id, word="appeal", item=refused[0], ground="unfair"))
    elif act == "let_go" and (waits or refused):
        hall.said("res_1", ErrandWord(errand=errand.id, word="let_go", item=(waits or refused)[0]))
    elif act == "come":
        hall.come()
    elif act == "withdraw":
        hall.said("res_1", ErrandWord(errand=errand.id, word="withdraw"))


def decide_appeal(hall: Hall, errand: Errand, item: str) -> None:
    department = hall.errands.book.service_of(errand).item(item).department
    head = hall.world.roster.holder("department_head", hall.now_ms, department)
    if head is not None:
        upheld = bool(hall.turn % 2)
        actor = Actor("person", head.id, HEAD)
        hall.run(DecideItemAppeal(id=f"a{hall.turn}", actor=actor, errand=errand.id, item=item, upheld=upheld))


# --- other catalogues, other times ------------------------------------------------------------------------------------


def test_an_errand_ends_under_the_catalogue_that_it_began_under(grid_city: City, tmp_path: Path) -> None:
    before = whole(grid_city, tmp_path)
    before.said("res_1", wish("birth_certificate", materials=()))
    until(before, SupplementAsked, 10)
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config)
    file = config / "services" / "birth_certificate.toml"
    file.write_text(file.read_text().replace('id = "hospital_record"', 'id = "hospital_letter"'))
    after = whole(grid_city, tmp_path, config)
    after.now_ms, after.turn = before.now_ms, before.turn
    for desk, old in zip(after.desks, before.desks, strict=True):
        desk.restore(old.snapshot())
    after.tick(1)
    assert [event.digest for event in after.of(CatalogueOffered)], "the other catalogue is told"
    assert after.errands.book.services["birth_certificate"].version != after.errand().version
    after.said("res_1", ErrandWord(errand="E-0001", word="supply", materials=after.errand().progress.asked))
    until(after, ErrandCompleted)
    after.said("res_1", wish("birth_certificate", "r2", materials=("identity_card", "hospital_letter")))
    until(after, SupplementAsked)
    assert after.of(SupplementAsked)[0].materials == ("marriage_certificate",)


def test_the_catalogue_is_told_once_and_retained(hall: Hall) -> None:
    hall.tick(1)
    hall.tick(1)
    offers = [message for message in hall.sent if message.topic.startswith("hall/services/")]
    assert {message.topic.rpartition("/")[2] for message in offers} == set(SERVICES) and len(offers) == len(SERVICES)
    assert all(message.retain and message.qos == 1 for message in offers)
    newborn = next(message for message in offers if message.topic.endswith("/newborn"))
    offer = msgspec.json.decode(newborn.payload, type=ServiceOffer)
    assert len(offer.items) == 7 and "birth_paper" not in {one.id for one in offer.materials}
    assert next(one for one in offer.items if one.id == "social_security_card").delivery == "post"


def test_ten_thousand_papers_are_ten_thousand_too_many(hall: Hall) -> None:
    many = tuple(f"m{number}" for number in range(10_000))
    hall.said("res_1", wish("birth_certificate", materials=many))
    assert hall.of(ErrandBegun)[0].materials == (), "papers that nobody asks for are not kept"


def test_pages_say_what_is_where(hall: Hall) -> None:
    hall.said("res_1", wish("restaurant", materials=()))
    until(hall, SupplementAsked, 10)
    card = hall.board.page("errand", "E-0001", hall.now_ms)
    assert card is not None and codec.decode(codec.encode(card), Card) == card
    graph = next(section for section in card.sections if isinstance(section, Graph))
    assert {step.id: step.state for step in graph.steps}["business_licence"] == "active"
    department = SERVICES["restaurant"].item("business_licence").department
    work = hall.board.page("hall_work", department, hall.now_ms)
    assert work is not None and hall.board.page("hall_work", "circus", hall.now_ms) is None
    assert codec.decode(codec.encode(work), Card) == work
    words = {action.command for action in card.actions}
    assert "RefuseErrand" in words and card.state is not None and "asked for" in card.state.msgid
