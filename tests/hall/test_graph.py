"""An application's way through its graph: every fair run ends, nothing begins early, nothing is asked twice."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.hall import graph
from services.hall.catalogue import Basis, Item, Limit, Material, Service
from services.hall.eligibility import Condition
from services.hall.graph_state import DONE, ENDED, FOLLOWS, GraphError, NotEligibleError, P, PartState, Progress
from twin.core.text import Name, Text

HOUR = 3_600_000
WHY, REMEDY = Text("the photograph is blurred"), Text("bring a new one")


def due(now_ms: int, limit: Limit) -> int:
    return now_ms + round(limit.amount * (8 if limit.kind == "working_day" else 1) * HOUR)


def an_item(id: str, **fields: object) -> Item:
    name = Name(id, f"事项{id}")
    common: dict[str, object] = {
        "id": id, "name": name, "department": "police", "reads": (), "claims": (), "service_s": (60.0, 90.0),
        "basis": Basis(f"{id}/statute", "statutory", name), "after": (), "reuses": (),
    }  # fmt: skip
    return Item(**{**common, **fields})  # type: ignore[arg-type]


def a_service(*items: Item) -> Service:
    return Service(
        id="s", version="1", name=Name("s", "事"), icon="person", place_kind="service_hall", reception="police",
        purpose="service", fields=(), items=items,
    )  # fmt: skip


def a_material(id: str, by: str = "") -> Material:
    return Material(id, Name(id, id), by, not by)


@st.composite
def services(draw: st.DrawFn) -> Service:
    """Up to seven items in layers, some reviewed together, some optional, needing up to four materials."""
    items: list[Item] = []
    for layer in range(draw(st.integers(1, 3))):
        earlier = [item.id for item in items]
        after = tuple(draw(st.lists(st.sampled_from(earlier), unique=True, max_size=3))) if earlier else ()
        joint = draw(st.booleans())
        size = draw(st.integers(2 if joint else 1, 3))
        for number in range(size):
            mine = after if joint else tuple(one for one in after if draw(st.booleans()))
            by = draw(st.sampled_from(["", *(id for id in mine)]))
            wanted = draw(st.lists(st.sampled_from(["photo", "lease", "plan"]), unique=True))
            materials = tuple(a_material(id) for id in wanted) + ((a_material(f"paper_{by}", by),) if by else ())
            items.append(
                an_item(
                    f"i{layer}{number}",
                    after=mine,
                    joint=f"j{layer}" if joint else "",
                    materials=materials,
                    optional=draw(st.booleans()),
                    delivery=draw(st.sampled_from(["credential", "post", "pick_up"])),
                    statutory=Limit("working_day", 5.0),
                    promised=Limit("working_hour", 4.0),
                )
            )
    return a_service(*items)


Move = tuple[str, Callable[[], Progress]]


def moves(service: Service, now: Progress, city_ms: int) -> list[Move]:
    """Everything that anybody may do next."""
    found: list[Move] = []
    for group in graph.ready(service, now):
        found.append((f"start {group}", partial(graph.start, service, now, group, city_ms, due)))
    for id, part in now.parts.items():
        found += _moves_of(service, now, id, part.state, city_ms)
    return found


def _moves_of(service: Service, now: Progress, id: str, state: PartState, city_ms: int) -> list[Move]:
    missing = tuple(one.id for one in graph.lacking(service, now, id))
    can_ask = tuple(one for one in missing if one not in now.asked)
    match state:
        case P.REVIEW:
            found: list[Move] = [
                (f"refuse {id}", lambda: graph.refuse(service, now, id, WHY, REMEDY, city_ms, due)),
            ]
            if not missing:
                found.append((f"grant {id}", lambda: graph.grant(service, now, id)))
            if can_ask:
                found.append((f"ask {id}", lambda: graph.ask(now, id, can_ask, city_ms, due)))
            return found
        case P.SUPPLEMENT:
            return [
                (f"answer {id}", lambda: graph.answer(service, now, id, missing, city_ms, due)),
                (f"half answer {id}", lambda: graph.answer(service, now, id, missing[1:], city_ms, due)),
                (f"let go {id}", lambda: graph.let_go(service, now, id)),
            ]
        case P.REFUSED:
            found = [(f"let go {id}", lambda: graph.let_go(service, now, id))]
            if not now.parts[id].appealed:
                found.append((f"appeal {id}", lambda: graph.appeal(service, now, id, city_ms, due)))
            return found
        case P.APPEALED:
            return [
                (f"uphold {id}", lambda: graph.decide_appeal(service, now, id, True, city_ms, due)),
                (f"set aside {id}", lambda: graph.decide_appeal(service, now, id, False, city_ms, due)),
            ]
        case P.GRANTED:
            return [(f"deliver {id}", lambda: graph.deliver(now, id))]
        case _:
            return []


@given(services(), st.data())
def test_every_fair_run_ends_and_nothing_begins_early_or_is_asked_twice(service: Service, data: st.DataObject) -> None:
    unwanted = {item.id for item in service.items if item.optional and data.draw(st.booleans())}
    now = graph.begin(service, {}, unwanted=unwanted)
    wanted = [one.id for one in graph.to_bring(service, now)]
    assert len(wanted) == len(set(wanted))
    brought = [one for one in wanted if data.draw(st.booleans())]
    now = graph.begin(service, {}, given=brought, unwanted=unwanted)
    asked: list[str] = []
    for step in range(40 * len(service.items)):
        possible = moves(service, now, step * HOUR)
        if not possible:
            break
        assert graph.waits(service, now), "who waits is told why"
        _, move = data.draw(st.sampled_from(possible))
        then = move()
        for id, part in then.parts.items():
            before = now.parts[id].state
            assert part.state is before or part.state in FOLLOWS[before]
            if before is P.WAITING and part.state is P.REVIEW:
                assert all(now.parts[one].state in DONE for one in service.item(id).after)
        asked += then.asked[len(now.asked) :]
        now = then
    assert graph.completed(now), {id: part.state for id, part in now.parts.items()}
    assert not graph.waits(service, now)
    assert len(asked) == len(set(asked)) and not set(asked) & set(brought)
    for item in service.items:
        if now.parts[item.id].state in (P.CLOSED, P.STOPPED, P.SKIPPED):
            assert now.parts[item.id].why is not None


@given(services())
def test_with_what_the_form_asks_for_every_item_is_granted_at_once(service: Service) -> None:
    """The form asks for enough: nobody is asked again, and the parts go side by side where they can."""
    now = graph.begin(service, {})
    now = graph.begin(service, {}, given=[one.id for one in graph.to_bring(service, now)])
    rounds = 0
    while not graph.completed(now):
        groups = graph.ready(service, now)
        assert groups
        for group in groups:
            now = graph.start(service, now, group, 0, due)
        for group in groups:
            for id in group:
                now = graph.grant(service, now, id)
                now = graph.deliver(now, id) if now.parts[id].state is P.GRANTED else now
        rounds += 1
    assert set(graph.granted(now)) == {item.id for item in service.items}
    assert rounds <= 3, "three layers take three rounds, however many items there are"


@given(services(), st.data())
def test_what_the_applicant_does_not_answer_and_the_office_does_not_decide_ends_too(
    service: Service, data: st.DataObject
) -> None:
    """Silence: the office's goes up once and no further; the applicant's ends the item."""
    now, city_ms = graph.begin(service, {}), 0
    while not graph.completed(now):
        for group in graph.ready(service, now):
            now = graph.start(service, now, group, city_ms, due)
        city_ms += 400 * HOUR
        late = graph.overdue(now, city_ms)
        assert set(late) == {id for id, part in now.parts.items() if part.state in (P.REVIEW, P.APPEALED)}
        for id in late:
            now = graph.escalate(now, id, city_ms)
            assert id not in graph.overdue(now, city_ms + HOUR)
            now = graph.refuse(service, now, id, WHY, REMEDY, city_ms, due)
        city_ms += 400 * HOUR
        for id in graph.run_out(now, city_ms):
            now = graph.let_go(service, now, id)
    assert all(part.state in ENDED for part in now.parts.values())


def test_a_joint_review_begins_together_or_not_at_all() -> None:
    service = a_service(
        an_item("a"), an_item("b", after=("a",), joint="site"), an_item("c", after=("a",), joint="site")
    )
    now = graph.begin(service, {})
    assert graph.ready(service, now) == (("a",),)
    assert graph.waits(service, now)["b"].args["item"] == Name("a", "事项a")
    now = graph.grant(service, graph.start(service, now, ("a",), 0, due), "a")
    assert graph.ready(service, now) == (("b", "c"),)
    with pytest.raises(GraphError):
        graph.start(service, now, ("b",), 0, due)
    now = graph.start(service, now, ("b", "c"), HOUR, due)
    assert now.parts["b"].begun_ms == now.parts["c"].begun_ms == HOUR


def test_what_is_granted_lets_the_next_begin_before_the_post_brings_it() -> None:
    service = a_service(an_item("a", delivery="post"), an_item("b", after=("a",)))
    now = graph.grant(service, graph.start(service, graph.begin(service, {}), ("a",), 0, due), "a")
    assert now.parts["a"].state is P.GRANTED and graph.ready(service, now) == (("b",),)
    assert not graph.completed(graph.deliver(now, "a"))


def test_a_refusal_stops_what_rests_on_it_and_nothing_else() -> None:
    service = a_service(an_item("a"), an_item("b", after=("a",)), an_item("c", after=("b",)), an_item("d"))
    now = graph.start(service, graph.begin(service, {}), ("a",), 0, due)
    now = graph.refuse(service, now, "a", WHY, REMEDY, 0, due)
    assert now.parts["b"].state is P.WAITING, "it can still be appealed"
    now = graph.decide_appeal(service, graph.appeal(service, now, "a", 0, due), "a", True, 0, due)
    assert [now.parts[id].state for id in "abcd"] == [P.CLOSED, P.STOPPED, P.STOPPED, P.WAITING]
    assert now.parts["c"].remedy == REMEDY and now.parts["a"].why == WHY


def test_an_appeal_is_made_once() -> None:
    service = a_service(an_item("a"))
    now = graph.start(service, graph.begin(service, {}), ("a",), 0, due)
    now = graph.appeal(service, graph.refuse(service, now, "a", WHY, REMEDY, 0, due), "a", 0, due)
    now = graph.decide_appeal(service, now, "a", False, 0, due)
    assert now.parts["a"].state is P.REVIEW
    now = graph.refuse(service, now, "a", WHY, REMEDY, 0, due)
    assert now.parts["a"].state is P.CLOSED
    with pytest.raises(GraphError):
        graph.appeal(service, now, "a", 0, due)


def test_supplements_stop_the_clock_and_are_asked_once() -> None:
    item = an_item("a", materials=(a_material("photo"), a_material("lease")), statutory=Limit("working_hour", 10.0))
    service = a_service(item)
    now = graph.start(service, graph.begin(service, {}), ("a",), 0, due)
    with pytest.raises(GraphError, match="not there"):
        graph.grant(service, now, "a")
    now = graph.ask(now, "a", ("photo", "lease"), 5 * HOUR, due)
    assert graph.overdue(now, 100 * HOUR) == () and graph.run_out(now, 100 * HOUR) == ("a",)
    now = graph.answer(service, now, "a", ("photo",), 50 * HOUR, due)
    assert now.parts["a"].until_ms == 60 * HOUR, "the law's limit runs from the complete application"
    with pytest.raises(GraphError, match="asked already"):
        graph.ask(now, "a", ("lease",), 51 * HOUR, due)
    now = graph.refuse(service, now, "a", WHY, REMEDY, 52 * HOUR, due)
    assert now.parts["a"].state is P.REFUSED


def test_who_may_not_ask_is_told_why_and_an_optional_item_is_left_out() -> None:
    adult = (Condition(fact="age", at_least=18),)
    service = a_service(an_item("a", eligibility=adult))
    with pytest.raises(NotEligibleError) as refused:
        graph.begin(service, {"age": 17})
    assert refused.value.why.args["item"] == Name("a", "事项a")
    service = a_service(an_item("a", eligibility=adult, optional=True), an_item("b", after=("a",)))
    now = graph.begin(service, {"age": 17})
    assert now.parts["a"].state is P.SKIPPED and graph.ready(service, now) == (("b",),)


def test_a_refusal_needs_words() -> None:
    service = a_service(an_item("a"))
    now = graph.start(service, graph.begin(service, {}), ("a",), 0, due)
    for why, remedy in ((Text(" "), REMEDY), (WHY, Text(""))):
        with pytest.raises(GraphError, match="reason and a remedy"):
            graph.refuse(service, now, "a", why, remedy, 0, due)
