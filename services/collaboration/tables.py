"""Tables that several pages show: requests, whistles, resolutions."""

from __future__ import annotations

from collections.abc import Iterable

from services.collaboration.names import Names
from services.collaboration.request import STATE_TEXT, Request
from services.collaboration.room import Task
from services.collaboration.telling import listed
from services.collaboration.whistles import KIND_TEXT, Whistle
from twin.core.text import Name, Text
from twin.core.views import Facts, Moment, Table

Cell = Text | Name | Moment | str | float | int | None


def of_requests(requests: Iterable[Request], names: Names, title: Text) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for request in requests:
        late = Text("overdue") if request.late else ""
        rows.append(
            (
                request.id,
                request.case,
                names.department(request.from_department),
                names.department(request.to_department),
                request.what,
                Moment(request.respond_by_ms, due=request.said_ms < 0 and not request.ended),
                Moment(request.finish_by_ms, due=not request.ended) if request.finish_by_ms else None,
                STATE_TEXT[request.state],
                late,
                request.said,
                names.speaker(request.said_by) if request.said_by else None,
            )
        )
    columns = (
        Text("Request"), Text("Case"), Text("From"), Text("To"), Text("What is asked for"), Text("Answer by"),
        Text("Result by"), Text("State"), Text("Clock"), Text("Last word"), Text("Who"),
    )  # fmt: skip
    return Table(title=title, columns=columns, rows=tuple(rows))


def of_whistle(whistle: Whistle, names: Names) -> Facts:
    arrived = ((names.department(one.department), Moment(one.city_ms)) for one in whistle.arrived)
    state = Text("ended: {result}", {"result": whistle.result}) if whistle.ended_ms >= 0 else Text("nobody leaves yet")
    rows: list[tuple[Text | Name, Text | Name | Moment | str | float]] = [
        (Text("Kind"), KIND_TEXT[whistle.kind]),
        (Text("Blown by"), names.speaker(whistle.blown_by)),
        (Text("Reason"), whistle.why),
        (Text("Report in by"), Moment(whistle.report_by_ms, due=whistle.ended_ms < 0 and bool(whistle.missing))),
        *arrived,
    ]
    if whistle.missing:
        rows.append((Text("Not yet reported in"), listed(whistle.missing, names)))
    if whistle.late:
        rows.append((Text("Late"), listed(whistle.late, names)))
    rows.append((Text("State"), state))
    return Facts(title=Text("Whistle {whistle}", {"whistle": whistle.id}), rows=tuple(rows))


def of_tasks(tasks: Iterable[Task], names: Names) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for task in tasks:
        state = Text("done") if not task.open else Text("overdue") if task.late else Text("open")
        rows.append(
            (
                task.id,
                task.case,
                task.what,
                names.department(task.department),
                names.person(task.person),
                Moment(task.due_ms, due=task.open),
                Text("yes") if task.supervised else Text("no"),
                state,
                task.result,
            )
        )
    columns = (
        Text("Resolution"), Text("Case"), Text("Decision"), Text("Department"), Text("Person"), Text("Due"),
        Text("Supervised"), Text("State"), Text("Result"),
    )  # fmt: skip
    return Table(title=Text("Resolutions"), columns=columns, rows=tuple(rows))
