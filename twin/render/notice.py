"""The one line that lies over the map: that nothing is heard, what became of a proposal, or why the camera is there."""

from __future__ import annotations

import math

import pygame

from twin.core.text import Text
from twin.render.choices import Choices
from twin.render.hud import Hud, severity_tone
from twin.render.moments import age
from twin.render.pilot import Pilot
from twin.render.stage import Stage


def draw_notice(hud: Hud, stage: Stage, choices: Choices, pilot: Pilot, free: pygame.Rect, wall_ms: int) -> None:
    """The gravest of what there is to say."""
    world, language = stage.world, stage.language
    if world.waits(wall_ms):
        words = language.words("Connecting: waiting for the first picture of the city")
        hud.draw_caption(stage, free, words, stage.theme.selected)
        return
    if world.late_s(wall_ms) == math.inf:
        hud.draw_stale(stage, free, language.words("No server: nothing has been heard yet"))
        return
    if stage.stale:
        since = Text(
            "Nothing heard for {age}: what you see is old",
            {"age": age((wall_ms - world.frame_wall_ms) / 1000)},
        )
        hud.draw_stale(stage, free, language.translate(since))
        return
    if choices.notice is not None and stage.now_s < choices.notice_until_s:
        tone = stage.theme.good if choices.notice_good else stage.theme.stop
        hud.draw_caption(stage, free, language.translate(choices.notice), tone)
    elif silent := world.silent_s(wall_ms):
        silence = Text("No source has been heard for {age}: nothing here is as of now", {"age": age(silent)})
        hud.draw_caption(stage, free, language.translate(silence), stage.theme.stop)
    elif pilot.caption is not None:
        hud.draw_caption(stage, free, language.translate(pilot.caption), severity_tone(stage, pilot.severity))
