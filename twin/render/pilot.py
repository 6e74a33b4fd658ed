"""Who flies the camera: the viewer, a mover that is followed, or what wants attention. The viewer always wins."""

from __future__ import annotations

from dataclasses import dataclass, field

from twin.core.text import Text
from twin.render.attention import Attention
from twin.render.camera import Camera
from twin.render.choices import Choices
from twin.render.marks import MapMarks
from twin.render.stage import Selection, Stage

FOLLOW_PX_PER_M = 2.6
FOLLOW_FROM_PX_PER_M = 1.0


@dataclass(slots=True)
class Pilot:
    """Moves the camera's goal once a frame; ``caption`` says why it is there."""

    camera: Camera
    choices: Choices
    marks: MapMarks
    attention: Attention = field(default_factory=Attention)
    caption: Text | None = None
    severity: int = 0

    def take_over(self, *, keep_mover: bool = False) -> None:
        """The viewer moved the map: the camera follows events no more."""
        self.choices.follow_events = False
        self.attention.yield_to_viewer()
        self.caption = None
        if not keep_mover:
            self.choices.follow_mover = -1

    def fly(self, stage: Stage, dt_s: float) -> None:
        """Set the goal, then ease towards it."""
        if self.choices.follow_mover >= 0:
            self._follow_mover(stage)
        elif self.choices.follow_events:
            self._follow_events(stage)
        self.camera.advance(dt_s)

    def _follow_mover(self, stage: Stage) -> None:
        if stage.movers is None:
            return
        row = stage.movers.row(self.choices.follow_mover)
        if row < 0:
            return
        level = None
        if self.camera.detail < FOLLOW_FROM_PX_PER_M:
            level = self.camera.level_for(FOLLOW_PX_PER_M)
        self.camera.fly_to(float(stage.movers.x_m[row]), float(stage.movers.y_m[row]), level)

    def _follow_events(self, stage: Stage) -> None:
        marks = stage.world.marks
        look = self.attention.choose(marks.values(), stage.now_s)
        if look is None:
            here = marks.get(self.attention.on)
            if here is not None and here.follows >= 0:
                self.camera.fly_to(*self.marks.at(stage, here))
            return
        if look.mark is None:
            self.camera.home()
            self.caption = None
            return
        self.camera.fly_to(*self.marks.at(stage, look.mark), self.camera.level_for(look.px_per_m))
        self.caption, self.severity = look.caption, look.mark.severity
        if look.mark.card:
            self.choices.select(Selection("card", look.mark.card))
