"""Steps of a case drawn blindly, with every field that they may have."""

from __future__ import annotations

from typing import Any

from governance_bench import START_MS, CalmState
from hypothesis import strategies as st

from services.facts.base import SYSTEM, Actor
from services.facts.evidence import Evidence, Proof
from services.facts.governance import CaseEvent
from services.governance.lifecycle import ANYWHERE, CLOSED_ONLY, ROWS
from twin.core.text import Text

ACTORS = (
    Actor("person", "p-001", "duty_chief"),
    Actor("person", "p-003", "acceptor"),
    Actor("person", "p-005", "dispatcher"),
    Actor("person", "p-007", "handler"),
    Actor("person", "p-042", "department_head"),
    Actor("person", "p-029", "assessor"),
    Actor("colleague", "colleague/dispatcher", "dispatcher", "p-005"),
    Actor("rule", "department/water/dispatch", "handler", "p-007"),
    Actor("person", "p-014", "collector"),
    Actor("rule", "scene/x/close", "duty_chief", "p-001"),
    Actor("rule", "scene/x/file", "acceptor", "p-003"),
    Actor("rule", "routing/R-1", "dispatcher", "p-005"),
    Actor("unit", "pump_truck_1"),
    Actor("resident", "res_0001"),
    SYSTEM,
)
STEPS = tuple(dict.fromkeys([*(row.step for row in ROWS), *ANYWHERE, *CLOSED_ONLY]))
STATES: tuple[CalmState, ...] = ("calm", "holding", "not_calm", "undecided")
PROOFS = st.lists(
    st.sampled_from(STATES).map(
        lambda state: Proof(
            condition="x/y",
            subject="d01",
            quantity="level",
            value=0.1,
            unit="m",
            observed_ms=1,
            state=state,
            why=Text("as told"),
        )
    ),
    max_size=2,
).map(tuple)
FIELDS: dict[str, Any] = {
    "by": st.sampled_from(("", "p-003")),
    "department": st.sampled_from(("", "water")),
    "rule": st.just("R-1"),
    "tried": st.just(()),
    "owner": st.just("p-001"),
    "unit": st.just("pump_truck_1"),
    "order": st.sampled_from(("C-0001/1", "C-0001/2", "C-0001/3")),
    "task": st.just("pump"),
    "number": st.just(0),
    "issued_ms": st.just(START_MS),
    "expires_ms": st.just(START_MS + 1),
    "longitude": st.just(117.0),
    "latitude": st.just(31.0),
    "target": st.just(""),
    "travel_s": st.just(60.0),
    "candidates": st.just(()),
    "state": st.just("driving"),
    "how": st.sampled_from(("refused", "expired", "broken_down")),
    "early": st.booleans(),
    "readings": PROOFS,
    "stage": st.sampled_from(("filing", "closing")),
    "collector": st.sampled_from(("p-014", "p-015")),
    "finding": st.sampled_from(("confirmed", "resolved", "unresolved", "nothing_found")),
    "note": st.just("n"),
    "from_post": st.sampled_from(("acceptor", "dispatcher", "handler", "duty_chief")),
    "from_department": st.sampled_from(("operations_centre", "water")),
    "to_post": st.sampled_from(("acceptor", "dispatcher", "handler")),
    "to_department": st.sampled_from(("", "water")),
    "back": st.booleans(),
    "post": st.sampled_from(("acceptor", "dispatcher", "handler")),
    "person": st.sampled_from(("", "p-003", "p-007")),
    "file_by_ms": st.sampled_from((0, START_MS + 3_600_000)),
    "commands": st.sampled_from(("", "water")),
    "kind": st.sampled_from(("extension", "suspension")),
    "minutes": st.sampled_from((0, 30)),
    "ground": st.sampled_from(("timeout", "leader", "importance")),
    "granted": st.booleans(),
    "was": st.just("subdistrict"),
    "code": st.sampled_from(("02007", "02001")),
    "signals": st.sampled_from(((), ("S-1",), ("S-2",))),
    "new": st.just("C-0003"),
    "scene": st.just("flooded_underpass"),
    "reached": st.booleans(),
    "solved": st.booleans(),
    "satisfied": st.booleans(),
    "into": st.just("C-0002"),
    "clock": st.sampled_from(("accept", "handle")),
    "due_ms": st.just(START_MS),
    "outcome": st.sampled_from(("verified", "checked", "untested")),
    "checked_by": st.sampled_from(("", "p-014", "p-015")),
    "closure": st.just("C-0001"),
    "roads": st.just(("v21",)),
    "edges": st.just((1,)),
    "from_ms": st.just(START_MS),
    "until_ms": st.sampled_from((START_MS + 1, START_MS + 30_000_000)),
    "severity": st.sampled_from((1, 2, 3, 4)),
    "evidence": st.just(
        Evidence(
            signal="S-2",
            condition="x/y",
            subject="d02",
            source="d02",
            value=0.3,
            unit="m",
            observed_ms=START_MS,
            noticed_ms=START_MS,
            provenance=1,
        )
    ),
    "renewed": st.booleans(),
}


TO: dict[str, Any] = {
    "CaseReturned": st.sampled_from(("dispatcher", "acceptor")),
    "TierMoved": st.sampled_from(("city", "district", "subdistrict")),
}


@st.composite
def steps(draw: st.DrawFn) -> CaseEvent:
    step = draw(st.sampled_from(STEPS))
    given_fields = {name: draw(FIELDS[name]) for name in step.__struct_fields__ if name in FIELDS}
    if step.__name__ in TO:
        given_fields["to"] = draw(TO[step.__name__])
    return step(
        actor=draw(st.sampled_from(ACTORS)),
        reason=draw(st.sampled_from(("", "because"))),
        case="C-0001",
        **given_fields,
    )
