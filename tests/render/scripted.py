"""A ViewSource that plays a plausible scene in the paper city: traffic, people, crews, cases in every stage, rain."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from twin.city.model import City
from twin.core.chance import generator
from twin.core.clock import CityClock
from twin.core.text import Name, Text
from twin.core.views import (
    Action,
    Alert,
    Card,
    DepartmentView,
    DeviceStates,
    Facts,
    FeedState,
    Frame,
    Graph,
    Happening,
    Lights,
    Mark,
    Moment,
    Reply,
    Snapshot,
    Status,
    Step,
    Table,
    Timeline,
    View,
)
from twin.core.words import Freshness, LightState, Provenance, StationType

START_MS = 1_795_313_400_000  # 2026-11-22 02:10 UTC, 10:10 in the city
MINUTE = 60_000
DEPARTMENTS = (
    DepartmentView("fire_rescue", Name("Fire and Rescue", "消防救援"), "#ff6b5e"),
    DepartmentView("police", Name("Traffic Police", "公安交警"), "#6ea8ff"),
    DepartmentView("water", Name("Water Affairs", "水务"), "#3fc6e8"),
    DepartmentView("urban_management", Name("Urban Management", "城市管理"), "#f2b84b"),
    DepartmentView("sanitation", Name("Sanitation", "环境卫生"), "#8ed16f"),
    DepartmentView("civil_affairs", Name("Government Services Office", "政务服务管理"), "#c9a27a"),
)
UNDERPASS = (5.5 * 150.0, 6 * 130.0)


class Scene:
    """Plays by the wall clock it is given. ``views(wall_ms)`` is what a console would have received by then."""

    def __init__(self, city: City, *, vehicles: int = 320, people: int = 120, pace: float = 5.0) -> None:
        self.city, self.pace = city, pace
        self.now_wall_ms = 0
        self.connected = True
        self.asked: list[tuple[str, str]] = []
        self.proposed: list[dict[str, object]] = []
        self.whole: Callable[[str, str], Card | None] | None = None  # pages over the map, where a test tells them
        self._out: list[View] = []
        self._rev = 0
        self._sent_ms = -1
        random = generator(11, "scene")
        count = vehicles + people + 6
        driveable = np.arange(len(city.roads))
        self._edge = random.choice(driveable, count)
        self._offset = random.random(count) * city.roads.length_m[self._edge]
        self._kind = np.full(count, StationType.CAR, np.uint8)
        self._kind[: vehicles // 12] = StationType.BUS
        self._kind[vehicles // 12 : vehicles // 6] = StationType.LIGHT_TRUCK
        self._kind[vehicles : vehicles + people] = StationType.PEDESTRIAN
        self._kind[vehicles + people - people // 4 : vehicles + people] = StationType.CYCLIST
        self._kind[-6:] = StationType.SPECIAL
        self._speed = np.where(self._kind == StationType.PEDESTRIAN, 1.4, np.where(self._kind == 2, 4.5, 9.0))
        self._speed *= 0.6 + 0.5 * random.random(count)
        self._department = np.full(count, -1, np.int8)
        self._department[-6:] = (2, 2, 1, 0, 3, 4)
        self._turns = random.random((64, count))
        self._hops = np.zeros(count, np.int64)
        outgoing: dict[int, list[int]] = {}
        for edge in range(len(city.roads)):
            outgoing.setdefault(int(city.roads.start[edge]), []).append(edge)
        self._outgoing = outgoing

    # the port

    def poll(self) -> list[View]:
        views, self._out = self._out, []
        return views

    def ask(self, kind: str, id: str) -> None:
        self.asked.append((kind, id))
        if kind == "device":
            card = Card(
                kind="device",
                id=id,
                rev=1,
                title=Name("water level gauge", "水位计"),
                icon="water",
                sections=(Facts(title=Text("Now"), rows=((Text("Reading"), "0.31 m"),)),),
            )
            self._out.append(Reply(id=id, accepted=True, card=card))
        whole = self.whole(kind, id) if self.whole is not None else None
        if whole is not None:
            self._out.append(Reply(id=id, accepted=True, card=whole))

    def propose(self, command: dict[str, object]) -> str:
        self.proposed.append(command)
        id = f"console-{len(self.proposed)}"
        if command.get("t") == "SetClock":
            self._out.append(
                CityClock(self.now_wall_ms, self.city_ms, float(str(command["pace"])), bool(command["running"]))
            )
        self._out.append(Reply(id=id, accepted=True))
        return id

    # the play

    @property
    def city_ms(self) -> int:
        return START_MS + round(self.now_wall_ms * self.pace)

    def advance(self, wall_ms: int) -> None:
        """Time moves; a snapshot comes first, then ten frames a second."""
        if self._sent_ms < 0:
            self.now_wall_ms = wall_ms
            self._sent_ms = wall_ms
            self._out.append(self.snapshot())
            return
        while self._sent_ms + 100 <= wall_ms:
            self._sent_ms += 100
            self.now_wall_ms = self._sent_ms
            self._drive(0.1 * self.pace)
            self._out.append(self.frame())
            if self._sent_ms // 100 % 10 == 0:
                self._out.extend((self.status(), self.lights()))
        self.now_wall_ms = wall_ms

    def _drive(self, dt_s: float) -> None:
        roads = self.city.roads
        self._offset = self._offset + self._speed * dt_s
        for row in np.flatnonzero(self._offset > roads.length_m[self._edge]).tolist():
            edge = int(self._edge[row])
            self._offset[row] -= roads.length_m[edge]
            onward = self._outgoing.get(int(roads.end[edge]), [edge])
            ways = [way for way in onward if way != int(roads.reverse[edge])] or onward
            self._hops[row] += 1
            self._edge[row] = ways[int(self._turns[self._hops[row] % 64, row] * len(ways))]

    def frame(self) -> Frame:
        roads, edge = self.city.roads, self._edge
        first = roads.shape_xy[roads.shape_start[edge]]
        last = roads.shape_xy[roads.shape_start[edge + 1] - 1]
        along = (last - first) / roads.length_m[edge][:, None]
        side = np.where(self._kind == StationType.PEDESTRIAN, roads.lanes[edge] * 3.25 + 1.5, roads.lanes[edge] * 1.62)
        spot = first + along * self._offset[:, None] + np.stack([along[:, 1], -along[:, 0]], axis=1) * side[:, None]
        self._rev += 1
        count = len(edge)
        fresh = np.zeros(count, np.uint8)
        fresh[::29] = Freshness.STALE
        return Frame(
            self._rev,
            self.city_ms,
            (np.arange(count) << 16) | 1,
            self._kind,
            spot[:, 0].astype(np.float32),
            spot[:, 1].astype(np.float32),
            np.degrees(np.arctan2(along[:, 0], along[:, 1])).astype(np.float32),
            self._speed.astype(np.float32),
            edge.astype(np.int32),
            self._offset.astype(np.float32),
            np.full(count, self.city_ms - 400, np.int64),
            fresh,
            np.full(count, Provenance.SIMULATED, np.uint8),
            self._department,
        )

    def devices(self) -> DeviceStates:
        count = len(self.city.devices)
        fresh = np.zeros(count, np.uint8)
        fresh[::11] = Freshness.STALE
        fresh[5::31] = Freshness.SILENT
        fresh[7::41] = Freshness.UNKNOWN
        alarm = np.zeros(count, np.uint8)
        alarm[[0, 14, 46, 62, 95]] = (2, 2, 1, 3, 4)
        values = {
            "water_level": 0.31,
            "air": 42.0,
            "street_lamp": 88.0,
            "bin": 0.62,
            "parking": 0.81,
            "pipe_pressure": 348_000.0,
            "noise": 61.0,
            "crowd": 412.0,
            "rain_gauge": 22.0,
            "smoke": 0.02,
            "traffic_counter": 18.0,
            "pump": 0.62,
            "manhole_cover": 1.0,
            "structure_tilt": 0.2,
        }
        value = np.array([values[device.kind] for device in self.city.devices], np.float32)
        return DeviceStates(
            self._rev,
            np.arange(count, dtype=np.int32),
            value,
            np.full(count, self.city_ms - 8_000, np.int64),
            fresh,
            alarm,
            np.zeros(count, np.uint8),
            np.full(count, Provenance.SIMULATED, np.uint8),
        )

    def lights(self) -> Lights:
        first, second, state = [], [], []
        phase = self.city_ms // 1000 % 60
        for index, lit in enumerate(self.city.intersections):
            for group in lit.groups:
                first.append(index)
                second.append(group.number)
                mine = phase < 28 if group.number == 1 else 31 <= phase < 57
                state.append(LightState.GREEN if mine else LightState.RED)
        return Lights(
            self._rev,
            np.array(first, np.int32),
            np.array(second, np.int32),
            np.array(state, np.uint8),
            np.zeros(len(first), np.uint8),
        )

    def status(self) -> Status:
        feeds = (
            FeedState(name="field", provenance=1, last_ms=self.city_ms, per_second=812.0, accepted=90_000, rejected=12),
        )
        return Status(
            connected=True,
            feeds=feeds,
            lost=0,
            latency_p99_ms=4.0,
            tempo="demo",
            rain_mm_h=24.0,
            counts={"vehicles": 320, "residents": 300, "devices": len(self.city.devices), "stale": 24},
            weather=Text("Rain"),
        )

    def snapshot(self) -> Snapshot:
        return Snapshot(
            0,
            "paper",
            "0" * 64,
            "duty chief",
            "operator",
            CityClock(self.now_wall_ms, self.city_ms, self.pace, True),
            DEPARTMENTS,
            self.frame(),
            self.devices(),
            self.lights(),
            tuple(self.marks()),
            tuple(self.cards()),
            tuple(self.alerts()),
            self.status(),
        )

    def marks(self) -> Iterable[Mark]:
        tunnel = tuple(np.flatnonzero(self.city.roads.tunnel).tolist())
        crew = int(((len(self._edge) - 150) << 16) | 1)
        yield Mark(
            id="m1",
            kind="incident",
            x_m=UNDERPASS[0],
            y_m=UNDERPASS[1],
            icon="flood",
            severity=2,
            card="C-0007",
            title=Text("{place} flooded", {"place": Name("Ferry Underpass", "渡口下穿")}),
            acknowledged=True,
            state=Text("Crew working"),
            radius_m=60.0,
            attention=0.8,
            caption=Text(
                "Water 0.31 m and rising at {place}: pump truck on its way",
                {"place": Name("Ferry Underpass", "渡口下穿")},
            ),
        )
        yield Mark(
            id="m2",
            kind="incident",
            x_m=1_005.0,
            y_m=300.0,
            icon="fire",
            severity=1,
            card="C-0009",
            title=Text("Fire in {place}", {"place": Name("Granary Market", "粮仓菜市场")}),
            acknowledged=False,
            state=Text("Not acknowledged"),
            radius_m=35.0,
            attention=0.5,
        )
        yield Mark(
            id="m3",
            kind="incident",
            x_m=452.0,
            y_m=900.0,
            icon="collision",
            severity=3,
            card="C-0008",
            title=Text("Road collision"),
            state=Text("Dispatched"),
        )
        yield Mark(
            id="m4",
            kind="incident",
            x_m=1_450.0,
            y_m=700.0,
            icon="bin",
            severity=4,
            card="C-0004",
            title=Text("Overflowing bin"),
            state=Text("Under repair"),
        )
        yield Mark(
            id="m5",
            kind="closure",
            x_m=UNDERPASS[0],
            y_m=UNDERPASS[1],
            icon="closure",
            edges=tunnel,
            title=Text("Closed street"),
        )
        yield Mark(
            id="m6",
            kind="errand",
            x_m=0,
            y_m=0,
            icon="newborn",
            title=Name("A newborn", "新生儿"),
            card="E-0001",
            state=Text("Birth certificate · 2 of 4"),
            follows=crew,
            attention=0.2,
        )

    def cards(self) -> Iterable[Card]:
        now, water, police = self.city_ms, DEPARTMENTS[2].name, DEPARTMENTS[1].name
        place = Name("Ferry Underpass", "渡口下穿")
        yield Card(
            kind="case",
            id="C-0007",
            rev=4,
            title=Text("{place} flooded", {"place": place}),
            severity=2,
            subtitle=Text("Flooded underpass · {code}", {"code": "01-07 · 990102001001001"}),
            icon="flood",
            mark="m1",
            state=Text("Crew working"),
            department=water,
            opened_ms=now - 6 * MINUTE,
            due_ms=now + 9 * MINUTE,
            owner="Lin Yue",
            actions=(
                Action(command="HurryCase", label=Text("Hurry"), fixed={"case": "C-0007"}),
                Action(
                    command="ReassignCase",
                    label=Text("Hand over"),
                    fixed={"case": "C-0007"},
                    asks={"reason": Text("Reason")},
                ),
                Action(
                    command="CancelCase",
                    label=Text("Call off"),
                    fixed={"case": "C-0007"},
                    danger=True,
                    asks={"reason": Text("Reason")},
                ),
            ),
            sections=(
                Table(
                    title=Text("Evidence"),
                    columns=(Text("Signal"), Text("Value"), Text("Observed")),
                    rows=(
                        (Text("Water level above 0.15 m"), "0.31 m", Moment(now - 20_000)),
                        (Text("Pump saturated"), "0.62 m³/s", Moment(now - 35_000)),
                        (Text("Vehicles slow"), 4, Moment(now - 64_000)),
                    ),
                ),
                Table(
                    title=Text("Routing"),
                    columns=(Text("Rule"), Text("Result"), Text("Why")),
                    rows=(
                        ("12", Text("lost"), Text("not a road authority matter")),
                        ("14", Text("won"), Text("water on a road")),
                    ),
                ),
                Facts(
                    title=Text("Closing test"),
                    rows=((Text("Level below"), "0.05 m for 3 min"), (Text("Stands at"), Text("not calm"))),
                ),
                Graph(
                    title=Text("Lifecycle"),
                    steps=(
                        Step(id="a", name=Text("Filed"), state="done", owner=Text("rule 3")),
                        Step(id="b", name=Text("Routed"), state="done", after=("a",), owner=Text("rule 14")),
                        Step(id="c", name=Text("Pump"), state="active", after=("b",), owner=water),
                        Step(id="d", name=Text("Close street"), state="done", after=("b",), owner=police),
                        Step(id="e", name=Text("Verified"), state="waiting", after=("c", "d")),
                    ),
                ),
                Timeline(
                    title=Text("Timeline"),
                    entries=(
                        Happening(
                            city_ms=now - 6 * MINUTE,
                            what=Text("Case filed"),
                            who=Text("rule scenes/flood"),
                            why=Text("Water level above 0.15 m for 20 s at two gauges"),
                        ),
                        Happening(
                            city_ms=now - 5 * MINUTE, what=Text("Routed to {unit}", {"unit": water}), who="routing/14"
                        ),
                        Happening(
                            city_ms=now - 4 * MINUTE,
                            what=Text("Pump truck 2 dispatched"),
                            who="Lin Yue",
                            why=Text("Shortest believed travel time, 3 min 10 s"),
                        ),
                        Happening(city_ms=now - MINUTE, what=Text("Pump truck 2 began to pump"), who="Pump truck 2"),
                    ),
                ),
            ),
        )
        yield Card(
            kind="case",
            id="C-0009",
            rev=1,
            title=Text("Fire in {place}", {"place": Name("Granary Market", "粮仓菜市场")}),
            severity=1,
            icon="fire",
            mark="m2",
            state=Text("Not acknowledged"),
            department=DEPARTMENTS[0].name,
            opened_ms=now - 50_000,
            due_ms=now + 70_000,
            owner="",
        )
        yield Card(
            kind="case",
            id="C-0008",
            rev=2,
            title=Text("Road collision"),
            severity=3,
            icon="collision",
            mark="m3",
            state=Text("Dispatched"),
            department=police,
            opened_ms=now - 11 * MINUTE,
            due_ms=now - 95_000,
        )
        yield Card(
            kind="case",
            id="C-0004",
            rev=2,
            title=Text("Overflowing bin"),
            severity=4,
            icon="bin",
            mark="m4",
            state=Text("Under repair"),
            department=DEPARTMENTS[4].name,
            opened_ms=now - 32 * MINUTE,
            due_ms=now + 88 * MINUTE,
        )
        yield Card(
            kind="case",
            id="C-0002",
            rev=9,
            title=Text("Lamp circuit out"),
            severity=4,
            icon="lamp",
            state=Text("Verified"),
            department=DEPARTMENTS[3].name,
            opened_ms=now - 64 * MINUTE,
            due_ms=now,
            closed_ms=now - 14 * MINUTE,
        )
        yield Card(
            kind="errand",
            id="E-0001",
            rev=2,
            title=Name("A newborn", "新生儿"),
            icon="newborn",
            mark="m6",
            state=Text("Birth certificate · 2 of 4"),
            department=DEPARTMENTS[5].name,
            opened_ms=now - 9 * MINUTE,
            sections=(
                Graph(
                    title=Text("Steps"),
                    steps=(
                        Step(id="a", name=Text("Form"), state="done"),
                        Step(id="b", name=Text("Birth certificate"), state="active", after=("a",)),
                        Step(id="c", name=Text("Household registration"), state="waiting", after=("b",)),
                        Step(id="d", name=Text("Handed over"), state="waiting", after=("c",)),
                    ),
                ),
            ),
        )

    def alerts(self) -> Iterable[Alert]:
        now = self.city_ms
        yield Alert(city_ms=now - 11 * MINUTE, severity=3, text=Text("Road collision"), card="C-0008")
        yield Alert(
            city_ms=now - 6 * MINUTE,
            severity=2,
            card="C-0007",
            text=Text("{place} flooded", {"place": Name("Ferry Underpass", "渡口下穿")}),
        )
        yield Alert(
            city_ms=now - 50_000,
            severity=1,
            card="C-0009",
            text=Text("Fire in {place}", {"place": Name("Granary Market", "粮仓菜市场")}),
        )
