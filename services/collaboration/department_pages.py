"""The departments at a glance, and one department's board: people, cases with their clocks, requests, units."""

from __future__ import annotations

from services.collaboration import asking
from services.collaboration.names import Names
from services.collaboration.ports import Cases, CaseView, Surroundings
from services.collaboration.request import Request
from services.collaboration.requests import RequestDesk
from services.collaboration.rooms import RoomDesk
from services.collaboration.tables import Cell, of_requests, of_tasks
from services.collaboration.whistles import WhistleDesk
from services.facts.collaboration import Post
from twin.core.text import Name, Text
from twin.core.views import Action, Card, Facts, Moment, Section, Table

TIER_TEXT: dict[str, Text] = {"city": Text("city"), "district": Text("district"), "subdistrict": Text("subdistrict")}
LEVEL = {0: "–", 1: "Ⅰ", 2: "Ⅱ", 3: "Ⅲ", 4: "Ⅳ"}


class DepartmentPages:
    """Worked out when they are asked for."""

    def __init__(
        self,
        cases: Cases,
        surroundings: Surroundings,
        requests: RequestDesk,
        whistles: WhistleDesk,
        rooms: RoomDesk,
        names: Names,
    ) -> None:
        self._cases, self._surroundings, self._names = cases, surroundings, names
        self._requests, self._whistles, self._rooms = requests, whistles, rooms
        self._roster = names.authority.roster

    def overview(self, city_ms: int) -> Card:
        """Every department with who is there and how much it carries."""
        views = tuple(self._cases.open())
        waiting = tuple(self._requests.open())
        rows = tuple(self._row(id, views, waiting, city_ms) for id in self._names.departments)
        links = tuple(("department", id) for id in self._names.departments)
        columns = (
            Text("Department"), Text("Tier"), Text("On duty"), Text("Head"), Text("Open cases"), Text("Overdue"),
            Text("Requests in"), Text("Units free"), Text("Units busy"), Text("Cases a unit"),
        )  # fmt: skip
        return Card(
            kind="departments",
            id="",
            rev=0,
            title=Text("Departments"),
            icon="department",
            sections=(*self._unrouted(), Table(title=Text("Load"), columns=columns, rows=rows, links=links)),
        )

    def _unrouted(self) -> tuple[Table, ...]:
        """The queue of cases that no department has: first of all, so that none is forgotten."""
        waiting = [view for view in self._cases.open() if view.unrouted]
        return (_of_cases(waiting, self._names, Text("Waiting for a department")),) if waiting else ()

    def _row(
        self, id: str, views: tuple[CaseView, ...], waiting: tuple[Request, ...], city_ms: int
    ) -> tuple[Cell, ...]:
        department = self._names.departments[id]
        mine = [view for view in views if view.concerns(id)]
        units = self._surroundings.units(id)
        free = sum(unit.free for unit in units)
        return (
            department.name,
            TIER_TEXT[department.tier],
            self._on_duty("handler", id, city_ms),
            self._on_duty("department_head", id, city_ms),
            len(mine),
            sum(view.overdue for view in mine),
            sum(request.to_department == id for request in waiting),
            free,
            len(units) - free,
            round(len(mine) / len(units), 1) if units else None,
        )

    def _on_duty(self, post: Post, department: str, city_ms: int) -> Name | None:
        holder = self._roster.holder(post, city_ms, department)
        return holder.name if holder is not None else None

    def _in_the_hall(self, id: str) -> bool:
        """Whether the department has clerks."""
        return any(duty.serves("clerk", id, "") for person in self._roster.people for duty in person.duties)

    def board(self, id: str, city_ms: int) -> Card | None:
        """None for an unknown department."""
        department = self._names.departments.get(id)
        if department is None:
            return None
        views = [view for view in self._cases.open() if view.concerns(id)]
        incoming = [request for request in self._requests.open() if request.to_department == id]
        outgoing = [request for request in self._requests.open() if request.from_department == id]
        tasks = [task for task in self._rooms.tasks() if task.open and task.department == id]
        sections: list[Section] = [self._about(id, views), self._people(id, city_ms), _of_cases(views, self._names)]
        sections.append(of_requests(incoming, self._names, Text("Requests in")))
        sections.append(of_requests(outgoing, self._names, Text("Requests out")))
        if tasks:
            sections.append(of_tasks(tasks, self._names))
        sections.append(self._units(id))
        actions: list[Action] = [one for request in incoming for one in asking.about_request(request)]
        for whistle in self._whistles.open():
            if id in whistle.missing:
                found = asking.about_whistles(whistle.case, (whistle,), self._names)
                actions += [action for action in found if action.command == "ReportIn"]
        actions += [one for task in tasks for one in asking.about_task(task)]
        rooms = [case for case in dict.fromkeys(view.id for view in views) if self._rooms.room(case) is not None]
        return Card(
            kind="department", id=id, rev=0, title=department.name, subtitle=TIER_TEXT[department.tier],
            department=department.name, icon="department", sections=tuple(sections), actions=tuple(actions),
            pages=(
                *(("room", case, Text("Scene room of {case}", {"case": case})) for case in rooms),
                *((("hall_work", id, Text("Work in the hall")),) if self._in_the_hall(id) else ()),
                ("departments", "", Text("Departments")),
            ),
        )  # fmt: skip

    def _about(self, id: str, views: list[CaseView]) -> Facts:
        units = self._surroundings.units(id)
        overdue = sum(view.overdue for view in views)
        return Facts(
            title=Text("Load"),
            rows=(
                (Text("Open cases"), float(len(views))),
                (Text("Overdue"), float(overdue)),
                (Text("Units free"), float(sum(unit.free for unit in units))),
                (Text("Units busy"), float(sum(not unit.free for unit in units))),
            ),
        )

    def _people(self, id: str, city_ms: int) -> Table:
        """Every post that anybody holds here: now, until when, and who is next."""
        posts = dict.fromkeys(
            duty.post for person in self._roster.people for duty in person.duties if duty.department == id
        )
        rows: list[tuple[Cell, ...]] = []
        for post in posts:
            now = self._roster.holder(post, city_ms, id)
            following = self._roster.next_holder(post, city_ms, id)
            ends_ms = self._roster.shift_end(now.id, post, city_ms) if now else -1
            others = len(self._roster.on_duty(post, city_ms, id)) - 1
            rows.append(
                (
                    self._names.desk(post, id),
                    now.name if now else Text("nobody"),
                    max(0, others),
                    Moment(ends_ms) if ends_ms >= 0 else None,
                    following.name if following else None,
                )
            )
        columns = (Text("Post"), Text("Now"), Text("Others on duty"), Text("Until"), Text("Next"))
        return Table(title=Text("Roster"), columns=columns, rows=tuple(rows))

    def _units(self, id: str) -> Table:
        rows = tuple((unit.name, unit.state, unit.where, unit.case) for unit in self._surroundings.units(id))
        columns = (Text("Unit"), Text("State"), Text("Where"), Text("Case"))
        return Table(title=Text("Units"), columns=columns, rows=rows)


def _of_cases(views: list[CaseView], names: Names, title: Text | None = None) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for view in views:
        due = Moment(view.due_ms, due=True) if view.due_ms >= 0 else None
        late = Text("overdue") if view.overdue else ""
        owner = (
            Text("{person}, {post}", {"person": names.person(view.owner), "post": names.post(view.post)})
            if view.owner
            else None
        )
        rows.append((view.id, view.title, view.where, LEVEL[view.severity], view.state, due, late, owner))
    columns = (
        Text("Case"), Text("Scene"), Text("Where"), Text("Severity"), Text("State"), Text("Due"), Text("Clock"),
        Text("Owner"),
    )  # fmt: skip
    links = tuple(("case", view.id) for view in views)
    return Table(title=title or Text("Open cases"), columns=columns, rows=tuple(rows), links=links)
