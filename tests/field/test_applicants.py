"""Residents ask for services, follow the hall's answers with their own legs, and always get back to their day."""

from __future__ import annotations

from collections import Counter
from datetime import date

import msgspec
import pytest
from errand_bench import HALL, SERVICES, Said, Town, settings_of, town
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.city.errand_conduct import TABLE, Act, Stage, act_on
from twin.city.errand_demand import Ask
from twin.city.model import City
from twin.field.applicants import MOST_EACH
from twin.field.speaking import _ANYTHING, WHOLE_CONSENT
from twin.formats.civic import ConsentWord, ErrandWord, MandateWord, Presence, ServiceRequest


def asked(said: list[Said]) -> list[Said]:
    return [one for one in said if one.kind == "request"]


def first(made: Town, by: str, seconds: int = 4000) -> Said:
    """The first application that comes this way."""
    found: list[Said] = []
    for _ in range(seconds // 20):
        found += [one for one in asked(made.run(20)) if one.by.startswith(by)]
        if found:
            return found[0]
    raise AssertionError(f"nobody asked by {by}")


def request(said: Said) -> ServiceRequest:
    assert isinstance(said.body, ServiceRequest)
    return said.body


def kind_of(said: list[Said], pseudonym: str, kind: str) -> list[object]:
    return [one.body for one in said if (one.pseudonym, one.kind) == (pseudonym, kind)]


# --- asking ----------------------------------------------------------------------------------------------------------


def test_they_ask_for_many_services_by_every_way_and_fill_the_one_form(grid_city: City) -> None:
    made = town(grid_city, settings_of(often=40.0), residents=200)
    said = asked(made.run(5400))
    words = {request(one).request_id: request(one) for one in said}
    assert len({one.service for one in words.values()}) >= 8
    channels = Counter(one.channel for one in words.values())
    assert set(channels) == {"online", "virtual", "counter", "kiosk", "phone"} and channels["online"] > len(words) / 3
    for one in words.values():
        service = SERVICES[one.service]
        assert set(one.form) == {field.id for field in service.fields} and all(one.form.values())
        needed = {material.id for item in service.items for material in item.materials}
        assert set(one.materials) <= needed
    for asking in said:
        terminal = {"counter": "te-", "kiosk": "sk-", "phone": "12345"}.get(request(asking).channel, "phone")
        assert asking.by.startswith(terminal), (asking.by, request(asking).channel)


def test_without_the_catalogue_nobody_can_ask_and_once_it_is_there_they_do(grid_city: City) -> None:
    made = town(grid_city, settings_of(often=20.0), offers=False)
    assert asked(made.run(900)) == []
    again = town(grid_city, settings_of(often=20.0))
    for id, offer in again.applicants.state.offers.items():
        made.applicants.state.offers[id] = offer
    made.applicants.load(made.applicants.dump())
    assert asked(made.run(600))


def test_an_unanswered_application_is_sent_again_the_same_and_given_up_at_last(grid_city: City) -> None:
    made = town(grid_city, settings_of(often=6.0))
    one = first(made, "phone")
    again = [other for other in asked(made.run(300)) if request(other).request_id == request(one).request_id]
    assert len(again) >= 3 and all(other.body == one.body for other in again)
    made.run(1300)
    assert request(one).request_id not in made.applicants.state.applicants


def test_a_counter_is_walked_to_and_the_clerk_types_what_they_say(grid_city: City) -> None:
    made = town(grid_city, settings_of(often=20.0))
    one = first(made, "te-")
    row = made.row(one.pseudonym)
    assert made.people.place(row) == HALL and made.people.bodies.busy[row]
    made.answer(row, request_id=request(one).request_id, state="accepted", step="accepted", place=HALL)
    made.answer(row, request_id=request(one).request_id, state="queued", step="x", place=HALL, visit="intake")
    made.run(30)
    assert made.people.place(row) == HALL
    made.answer(row, request_id=request(one).request_id, state="served", step="x")
    made.run(3)
    assert not made.people.bodies.busy[row] and request(one).request_id in made.applicants.state.applicants


def test_a_broken_kiosk_sends_them_to_the_counter_beside_it(grid_city: City) -> None:
    made = town(grid_city, settings_of(often=40.0), residents=200)
    made.broken.add("sk-1")
    said = asked(made.run(3600))
    assert said and not [one for one in said if one.by == "sk-1"]


def test_who_has_not_agreed_does_so_with_the_application_and_not_before(grid_city: City) -> None:
    made = town(grid_city, settings_of(often=40.0))
    said = made.run(3600)
    for one in asked(said):
        consents = made.people.register[made.row(one.pseudonym)].consents
        given = [word for word in kind_of(said, one.pseudonym, "consent") if isinstance(word, ConsentWord)]
        if "service" not in consents and not request(one).on_behalf:
            assert any(word.purpose == f"service/{request(one).service}" and word.given for word in given)
        elif not request(one).on_behalf:
            assert all(word.on_behalf for word in given)


def test_parents_ask_in_their_childs_name(grid_city: City) -> None:
    made = town(grid_city, settings_of(often=60.0), residents=200)
    wards = [request(one) for one in asked(made.run(5400)) if request(one).on_behalf]
    by_name = [(one, made.people.register[made.row(one.on_behalf)]) for one in wards]
    children = [(one, ward) for one, ward in by_name if ward.disability != "memory"]
    assert children
    for one, child in children:
        assert child.birth_year > 2012 and child.name.zh in one.form.values() and not one.mandate


def test_a_grown_child_asks_for_the_old_once_the_mandate_is_there(grid_city: City) -> None:
    made = town(grid_city, settings_of(often=100.0, proxy=1.0), residents=200)
    said = made.run(3000)
    words = [one for one in said if isinstance(one.body, MandateWord)]
    assert words
    mandate = words[0].body
    assert isinstance(mandate, MandateWord) and 0 < mandate.until_ms - mandate.from_ms <= 31 * 86_400_000
    asking = [one for one in made.applicants.state.applicants.values() if one.mandated]
    assert asking and not [one for one in asked(said) if one.pseudonym == mandate.proxy and request(one).mandate]
    wanting = asking[0]
    made.answer(wanting.of, request_id="mandate/M-0007", errand="", step="mandate", state="given")
    assert not wanting.mandated and wanting.words is not None and wanting.words.mandate == "M-0007"
    assert wanting.words.on_behalf == made.people.register[wanting.of].pseudonym


def test_a_guardian_asks_for_who_has_lost_their_memory(grid_city: City) -> None:
    made = town(grid_city, settings_of(), residents=400, asks=False)
    planner, people = made.applicants._planner, made.people.register
    lost = [row for row, one in enumerate(people) if one.disability == "memory" and not one.alone]
    assert lost
    for row in lost:
        plan = planner.plan(Ask("identity_check/2026-06-15/0", "identity_check", row, date(2026, 6, 15), 0.5))
        guardian = people[plan.row]
        assert plan.of == row != plan.row and not plan.mandate
        assert guardian.household == people[row].household and guardian.disability != "memory"


# --- following -------------------------------------------------------------------------------------------------------


def waiting(made: Town, by: str = "phone") -> tuple[int, str]:
    """Somebody whose application the hall has; their row and request."""
    one = first(made, by)
    made.answer(made.row(one.pseudonym), request_id=request(one).request_id, state="accepted", step="accepted")
    return made.row(one.pseudonym), request(one).request_id


def test_while_the_hall_works_on_it_they_live_on(grid_city: City) -> None:
    made = town(grid_city, settings_of(often=6.0))
    row, id = waiting(made)
    assert made.applicants.state.applicants[id].stage is Stage.RESTING and not made.people.bodies.busy[row]
    assert not [one for one in asked(made.run(300)) if request(one).request_id == id]


def test_they_come_when_told_show_themselves_wait_and_go_home(grid_city: City) -> None:
    made = town(grid_city, settings_of(often=6.0))
    row, id = waiting(made)
    made.answer(row, request_id=id, state="expected", step="x", item="x", place=HALL, visit="item", until_ms=-1)
    said: list[Said] = []
    while made.people.place(row) != HALL:
        said += made.run(10)
        assert made.now.since_s < 8000
    said += made.run(300)
    pseudonym = made.people.register[row].pseudonym
    assert Presence(place=HALL, entered=True) in kind_of(said, pseudonym, "presence")
    made.answer(row, request_id=id, state="serving", step="x", place=HALL, visit="item")
    made.run(60)
    assert made.people.place(row) == HALL
    made.answer(row, request_id=id, state="completed", step="completed")
    made.run(2)
    assert not made.people.bodies.busy[row] and made.people.place(row) == ""
    assert id not in made.applicants.state.applicants


def test_what_is_asked_for_is_brought_once_by_phone(grid_city: City) -> None:
    made = town(grid_city, settings_of(often=6.0))
    row, id = waiting(made)
    for _ in range(3):
        made.answer(row, request_id=id, state="asked", step="a", item="a", materials=("photo", "lease"), until_ms=-1)
    said = made.run(120)
    pseudonym = made.people.register[row].pseudonym
    words = kind_of(said, pseudonym, "errand")
    assert words == [ErrandWord(errand="E-1", word="supply", item="a", materials=("photo", "lease"))]
    assert not made.people.bodies.busy[row]


def test_who_has_no_phone_carries_it_to_the_counter(grid_city: City) -> None:
    made = town(grid_city, settings_of(often=20.0))
    row, id = waiting(made, "te-")
    made.answer(row, request_id=id, state="served", step="x")
    made.run(5)
    made.answer(row, request_id=id, state="asked", step="a", item="a", materials=("photo",), place=HALL,
                visit="supplement")  # fmt: skip
    said = made.run(2400)
    mine = [one for one in said if one.pseudonym == made.people.register[row].pseudonym and one.kind == "errand"]
    assert [one.body for one in mine] == [ErrandWord(errand="E-1", word="supply", item="a", materials=("photo",))]
    assert mine[0].by.startswith("te-")


@pytest.mark.parametrize(("appeals", "word"), [(1.0, "appeal"), (0.0, "let_go")])
def test_a_refusal_is_appealed_or_let_go_once(grid_city: City, appeals: float, word: str) -> None:
    made = town(grid_city, settings_of(often=6.0, appeals=appeals))
    row, id = waiting(made)
    for _ in range(2):
        made.answer(row, request_id=id, state="refused", step="a", item="a", until_ms=-1)
    words = kind_of(made.run(120), made.people.register[row].pseudonym, "errand")
    assert [one.word for one in words if isinstance(one, ErrandWord)] == [word]
    assert all((one.ground != "") == (word == "appeal") for one in words if isinstance(one, ErrandWord))


def test_some_withdraw_and_some_take_their_consent_back_and_agree_again(grid_city: City) -> None:
    made = town(grid_city, settings_of(often=6.0, withdraws=1.0, takes_back=1.0))
    row, id = waiting(made)
    pseudonym = made.people.register[row].pseudonym
    words = kind_of(made.run(150), pseudonym, "errand")
    assert [one.word for one in words if isinstance(one, ErrandWord)] == ["withdraw"]
    made.answer(row, request_id=id, state="withdrawn", step="withdrawn")
    assert ConsentWord(purpose=_ANYTHING, given=False) in kind_of(made.run(150), pseudonym, "consent")
    assert row in made.applicants.state.silent and not made.people.phones.may(row, "request")
    made.applicants.load(made.applicants.dump())
    assert not made.people.phones.may(row, "request"), "a field that goes on knows it"


def test_a_consent_that_the_hall_says_is_gone_is_gone_for_the_phone_too(grid_city: City) -> None:
    made = town(grid_city, settings_of(often=20.0, agrees_again=0.0))
    for row in range(len(made.people.register)):
        made.answer(row, request_id=WHOLE_CONSENT, errand="", step="consent", state="withdrawn")
    said = made.run(2400)
    assert asked(said) and not [one for one in asked(said) if one.by == "phone"]
    for row in list(made.applicants.state.silent):
        made.answer(row, request_id=WHOLE_CONSENT, errand="", step="consent", state="given")
    assert not made.applicants.state.silent and first(made, "phone")


def test_nobody_waits_for_ever_for_a_hall_that_says_nothing(grid_city: City) -> None:
    made = town(grid_city, settings_of(often=6.0))
    row, id = waiting(made)
    made.answer(row, request_id=id, state="expected", step="x", place=HALL, visit="item")
    while not made.people.bodies.busy[row] or made.people.place(row) != HALL:
        made.run(10)
        assert made.now.since_s < 8000
    made.run(1300)
    assert not made.people.bodies.busy[row]


def test_a_closed_hall_sends_them_home_and_they_come_back_when_told(grid_city: City) -> None:
    made = town(grid_city, settings_of(often=6.0))
    row, id = waiting(made)
    made.answer(row, request_id=id, state="expected", step="x", place=HALL, visit="item")
    made.run(60)
    made.answer(row, request_id=id, state="closed_hall", step="x", place=HALL)
    made.run(3)
    assert not made.people.bodies.busy[row]
    made.answer(row, request_id=id, state="expected", step="x", place=HALL, visit="item")
    made.run(5)
    assert made.people.bodies.busy[row]


def test_an_answer_about_an_older_errand_is_followed_where_something_is_to_be_done(grid_city: City) -> None:
    made = town(grid_city, settings_of(), asks=False)
    made.run(1)
    made.answer(3, request_id="old/1", errand="E-9", state="granted", step="a", item="a")
    assert not made.applicants.state.applicants
    made.answer(3, request_id="old/1", errand="E-9", state="expected", step="a", place=HALL, visit="pick_up")
    made.answer(5, request_id="old/2", errand="E-8", state="asked", step="a", item="a", materials=("photo",))
    made.run(5)
    assert made.people.bodies.busy[3]
    said = made.run(200)
    assert ErrandWord(errand="E-8", word="supply", item="a", materials=("photo",)) in [one.body for one in said]
    for number in range(40):
        made.answer(7, request_id=f"flood/{number}", errand=f"E-{number}", state="expected", step="a", place=HALL)
    assert sum(1 for _ in made.applicants.state.of(7)) == MOST_EACH


# --- whatever is said ------------------------------------------------------------------------------------------------


def test_the_table_says_what_to_do_at_every_stage() -> None:
    heard = {state for _, state in TABLE}
    stages = [stage for stage in Stage if stage is not Stage.OVER]
    assert set(TABLE) == {(stage, state) for stage in stages for state in heard}
    assert act_on(Stage.OVER, "expected") is act_on(Stage.ASKED, "nonsense") is Act.KEEP


STATES = [*sorted({state for _, state in TABLE}), "", "nonsense", "given"]
ANSWERS = st.tuples(
    st.sampled_from(STATES), st.sampled_from(["mine", "mine", "mine", "other", ""]),
    st.sampled_from([HALL, HALL, "nowhere", ""]), st.sampled_from(["", "intake", "item", "supplement", "pick_up"]),
    st.sampled_from([(), ("photo",)]), st.sampled_from(["", "a", "b"]), st.integers(1, 240),
)  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(answers=st.lists(ANSWERS, max_size=10), row=st.integers(0, 29))
def test_whatever_the_hall_says_in_any_order_everybody_gets_back_to_their_day(
    grid_city: City, answers: list[tuple[str, str, str, str, tuple[str, ...], str, int]], row: int
) -> None:
    made = town(grid_city, settings_of(), residents=30, asks=False)
    made.run(1)
    for state, request_id, place, visit, materials, item, seconds in answers:
        for step in ("x", "mandate" if state == "given" else "x"):
            made.answer(row, request_id=request_id, errand="E-1", step=step, state=state, place=place, visit=visit,
                        materials=materials, item=item)  # fmt: skip
        made.run(seconds)
    kept = made.applicants.dump()
    made.applicants.load(kept)
    assert made.applicants.dump() == kept
    for _ in range(12):
        if made.at_home_in_their_day():
            break
        made.run(1000)
    assert made.at_home_in_their_day()
    assert msgspec.msgpack.decode(kept) is not None
