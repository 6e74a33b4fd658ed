"""A storm evening handled by the duty chief, from the first warning to the final report, and its pictures.

By hand, in the repository: ``python docs/pictures/storm.py``. It runs the demo headless, does what a duty chief does at
the console (through the console's own link, with the chief's token), fails where something is refused, and takes a
picture of every stage in both languages. Needs what ``make.py`` needs.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import zmq

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from make import LANGUAGES, SIZE, Moment, _save  # noqa: E402

from services.app.installation import city_directory  # noqa: E402
from services.app.people import operator_token  # noqa: E402
from services.app.timekeeper import wall_ms  # noqa: E402
from twin.city.kinds import load_kinds  # noqa: E402
from twin.city.load import load  # noqa: E402
from twin.core.text import Text  # noqa: E402
from twin.core.views import Card, Gone, Reply, Snapshot, View  # noqa: E402
from twin.link.views import ViewLink  # noqa: E402
from twin.render.language import Language  # noqa: E402
from twin.render.stage import Selection  # noqa: E402
from twin.render.still import Look, render_still  # noqa: E402

AT = "17:30"
ANSWER_S = 20.0


class Chief:
    """The duty chief's console without its window."""

    def __init__(self, data: Path, token: str, context: zmq.Context[zmq.Socket[bytes]], out: Path) -> None:
        ends = json.loads((data / "endpoints.json").read_text())
        self._link, self._out = ViewLink(ends["views"], ends["requests"], token, context), out
        self.cards: dict[str, Card] = {}
        self.replies: dict[str, Reply] = {}
        self._views: list[View] = []
        self._city, self._kinds = load(city_directory(None)), load_kinds(ROOT / "config" / "device_kinds.toml")
        self._english = Language(ROOT / "assets" / "text", "en")

    def hear(self, seconds: float = 0.1) -> None:
        """Take what comes."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for view in self._link.poll():
                if isinstance(view, Snapshot):
                    self._views = []
                    self.cards = {card.id: card for card in view.cards}
                self._views.append(view)
                match view:
                    case Card():
                        self.cards[view.id] = view
                    case Gone() if view.kind == "card":
                        self.cards.pop(view.id, None)
                    case Reply():
                        self.replies[view.id] = view
                    case _:
                        pass
            time.sleep(0.02)

    def wait(self, what: str, ready: Callable[[], bool], limit_s: float) -> None:
        click.echo(f"waiting for {what}")
        until = time.monotonic() + limit_s
        while not ready():
            if time.monotonic() > until:
                raise click.ClickException(f"{what} did not come")
            self.hear()

    def do(self, command: str, **fields: object) -> None:
        """Give a command; a refusal ends the evening with its reason."""
        id = self._link.propose({"t": command, **fields})
        self.wait(f"the answer to {command}", lambda: id in self.replies, ANSWER_S)
        reply = self.replies[id]
        if not reply.accepted:
            raise click.ClickException(f"{command} refused: {self._english.translate(reply.reason or Text('?'))}")

    def page(self, kind: str, id: str) -> Card | None:
        self.replies.pop(id, None)
        self._link.ask(kind, id)
        self.wait(f"the page {kind} {id}", lambda: id in self.replies, ANSWER_S)
        return self.replies[id].card

    def picture(self, name: str, look: Look) -> None:
        """As the console shows it now, in both languages."""
        self.hear(1.5)
        moment = Moment(tuple(self._views), wall_ms())
        for short, language in LANGUAGES.items():
            surface = render_still(
                self._city, self._kinds, ROOT / "assets", moment.views, moment.wall_ms, look=look, size=SIZE,
                language=language,
            )  # fmt: skip
            _save(surface, self._out / f"{name}-{short}.png")
        click.echo(f"{name}: both languages")

    def storm(self) -> Card | None:
        """The storm's own case."""
        mine = (card for card in self.cards.values() if card.kind == "case" and card.icon == "storm")
        return next(mine, None)

    def grave(self) -> int:
        """Open cases of level Ⅱ or graver."""
        return sum(
            card.kind == "case" and 0 < card.severity <= 2 and card.closed_ms < 0 for card in self.cards.values()
        )

    def over(self, case: str) -> bool:
        return case in self.cards and self.cards[case].closed_ms >= 0


@contextmanager
def _evening(pace: float) -> Iterator[tuple[Path, str]]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        command = [sys.executable, str(ROOT / "run.py"), "demo", "--headless", "--at", AT, "--pace", str(pace)]
        running = subprocess.Popen([*command, "--data", str(data), "--for", "3000"])
        try:
            deadline = time.monotonic() + 120
            while not (data / "endpoints.json").exists():
                if time.monotonic() > deadline or running.poll() is not None:
                    raise click.ClickException("the demo did not start")
                time.sleep(0.2)
            yield data, operator_token(data, city_directory(None), AT, "chief")
        finally:
            running.terminate()
            running.wait(60)


def _warned(chief: Chief) -> str:
    """The warning: take the chief's own post in hand, declare a response, call everybody together."""
    chief.wait("the storm's case", lambda: chief.storm() is not None, 600)
    storm = chief.storm()
    assert storm is not None
    chief.do("StaffPost", post="duty_chief", department="", colleague=False)
    chief.do(
        "DeclareResponse",
        hazard="rainstorm",
        level=2,
        why_declared="橙色预警，雨势将增强 · orange warning, more rain to come",
    )
    chief.do("AcknowledgeCase", case=storm.id)
    room = chief.page("room", storm.id)
    if room is not None and any(action.command == "OpenRoom" for action in room.actions):
        chief.do("OpenRoom", case=storm.id)
    return storm.id


def _met(chief: Chief, storm: str) -> None:
    """Talk, a meeting, its resolutions and minutes."""
    chief.do(
        "SayInRoom",
        case=storm,
        words="各单位十分钟内报告值守到位情况。 All of you: report who stands where within ten minutes.",
    )
    chief.do("BeginMeeting", case=storm, subject="防汛会商 · storm conference")
    chief.do("AddResolution", case=storm, what="低洼下穿道泵车预置 · pump trucks at the low underpasses beforehand",
             department="water", due_minutes=20, supervised=True)  # fmt: skip
    chief.do("AddResolution", case=storm, what="下穿道两端值守 · guard both ends of the underpasses",
             department="police", due_minutes=30, supervised=True)  # fmt: skip
    chief.do(
        "EndMeeting",
        case=storm,
        minutes="水务预置泵车，交警值守，园林巡查大树。 Pumps, guards and tree patrols agreed.",
    )
    chief.page("room", storm)
    chief.picture("storm-room", Look(select=Selection("card", storm), page=Selection("room", storm)))


def _signed(chief: Chief, storm: str, kind: str, limit_s: float) -> None:
    """Wait until a report is wanted, look at its draft, sign it."""

    def wanted() -> bool:
        page = chief.page("report", storm)
        return page is not None and any(action.command == "SendReport" for action in page.actions)

    chief.wait(f"the {kind} report to be wanted", wanted, limit_s)
    page = chief.page("report", storm)
    assert page is not None
    action = next(one for one in page.actions if one.command == "SendReport")
    report = str(action.fixed["report"])
    chief.do("SendReport", report=report, remarks="已核对 · checked")
    chief.page("report", report)
    chief.picture(f"storm-{kind}", Look(page=Selection("report", report)))


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "docs" / "pictures", show_default=True)
@click.option("--pace", default=10.0, show_default=True)
@click.option("--limit", "limit_s", default=1500, show_default=True, help="Seconds to wait for the storm's end.")
def main(out: Path, pace: float, limit_s: int) -> None:
    """From the first warning to the final report."""
    with _evening(pace) as (data, token), zmq.Context() as context:
        chief = Chief(data, token, context, out)
        storm = _warned(chief)
        _met(chief, storm)
        _signed(chief, storm, "initial", 60)
        chief.wait("the height of the storm", lambda: chief.grave() >= 3, limit_s)
        chief.picture("storm-height", Look(0.0, 0.0, 0.01, Selection("card", storm)))
        for kind in ("departments", "duty", "measures", "scenes"):
            chief.page(kind, "")
            chief.picture(f"board-{kind}", Look(page=Selection(kind, "")))
        chief.wait(
            "the storm's case to close", lambda: (one := chief.storm()) is not None and one.closed_ms >= 0, limit_s
        )
        _signed(chief, storm, "final", 60)


if __name__ == "__main__":
    main()
