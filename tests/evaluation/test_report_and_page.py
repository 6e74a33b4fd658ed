"""JSON and page: the same bytes from the same findings, whole in themselves, and whole with whatever is missing."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from synthetic import ASSETS, FONT, GAINS, report, run

from services.evaluation.assumptions import Assumptions
from services.evaluation.executor import Work
from services.evaluation.job import Job, Outcome
from services.evaluation.page import page
from services.evaluation.plan import MECHANISMS
from services.evaluation.report import Report, as_json
from twin.core.text import Name
from twin.render.language import LANGUAGES, Language

ROOT = Path(__file__).parents[2]
SPEAK = {code: Language(ASSETS / "text", code).translate for code in LANGUAGES}
VOID = {"meta", "link", "br"}


@pytest.fixture(scope="module")
def whole() -> Report:
    return report(20)


def drawn(found: Report, language: str) -> str:
    return page(found, language, SPEAK[language], FONT)


def test_the_json_has_the_agreed_shape(whole: Report) -> None:
    found = json.loads(as_json(whole, SPEAK))
    assert found["seeds"] == 20 and found["primary"] == list(whole.measures.primary)
    assert set(found["measures"]) == set(GAINS)
    for one in found["measures"].values():
        for side in ("siloed", "scene", "difference"):
            assert {"mean", "low", "high"} <= set(one[side])
        assert one["difference"]["better"] in ("scene", "siloed", "same", "unclear")
        assert one["difference"]["pairs"] <= 20
    assert set(found["ablation"]) == set(MECHANISMS)
    assert {"mean", "low", "high"} <= set(found["ablation"]["fusion"]["hops"])
    assert set(found["sensitivity"]["letter_min"]["measures"]) == set(whole.measures.primary)
    assert {"start_at", "hours", "budget_per_city_s", "full_rate", "counts", "verdict", "digest"} <= set(found)
    assert set(found["verdict"]["headline"]) == {"en", "zh_CN"}
    assert len(found["by_seed"]["hops"]["scene"]) == len(found["seed_list"]) == 20


def test_the_json_is_sorted_and_rounded(whole: Report) -> None:
    body = as_json(whole, SPEAK)
    assert body == as_json(report(20), SPEAK)
    plain = json.loads(body)
    assert json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n" == body
    figures = re.findall(r": -?(\d+\.\d+)", body.decode())
    assert figures and max(len(figure.replace(".", "").strip("0")) for figure in figures) <= 6


PRINT = """
import hashlib
from test_report_and_page import bodies
for body in bodies():
    print(hashlib.sha256(body).hexdigest())
"""


def bodies() -> tuple[bytes, bytes]:
    found = report(4)
    return as_json(found, SPEAK), drawn(found, "zh_CN").encode()


def test_other_hash_seeds_give_the_same_bytes() -> None:
    path = os.pathsep.join((str(ROOT), str(Path(__file__).parent)))
    others = [
        subprocess.Popen(
            [sys.executable, "-c", PRINT], env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
            stdout=subprocess.PIPE, text=True,
        )
        for seed in ("1", "2")
    ]  # fmt: skip
    mine = [hashlib.sha256(body).hexdigest() for body in bodies()]
    assert [other.communicate(timeout=100)[0].split() for other in others] == [mine, mine]


class Reader(HTMLParser):
    """Every tag opened and closed, every address asked for, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.asked: list[str] = []
        self.ids: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "action", "data"):
                self.asked.append(value or "")
            if name == "id":
                self.ids.append(value or "")
            assert not name.startswith("on"), name
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text.append(data)


def read(body: str) -> Reader:
    reader = Reader()
    reader.feed(body)
    reader.close()
    assert not reader.open
    return reader


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_asks_for_nothing_and_runs_nothing(whole: Report, language: str) -> None:
    body = drawn(whole, language)
    reader = read(body)
    assert not reader.tags & {"script", "iframe", "object", "embed", "img", "form", "base"}
    assert all(one.startswith(("#", "data:,")) for one in reader.asked)
    assert "default-src 'none'" in body and "@import" not in body
    assert not re.findall(r"url\((?!#)", body)
    targets = {one[1:] for one in reader.asked if one.startswith("#")} | set(re.findall(r"url\(#([^)]+)\)", body))
    assert targets <= set(reader.ids)
    assert not re.search(r"\b20\d\d-\d\d-\d\d", body), "a date"
    assert reader.tags >= {"svg", "table", "figure"} and body.count("<svg") == 4


def test_the_page_says_everything_in_the_readers_language(whole: Report) -> None:
    english, chinese = ("".join(read(drawn(whole, language)).text) for language in LANGUAGES)
    for measure in whole.measures.all:
        assert measure.name.en in english and measure.name.zh in chinese
    for assumption in whole.assumptions.all:
        assert assumption.name.en in english and assumption.why.zh in chinese
    assert "Annual report of a hotline, 2024, table 3" in english
    assert SPEAK["en"](whole.verdict.headline) in english and SPEAK["zh_CN"](whole.verdict.headline) in chinese
    known = {"Annual", "report", "hotline", "table", "hazards", "messages"}  # a source, and names of counts
    assert set(re.findall(r"[A-Za-z]{4,}", chinese)) == known, "English on the Chinese page"
    assert not re.search(r"[一-鿿]", english), "Chinese on the English page"


def blank(job: Job) -> Outcome:
    return Outcome(job=job, measures={}, counts={})


def same(job: Job) -> Outcome:
    return Outcome(job=job, measures=dict.fromkeys(GAINS, 0.5), counts={})


@pytest.mark.parametrize(
    ("seeds", "quick", "work"),
    [(1, False, run), (2, False, run), (20, True, run), (3, False, blank), (8, False, same)],
    ids=["one seed", "two seeds", "quick", "nothing measured", "all the same"],
)
def test_a_page_is_whole_with_whatever_is_missing(seeds: int, quick: bool, work: Work) -> None:
    found = report(seeds, quick, work)
    text = "".join(read(drawn(found, "en")).text)
    assert not re.search(r"None|nan\b|\binf\b|[{}]", text)
    json.loads(as_json(found, SPEAK))


def test_words_of_data_cannot_become_markup(whole: Report) -> None:
    hostile = Name("<script>alert(1)</script>", "<b>")
    all = tuple(msgspec.structs.replace(one, name=hostile, source="") for one in whole.assumptions.all)
    body = drawn(msgspec.structs.replace(whole, assumptions=Assumptions(all=all)), "en")
    assert "<script" not in body and "&lt;script&gt;" in body
