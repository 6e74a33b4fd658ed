"""The study of virtual presence as it is told: verdict, JSON and page, and the command that makes them."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console
from synthetic import ASSETS, FONT
from test_adoption_study import ASSUMED, MEASURES, outcome
from test_report_and_page import SPEAK, read

from services.app.evaluate import Options
from services.app.evaluate_adoption import as_json, evaluate
from services.evaluation.adoption_findings import findings, jobs
from services.evaluation.adoption_page import AdoptionReport, adoption_page
from services.evaluation.adoption_verdict import factors, judge
from services.evaluation.executor import InLine, Work
from services.evaluation.job import Job, Outcome
from services.evaluation.page import TEMPLATES
from twin.core.errors import ConfigError
from twin.core.text import Text
from twin.render.language import LANGUAGES, read_parts

_TOLD: dict[tuple[int, Work, bool], AdoptionReport] = {}


def told(seeds: int, work: Work = outcome, quick: bool = False) -> AdoptionReport:
    """A whole study, judged; made once."""
    key = (seeds, work, quick)
    if key not in _TOLD:
        _TOLD[key] = judged(seeds, work, quick)
    return _TOLD[key]


def judged(seeds: int, work: Work, quick: bool) -> AdoptionReport:
    chosen = tuple(range(1000, 1000 + seeds))
    found = findings(ASSUMED, MEASURES, chosen, {one: work(one) for one in jobs(ASSUMED, chosen, quick)})
    return AdoptionReport(
        settings=ASSUMED, measures=MEASURES, found=found, verdict=judge(MEASURES, found), digest="d1" * 32
    )


@dataclass(frozen=True, eq=False)
class City:
    """Runs in which a measure goes from its first figure to its second as all that is suitable is done virtually."""

    figures: dict[str, tuple[float, float]]

    def __call__(self, one: Job) -> Outcome:
        plain = outcome(one)
        share, noise = one.arm.virtual, 1.0 + 1e-3 * (one.seed % 7)
        figures = {id: noise * (first + share * (last - first)) for id, (first, last) in self.figures.items()}
        return Outcome(
            job=one, measures={**plain.measures, **figures},
            counts={"residents": 300.0, "activities": 900.0, "suitable": 300.0},
        )  # fmt: skip


EASED = City({
    "trips_per_person": (3.0, 2.0), "busy_lost_vehicle_h": (100.0, 50.0), "counter_wait_min": (20.0, 5.0),
    "contacts_per_person": (8.0, 9.0), "road_min_per_person": (30.0, 20.0), "no_contact_share": (0.1, 0.3),
    "vehicle_h": (1000.0, 900.0), "lost_vehicle_h": (2.0, 1.0), "fewer_counters_wait_min": (20.0, 21.0),
    "further_trips_per_person": (0.0, 0.5), "car_km_per_person": (1.0, 0.8), "van_km_per_person": (0.0, 0.1),
    "excluded_share": (0.1, 0.1), "commute_trips_per_person": (0.6, 0.5), "of_all_activities_share": (0.0, 0.2),
})  # fmt: skip
ALONE = City(EASED.figures | {"contacts_per_person": (8.0, 4.0)})
WORSE = City(
    {id: (first, first * 1.5) for id, (first, _) in EASED.figures.items()} | {"contacts_per_person": (8.0, 4.0)}
)


def headline(report: AdoptionReport) -> str:
    return SPEAK["en"](report.verdict.headline)


def test_the_headline_follows_from_the_primary_measures_alone() -> None:
    assert "4 of 5 primary measures are better and 1 worse" in headline(told(8, ALONE))
    assert "5 of 5 primary measures are better and none is worse" in headline(told(8, EASED))
    assert "does not ease this city" in headline(told(8, WORSE))
    assert headline(told(5, EASED)) == "Nothing can be concluded from 5 seeds; it takes at least 6."


def test_it_says_plainly_what_is_not_eased() -> None:
    said = [SPEAK["en"](line) for line in told(8, ALONE).verdict.not_eased]
    assert any("still made" in line for line in said)
    assert any("next to nothing to ease" in line for line in said)
    assert any("closes counters" in line for line in said)
    assert any(line.startswith("Loneliness") for line in said) and any(
        line.startswith("Those left out") for line in said
    )
    # at 80 %: 0.8 ways fewer and 0.4 further ones, so 1.2 saved; 0.08 van-km against 0.16 car-km
    assert any("33.3 come back" in line and "50.0 km for every 100 km" in line for line in said)
    crowded = City(ALONE.figures | {"lost_vehicle_h": (300.0, 200.0), "fewer_counters_wait_min": (20.0, 4.0)})
    others = [SPEAK["en"](line) for line in told(8, crowded).verdict.not_eased]
    assert not any("next to nothing" in line or "closes counters" in line for line in others)


def test_a_primary_measure_that_turns_is_named_with_what_turns_it() -> None:
    def work(one: Job) -> Outcome:
        found = EASED(one)
        if one.arm.factors == (("rebound", 2.0),):
            found.measures["trips_per_person"] = 4.0 + 0.01 * (one.seed % 7)
        return found

    said = [SPEAK["en"](line) for line in told(8, work).verdict.would_change]
    assert len(said) == 1 and "time saved spent on further ways ×2" in said[0] and "“Ways a person”" in said[0]
    assert "Nothing that was tried turns" in SPEAK["en"](told(8, EASED).verdict.would_change[0])
    assert "Too few seeds" in SPEAK["en"](told(5, EASED).verdict.would_change[0])
    assert "only the shares were run" in SPEAK["en"](told(8, EASED, quick=True).verdict.would_change[0])


def test_factors_are_named_in_both_languages() -> None:
    both = factors({"rebound": 2.0, "deliveries": 0.5})
    assert SPEAK["en"](both) == "time saved spent on further ways ×2, van-km a delivery ×0.5"
    assert "×2" in SPEAK["zh_CN"](both) and not re.search("[a-z]", SPEAK["zh_CN"](both))
    assert factors({}) == Text("as assumed")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("seeds", "quick"), [(8, False), (1, True)])
def test_the_page_is_whole_and_asks_for_nothing(language: str, seeds: int, quick: bool) -> None:
    body = adoption_page(told(seeds, ALONE, quick), language, SPEAK[language], FONT)
    reader = read(body)
    assert not reader.tags & {"script", "iframe", "object", "embed", "img", "form", "base"}
    assert all(one.startswith(("#", "data:,")) for one in reader.asked)
    assert body.count("<svg") == 1 and "default-src 'none'" in body
    text = " ".join(reader.text)
    assert all(SPEAK[language](measure.name) in text for measure in MEASURES.all)
    assert all(SPEAK[language](line) in text for line in told(seeds, ALONE, quick).verdict.not_eased)
    known = {"Dingel", "Neiman", "config", "population", "toml", "roads", "busy", "residents", "activities", "suitable"}
    if language != "en":
        assert set(re.findall(r"[A-Za-z]{4,}", text)) <= known, "English on the Chinese page"
    assert not re.search(r"None|nan\b|\binf\b|[{}]", text)
    assert body == adoption_page(told(seeds, ALONE, quick), language, SPEAK[language], FONT)


def test_every_text_of_the_page_has_a_translation() -> None:
    chinese = read_parts(ASSETS / "text" / "zh_CN")
    texts = re.findall(r'_\("((?:[^"\\]|\\.)*)"', (TEMPLATES / "adoption.html").read_text(encoding="utf-8"))
    assert len(texts) > 20
    for text in texts:
        assert text in chinese or not re.search(r"[a-z]", text), text
        assert set(re.findall(r"\{\w+\}", chinese.get(text, text))) <= set(re.findall(r"\{\w+\}", text)), text


def test_the_json_has_a_point_for_each_share(tmp_path: Path) -> None:
    report = told(8, ALONE)
    found = json.loads(as_json(report, SPEAK))
    assert found["study"] == "adoption" and found["shares"] == list(ASSUMED.shares)
    assert found["primary"] == list(MEASURES.primary) and set(found["measures"]) == {one.id for one in MEASURES.all}
    for points in found["measures"].values():
        assert len(points) == len(ASSUMED.shares)
        assert all({"mean", "low", "high"} <= set(point["value"]) & set(point["difference"]) for point in points)
    assert set(found["verdict"]["headline"]) == set(LANGUAGES)
    assert as_json(report, SPEAK) == as_json(judged(8, ALONE, False), SPEAK)


def test_the_command_makes_table_json_and_page_and_takes_up_what_is_kept(tmp_path: Path) -> None:
    options = Options(seeds=6, json=tmp_path / "ad.json", html=tmp_path / "ad.html", language="zh_CN")
    console = Console(file=io.StringIO(), width=200)
    assert evaluate(options, console, InLine(), ALONE) == 0
    bodies = [(tmp_path / name).read_bytes() for name in ("ad.json", "ad.html")]
    assert isinstance(console.file, io.StringIO) and "虚拟场所" in console.file.getvalue()

    def never(one: Job) -> Outcome:
        raise AssertionError(one)

    assert evaluate(options, Console(file=io.StringIO()), InLine(), never) == 0
    assert [(tmp_path / name).read_bytes() for name in ("ad.json", "ad.html")] == bodies
    with pytest.raises(ConfigError, match="whole working days"):
        evaluate(Options(hours=2.0), console, InLine(), ALONE)
