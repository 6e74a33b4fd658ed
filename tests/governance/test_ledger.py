"""Who is within reach of a hazard, and what stood in the city while a decision did."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from governance_bench import CONFIG, Bench, flood, world_of

from services.facts.base import Actor
from services.facts.casework import AutomationSet
from services.facts.governance import CaseFiled, CloseByForce
from services.facts.ledger import DecisionWeighed, TollEstimated
from services.governance.exposure import Exposure
from services.governance.ledger import LedgerDesk
from services.governance.measures_settings import ExposureSettings, load_measures
from services.governance.sensing import Sensing
from twin.city.model import City
from twin.core.errors import ConfigError
from twin.core.views import Facts, Table
from twin.state.heard import Heard

NOON_MS = 1795312800000 + 2 * 3_600_000
SETTINGS = ExposureSettings(at_home=(0.5,) * 24, occupants=2.0, in_vehicle_mps=6.0, most_for_one=3.0)


@dataclass(frozen=True)
class Home:
    home_xy: tuple[float, float]


def heard(people: dict[str, tuple[float, float]], vehicles: list[tuple[float, float, int]] | None = None) -> Heard:
    cars = vehicles or []
    return Heard(
        tuple(people),
        np.array(list(people.values()), np.float64).reshape(-1, 2),
        np.full(len(people), 1.0),
        np.array([car[:2] for car in cars], np.float64).reshape(-1, 2),
        np.array([car[2] for car in cars], np.int32),
    )


def exposure(city: City, senses: Sensing, homes: dict[str, Home]) -> Exposure:
    return Exposure(city, homes, world_of(city).roster, senses, SETTINGS)


def test_unheard_residents_are_expected_at_home_by_the_hour(bench: Bench, grid_city: City) -> None:
    homes = {f"r{n}": Home((100.0, 100.0)) for n in range(40)} | {"far": Home((900.0, 900.0))}
    there = exposure(grid_city, bench.senses, homes)
    assert there.around(100.0, 100.0, 50.0, NOON_MS) == (20, 0.0), "half of forty, nobody heard"
    assert there.around(500.0, 500.0, 50.0, NOON_MS) == (0, 0.0)


def test_those_heard_replace_those_expected_and_make_the_coverage(bench: Bench, grid_city: City) -> None:
    homes = {f"r{n}": Home((100.0, 100.0)) for n in range(40)}
    there = exposure(grid_city, bench.senses, homes)
    bench.senses.present = heard({f"r{n}": (101.0, 100.0) for n in range(10)})
    assert there.around(100.0, 100.0, 50.0, NOON_MS) == (25, 0.4), "ten heard, half of the other thirty"
    bench.senses.present = heard({f"r{n}": (600.0, 600.0) for n in range(10)})
    assert there.around(100.0, 100.0, 50.0, NOON_MS) == (15, 0.0), "those heard elsewhere are not expected at home"
    residents, coverage = there.around(600.0, 600.0, 50.0, NOON_MS)
    assert residents == 25 and coverage == pytest.approx(0.4), "fifteen unheard ones are away too: 1.5 for each"


def test_a_phone_in_a_vehicle_is_counted_once(bench: Bench, grid_city: City) -> None:
    there = exposure(grid_city, bench.senses, {})
    present = heard({"r1": (0.0, 0.0)}, [(0.0, 0.0, 3)])
    bench.senses.present = Heard(present.person, present.person_xy, np.array([12.0]), *_cars(present))
    assert there.around(0.0, 0.0, 10.0, NOON_MS) == (2, 1.0)


def _cars(present: Heard) -> tuple[np.ndarray, np.ndarray]:
    return present.vehicle_xy, present.vehicle_edge


def test_vehicles_lose_the_share_of_time_that_their_edge_costs_beyond_free_flow(bench: Bench, grid_city: City) -> None:
    there = exposure(grid_city, bench.senses, {})
    free = float(there.free_s[4])
    bench.senses.present = heard({}, [(0.0, 0.0, 4), (5.0, 0.0, 4), (500.0, 500.0, 5)])
    assert there.at(NOON_MS).losing(0.0, 0.0, 50.0) == pytest.approx(0.0)
    bench.senses.slow = {4: 4 * free}
    assert there.at(NOON_MS).losing(0.0, 0.0, 50.0) == pytest.approx(1.5)
    bench.senses.closed = (5,)
    assert there.at(NOON_MS).losing(0.0, 0.0, 50.0, (5,)) == pytest.approx(2.5), "who stands at the closure loses all"


def test_the_share_at_home_moves_between_the_hours(bench: Bench, grid_city: City) -> None:
    shares = tuple(1.0 if hour == 12 else 0.0 for hour in range(24))
    settings = ExposureSettings(at_home=shares)
    there = Exposure(grid_city, {}, world_of(grid_city).roster, bench.senses, settings)
    assert there.share_at_home(NOON_MS) == 1.0
    assert there.share_at_home(NOON_MS + 900_000) == pytest.approx(0.75)
    assert there.share_at_home(NOON_MS - 1_800_000) == pytest.approx(0.5)


def test_the_configuration_agrees_with_its_source() -> None:
    settings = load_measures(CONFIG / "measures.toml")
    assert 0.72 < sum(settings.exposure.at_home) / 24 < 0.78, "the mean that the file says"
    assert settings.reach("fire") == 200 and settings.reach("unknown") == settings.reach("default")


def test_a_faulty_configuration_names_the_key(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("config") / "measures.toml"
    path.write_text("[exposure]\nat_home = [0.5]\n[reach_m]\ndefault = 1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="at_home"):
        load_measures(path)


def ledger(bench: Bench) -> LedgerDesk:
    found: LedgerDesk = bench.desk(LedgerDesk)
    return found


def test_each_minute_of_an_open_case_is_estimated_and_summed(bench: Bench) -> None:
    bench.senses.present = heard({}, [(400.0, 300.0, -1)] * 10)
    bench.notice(flood())
    for _ in range(5):
        bench.tick(60)
    tolls = [event.toll for event in bench.of(bench.events, (TollEstimated,))]
    assert len(tolls) == 5
    assert tolls[-1].residents == 13 and tolls[-1].coverage == 1.0
    passed = (bench.now_ms - bench.case().opened_ms) / 60_000
    assert tolls[-1].resident_minutes == pytest.approx(13 * passed, rel=0.01)
    bench.tick(1)
    assert len(bench.of(bench.events, (TollEstimated,))) == 5, "once a minute and not oftener"


def test_every_decision_is_weighed_with_who_took_it_and_what_they_knew(bench: Bench) -> None:
    bench.notice(flood())
    weighed = {event.decision: event for event in bench.of(bench.events, (DecisionWeighed,))}
    assert {"CaseFiled", "CaseRouted"} <= set(weighed)
    filed = bench.last(CaseFiled)
    assert weighed["CaseFiled"].actor == filed.actor and filed.actor.kind == "rule" and filed.actor.post == "acceptor"
    case = bench.case()
    assert weighed["CaseFiled"].known == tuple(entry.signal for entry in case.evidence)
    assert weighed["CaseFiled"].observed_ms == (case.evidence[0].observed_ms,)
    assert weighed["CaseFiled"].freshness == (0,)
    chief = Actor("person", "p-001", "duty_chief")
    bench.command(CloseByForce(id="x", actor=chief, case=case.id, why_forced="drill"))
    assert bench.last(DecisionWeighed).decision == "CaseClosed"
    before = len(bench.of(bench.events, (TollEstimated,)))
    bench.tick(120)
    assert len(bench.of(bench.events, (TollEstimated,))) == before, "an ended case stands no longer"


def test_a_change_of_automation_is_weighed_for_each_open_case_of_the_scene(bench: Bench) -> None:
    bench.notice(flood())
    actor = Actor("person", "p-001", "duty_chief")
    fact = AutomationSet(actor=actor, scene="flooded_underpass", level="manual")
    assert [event.case for event in bench.run(fact) if isinstance(event, DecisionWeighed)] == ["C-0001"]
    assert bench.last(DecisionWeighed).decision == "AutomationSet"
    other = AutomationSet(actor=actor, scene="fire", level="manual")
    assert not [event for event in bench.run(other) if isinstance(event, DecisionWeighed)]


def test_the_card_shows_decisions_by_post_and_says_that_it_estimates(bench: Bench) -> None:
    bench.notice(flood())
    bench.tick(60)
    card = next(card for card in bench.board.cards() if card.id == "C-0001")
    facts = next(s for s in card.sections if isinstance(s, Facts) and "estimate" in str(s.title))
    assert any("heard" in str(row[0]) for row in facts.rows)
    table = next(s for s in card.sections if isinstance(s, Table) and "stood meanwhile" in str(s.title))
    assert len(table.rows) >= 2
    names = [person.name.en for person in bench.world.roster.people]
    assert not any(name in str(table) for name in names), "posts, not names"
    assert "authorised by the" in str(table)


def test_the_ledger_survives_a_restart(bench: Bench) -> None:
    bench.notice(flood())
    bench.tick(60)
    desk = ledger(bench)
    data = desk.snapshot()
    sections = tuple(desk.sections("C-0001"))
    desk.restore(data)
    assert desk.snapshot() == data and tuple(desk.sections("C-0001")) == sections


def test_acting_first_is_weighed_too(bench: Bench) -> None:
    bench.notice(flood(0.9))
    weighed = [event for event in bench.events if isinstance(event, DecisionWeighed)]
    first = next(event for event in weighed if event.decision == "UrgentLaneTaken")
    assert first.actor.post == "duty_chief" and first.known
