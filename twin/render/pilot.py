"""Who flies the camera: the viewer, a mover that is followed, or what wants attention. The viewer always wins."""

from __future__ import annotations

from dataclasses import dataclass, field

from twin.city.model import City
from twin.core.text import Text
from twin.core.views import Mark
from twin.render.attention import Attention
from twin.render.camera import Camera
from twin.render.choices import Choices
from twin.render.marks import MapMarks
from twin.render.stage import Selection, Stage
from twin.render.whereabouts import liveliest

FOLLOW_PX_PER_M = 2.6
FOLLOW_FROM_PX_PER_M = 1.0
OWN_PX_PER_M = 5.0
PEOPLE_PX_PER_M = 4.0
HEAVY_MM_H = 8.0
"""From here on meteorologists call rain heavy."""


@dataclass(slots=True)
class Pilot:
    """Moves the camera's goal once a frame; ``caption`` says why it is there."""

    camera: Camera
    choices: Choices
    marks: MapMarks
    attention: Attention = field(default_factory=Attention)
    caption: Text | None = None
    severity: int = 0
    wants_people: bool = False  # to begin where residents are about

    def take_over(self, *, keep_mover: bool = False) -> None:
        """The viewer moved the map: the camera follows events no more."""
        self.choices.follow_events = False
        self.attention.yield_to_viewer()
        self.caption = None
        if not keep_mover:
            self.choices.follow_mover = -1
            self.choices.with_own = False

    def look_at(self, city: City, place: str) -> None:
        """Begin at a place, by its id or kind, or with ``people`` where they are about; and stay there."""
        self.take_over()
        self.wants_people = place == "people"
        found = next((one for one in city.places if place in (one.id, one.kind)), None)
        if found is not None:
            self.camera.fly_to(*found.xy, self.camera.level_for(PEOPLE_PX_PER_M), at_once=True)

    def fly(self, stage: Stage, dt_s: float) -> None:
        """Set the goal, then ease towards it."""
        if self.wants_people and (spot := liveliest(stage)) is not None:
            self.wants_people = False
            self.camera.fly_to(*spot, self.camera.level_for(PEOPLE_PX_PER_M), at_once=True)
        if stage.world.in_shoes:
            self.caption = None
            if self.choices.with_own and stage.own >= 0:
                self._follow_mover(stage, stage.own)
        elif self.choices.follow_mover >= 0:
            self._follow_mover(stage, self.choices.follow_mover)
        elif self.choices.follow_events and self.choices.page is None:
            self._follow_events(stage)
        self.camera.advance(dt_s)

    def _follow_mover(self, stage: Stage, id: int) -> None:
        if stage.movers is None:
            return
        row = stage.movers.row(id)
        if row < 0:
            return
        level = None
        if self.camera.detail < FOLLOW_FROM_PX_PER_M:
            level = self.camera.level_for(OWN_PX_PER_M if stage.world.in_shoes else FOLLOW_PX_PER_M)
        self.camera.fly_to(float(stage.movers.x_m[row]), float(stage.movers.y_m[row]), level)

    def _follow_events(self, stage: Stage) -> None:
        marks = stage.world.marks
        look = self.attention.choose(marks.values(), stage.now_s, stage.world.ended)
        if look is None:
            self._stay(stage, marks.get(self.attention.on))
            return
        if look.mark is None:
            self.camera.home()
            return
        self.camera.fly_to(*self.marks.at(stage, look.mark), self.camera.level_for(look.px_per_m))
        self.caption, self.severity = look.caption, look.mark.severity
        if look.mark.card:
            self.choices.select(Selection("card", look.mark.card))

    def _stay(self, stage: Stage, here: Mark | None) -> None:
        """The caption keeps up with what is looked at; with nothing to look at, it says what the city is doing."""
        if here is not None:
            if here.follows >= 0:
                self.camera.fly_to(*self.marks.at(stage, here))
            self.caption, self.severity = here.caption, here.severity
            return
        self.severity = 0
        status = stage.world.status
        if status is not None and status.rain_mm_h >= HEAVY_MM_H:
            self.caption = Text(
                "Heavy rain, {rain} mm/h: the gauges in the underpasses are watched",
                {"rain": f"{status.rain_mm_h:.0f}"},
            )
        elif status is not None:
            self.caption = Text("The whole city. The camera goes where something happens until you move it")
