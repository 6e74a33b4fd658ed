"""The review's page: self-contained, in both languages, and it names what cost most."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from drills import KIND, SEAT, Acts, N, run, scenario

from services.app.exercise_page import page
from services.exercise.dossiers import Weighed
from services.exercise.review import Review, Words, review
from services.exercise.scoring import score
from services.facts.ledger import Toll
from twin.core.text import Name

WORDS = Words({"displaced_cover": Name("Displaced cover", "井盖移位")}, {}, {}, {"urban": Name("Urban", "城管")})
WRONG = Acts(file={"cover": 30, "tree": 40}, route={"cover": (60, "police"), "tree": (50, "urban")}, urgent={"gas": 45})


class Tags(HTMLParser):
    """Every tag and attribute; fails where tags do not close in order."""

    VOID = ("meta", "br", "link", "circle", "line")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def reviewed(acts: Acts) -> Review:
    plan, mine, empty = scenario(), run(acts), run(Acts())
    nobody = score(plan, empty, KIND)
    result = score(plan, mine, KIND, nobody.exposure)
    return review(plan, 7, Name("Trainee", "学员"), mine, result, nobody, result, KIND, WORDS)


def test_the_largest_losses_are_named_one_a_row() -> None:
    told = reviewed(WRONG)
    assert [lesson.row.id for lesson in told.improve] == ["cover", "tree"]
    assert told.improve[0].points >= told.improve[1].points
    assert "was named where" in told.improve[0].words.args["loss"].msgid  # type: ignore[union-attr]
    assert {lesson.row.id for lesson in told.strengths} <= {"cover", "gas"}
    assert reviewed(Acts(file={"cover": 30}, route={"cover": (60, "urban"), "gas": (60, "urban")}, check={"tree": 40},
                         dismiss={"tree": 120}, urgent={"gas": 45})).improve == ()  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_page_fetches_nothing_and_runs_nothing(language: str) -> None:
    told = page(reviewed(WRONG), WORDS, language)
    tags = Tags()
    tags.feed(told)
    assert tags.open == []
    assert not [tag for tag, _ in tags.found if tag in ("script", "iframe", "object", "img", "form")]
    links = [value for _, attributes in tags.found for name, value in attributes.items() if name in ("src", "href")]
    assert links == ["data:,"]
    assert not [name for _, attributes in tags.found for name in attributes if name.startswith("on")]
    assert "http" not in told.replace("http-equiv", "")
    policy = next(attributes for tag, attributes in tags.found if attributes.get("http-equiv"))
    assert (policy["content"] or "").startswith("default-src 'none'")
    assert ("EXERCISE · 演练" in told) and told.count("EXERCISE") >= 6
    assert page(reviewed(WRONG), WORDS, language) == told


def test_a_decision_says_what_was_known_by_its_name() -> None:
    mine = run(Acts())
    toll = Toll(residents=12, coverage=0.5, resident_minutes=30.0, vehicle_hours=0.2, services=0)
    mine.cases["C-0"].weighed.append(
        Weighed(mine.began_ms + 60_000, "CaseFiled", SEAT, ("displaced_cover/tilt",), 0, toll)
    )
    words = Words({}, {"displaced_cover/tilt": Name("cover tilted", "井盖倾斜")}, {}, {})
    result = score(scenario(), mine, KIND)
    told = page(review(scenario(), 7, N, mine, result, result, None, KIND, words), words, "en")
    assert "cover tilted" in told
    assert "12 (50 %)" in told


def test_what_people_wrote_is_never_markup() -> None:
    plan = scenario(title=Name("<b>x</b>", "<i>"), synopsis=N)
    mine = run(Acts())
    result = score(plan, mine, KIND)
    told = page(review(plan, 7, Name("<script>", "x"), mine, result, result, None, KIND, WORDS), WORDS, "en")
    assert "<script>" not in told
    assert not re.search(r"<b>x</b>", told)
    assert "&lt;script&gt;" in told
