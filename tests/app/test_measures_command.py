"""``run.py measures`` reads a run's journal; with ``--truth``, what the field wrote down beside."""

from __future__ import annotations

import io
import json
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from services.app.composition import Serving, open_twin
from services.app.installation import config_directory
from services.app.measures import print_measures
from services.app.settings import settings_for
from services.app.truth import Hazard, TruthError, compared, load_truth
from services.facts.governance import CaseOpened
from services.governance.measures_desk import MeasuresDesk
from twin.city.model import City
from twin.core.bus import Message
from twin.field.truth import TruthFact, TruthLog
from twin.formats.senml import encode_senml


@pytest.fixture
def served(tmp_path: Path, grid_city: City) -> Serving:
    """A run in which a bin overflowed."""
    settings = settings_for(tmp_path / "data", city=grid_city.directory, simulation="m", at="10:00", pace=1.0)
    settings = msgspec.structs.replace(settings, config_dir=config_directory(), residents=20)
    serving = open_twin(settings)
    serving.begin(settings.start_ms)
    bin = next(device.id for device in grid_city.devices if device.kind == "bin")
    for second in range(0, 300, 20):
        now = settings.start_ms + second * 1000
        pack = encode_senml(f"urn:dev:{grid_city.meta.id}:{bin}:", now, [("fill", "/", 0.97)])
        serving.twin.engine.take([Message(f"sim/m/dev/{bin}/senml", pack)], now)
        serving.twin.engine.tick(now)
    return serving


def test_the_command_gives_the_live_desks_figures(served: Serving, tmp_path: Path) -> None:
    desk = next(desk for desk in served.twin.desks if isinstance(desk, MeasuresDesk))
    *_, last = served.stores.archive.entries(0)
    live = desk.figures("scene", last.city_ms)
    data = tmp_path / "data"
    served.close()
    report, out = tmp_path / "measures.json", io.StringIO()
    assert print_measures(data, by="scene", report=report, console=Console(file=out, width=120)) == 0
    assert "overflowing_bin" in out.getvalue() and "on_time_filing" in out.getvalue()
    written = json.loads(report.read_bytes())
    assert written["cases"] == 1 and set(written) >= {"city", "area", "department", "post", "scene", "city_ms"}
    figures = written["scene"]["overflowing_bin"]["measures"]
    for name, figure in live[0].figures.items():
        assert figures[name]["value"] == pytest.approx(figure.value), name
    assert any(key.startswith("district:") for key in written["area"])


def test_the_truth_stands_beside(served: Serving, tmp_path: Path) -> None:
    opened = next(e.fact for e in served.stores.archive.entries(0) if isinstance(e.fact, CaseOpened))
    served.close()
    data = tmp_path / "data"
    console = Console(file=io.StringIO(), width=160)
    with pytest.raises(TruthError):
        print_measures(data, truth=True, console=console)
    began = opened.observed_ms - 120_000
    log = TruthLog(data / "truth.jsonl")
    log.note(TruthFact(city_ms=began, kind="bin", id="b1", what="began", x_m=opened.x_m, y_m=opened.y_m))
    log.note(TruthFact(city_ms=began, kind="fire", id="f1", what="began", x_m=9e4, y_m=9e4))
    log.close()
    report = tmp_path / "measures.json"
    assert print_measures(data, report=report, truth=True, console=console) == 0
    rows = {row["hazard"]: row for row in json.loads(report.read_bytes())["truth"]}
    assert rows["b1"]["case"] == opened.case and rows["b1"]["noticed_min"] >= 2
    assert rows["f1"]["case"] == "" and rows["f1"]["noticed_min"] is None, "nobody noticed the fire"


def test_a_torn_line_of_truth_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    fact = TruthFact(city_ms=1, kind="fire", id="f", what="ended", x_m=0, y_m=0, residents=("p1", "p2"), vehicles=3)
    path.write_bytes(msgspec.json.encode(fact) + b'\n{"city_ms":')
    (hazard,) = load_truth(path)
    assert (hazard.ended_ms, hazard.residents, hazard.vehicles) == (1, 2, 3)
    (row,) = compared([Hazard(kind="fire", id="f", x_m=0, y_m=0, began_ms=0)], [])
    assert row.case == "" and not row.early
