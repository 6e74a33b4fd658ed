"""A report's page, and a case's reports on its card."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from services.facts.duty import ReportKind, Sentence
from services.facts.posts import POST_TEXT
from twin.core.text import Name, Text
from twin.core.views import Action, Card, Facts, Moment, Section, Table

KIND_TEXT: dict[ReportKind, Text] = {
    "initial": Text("first report"),
    "further": Text("further report"),
    "final": Text("final report"),
}


class Reported(Protocol):
    """A report as it is shown."""

    @property
    def id(self) -> str: ...

    @property
    def case(self) -> str: ...

    @property
    def kind(self) -> ReportKind: ...

    @property
    def due_ms(self) -> int: ...

    @property
    def overdue(self) -> bool: ...

    @property
    def sent_ms(self) -> int: ...

    @property
    def by(self) -> str: ...

    @property
    def remarks(self) -> str: ...


def state_of(report: Reported) -> Text:
    if report.sent_ms >= 0:
        return Text("sent late") if report.overdue else Text("sent in time")
    return Text("overdue") if report.overdue else Text("to be sent")


def section_of(reports: Sequence[Reported]) -> Section:
    """On the case's card."""
    rows = tuple(
        (
            report.id,
            KIND_TEXT[report.kind],
            Moment(report.due_ms, due=report.sent_ms < 0),
            Moment(report.sent_ms) if report.sent_ms >= 0 else None,
            state_of(report),
        )
        for report in reports
    )
    columns = (Text("Report"), Text("Kind"), Text("Due"), Text("Sent"), Text("State"))
    return Table(title=Text("Reports upward"), columns=columns, rows=rows)


def actions_of(report: Reported) -> Iterable[Action]:
    """Sign and send, while it is not sent."""
    if report.sent_ms >= 0:
        return
    yield Action(
        command="SendReport",
        label=Text("Sign and send the {kind}", {"kind": KIND_TEXT[report.kind]}),
        fixed={"report": report.id},
        asks={"remarks": Text("Remarks")},
        posts=("duty_chief",),
    )


def page_of(report: Reported, sentences: Sequence[Sentence], scene: Text | Name, severity: int) -> Card:
    """The draft as things stand, or what was sent."""
    rows: list[tuple[Text | Name, Text | Name | Moment | str | float]] = [
        (Text("Case"), report.case),
        (Text("Due"), Moment(report.due_ms, due=report.sent_ms < 0)),
    ]
    if report.sent_ms >= 0:
        rows.append((Text("Sent"), Moment(report.sent_ms)))
        rows.append((Text("Signed by"), POST_TEXT.get(report.by, Text("{post}", {"post": report.by or "–"}))))
    if report.remarks:
        rows.append((Text("Remarks"), report.remarks))
    draft = Text("Draft") if report.sent_ms < 0 else Text("As it was sent")
    table = Table(
        title=draft,
        columns=(Text("Sentence"), Text("Rests on")),
        rows=tuple((sentence.text, ", ".join(sentence.evidence)) for sentence in sentences),
    )
    title = Text("{kind}: {scene}", {"kind": KIND_TEXT[report.kind], "scene": scene})
    return Card(
        kind="report", id=report.id, rev=0, title=title,
        subtitle=Text("{report}", {"report": report.id}), state=state_of(report), severity=severity,
        due_ms=report.due_ms if report.sent_ms < 0 else -1, icon="report",
        sections=(Facts(title=Text("About it"), rows=tuple(rows)), table), actions=tuple(actions_of(report)),
        pages=(("case", report.case, Name(report.case, report.case)),),
    )  # fmt: skip
