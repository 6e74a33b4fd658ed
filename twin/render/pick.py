"""What a click on the map means: the topmost thing under the cursor."""

from __future__ import annotations

import math

import numpy as np

from twin.render.actors import PEOPLE_SPRITES_FROM
from twin.render.figures import height_px
from twin.render.marks import MapMarks
from twin.render.sprites import WALKERS
from twin.render.stage import Selection, Stage
from twin.render.things import DOTS_FROM, LIGHTS_FROM, DeviceMarks

REACH_PX = 12.0
PLACE_REACH_PX = 11.0


def pick(stage: Stage, marks: MapMarks, devices: DeviceMarks, x: float, y: float) -> Selection | None:
    """Marks before crews, crews before other movers, then devices, traffic lights and places; None on bare ground."""
    found = marks.find(x, y)
    if found:
        mark = stage.world.marks[found]
        return Selection("card", mark.card) if mark.card in stage.world.cards else Selection("mark", found)
    return (
        _stand(stage, x, y)
        or _mover(stage, x, y)
        or _device(stage, devices, x, y)
        or _intersection(stage, x, y)
        or _place(stage, x, y)
    )


def _mover(stage: Stage, x: float, y: float) -> Selection | None:
    movers = stage.movers
    if movers is None or not len(movers):
        return None
    sx, sy = stage.camera.to_screen(movers.x_m, movers.y_m)
    walker, crew = np.isin(movers.kind, WALKERS), movers.department >= 0
    tall = height_px(stage.camera.scale, stage.ui) if stage.camera.detail >= PEOPLE_SPRITES_FROM else 0.0
    away = np.hypot(sx - x, np.where(walker & ~crew, sy - tall / 2, sy) - y)  # a figure stands on its spot
    shown = (
        (crew & stage.layers.crews) | (walker & ~crew & stage.layers.people) | (~walker & ~crew & stage.layers.vehicles)
    )
    reach = max(REACH_PX * stage.ui, 2.5 * stage.camera.scale)
    rank = np.where(shown & (away <= reach), away - crew * reach, np.inf)  # a crew wins over what it passes
    row = int(np.argmin(rank))
    if not np.isfinite(rank[row]):
        return None
    kind = "unit" if crew[row] else "resident" if walker[row] else "vehicle"
    return Selection(kind, str(int(movers.id[row])))


def _stand(stage: Stage, x: float, y: float) -> Selection | None:
    """Who waits or is served in a hall."""
    if not stage.layers.people or stage.camera.detail < PEOPLE_SPRITES_FROM:
        return None
    tall = height_px(stage.camera.scale, stage.ui)
    for stand in stage.stands:
        sx, sy = stage.camera.to_screen(stand.x_m, stand.y_m)
        mark = stage.world.marks.get(stand.mark)
        if mark is not None and math.hypot(sx - x, sy - tall / 2 - y) <= tall / 2:
            return Selection("card", mark.card) if mark.card in stage.world.cards else Selection("mark", mark.id)
    return None


def _device(stage: Stage, devices: DeviceMarks, x: float, y: float) -> Selection | None:
    if not stage.layers.devices or not len(devices.x_m):
        return None
    sx, sy = stage.camera.to_screen(devices.x_m, devices.y_m)
    away = np.hypot(sx - x, sy - y)
    if stage.camera.detail < DOTS_FROM:
        away = np.where(stage.world.devices.alarm > 0, away, np.inf)
    row = int(np.argmin(away))
    return Selection("device", stage.city.devices[row].id) if away[row] <= REACH_PX * stage.ui else None


def _intersection(stage: Stage, x: float, y: float) -> Selection | None:
    if not stage.layers.lights or stage.camera.detail < LIGHTS_FROM:
        return None
    nodes = np.array([lit.node for lit in stage.city.intersections], np.int64)
    if not len(nodes):
        return None
    spots = stage.city.roads.node_xy[nodes]
    sx, sy = stage.camera.to_screen(spots[:, 0], spots[:, 1])
    away = np.hypot(sx - x, sy - y)
    row = int(np.argmin(away))
    reach = max(REACH_PX * stage.ui, 12.0 * stage.camera.scale)
    return Selection("intersection", stage.city.intersections[row].id) if away[row] <= reach else None


def _place(stage: Stage, x: float, y: float) -> Selection | None:
    for place in stage.city.places:
        sx, sy = stage.camera.to_screen(*place.xy)
        if stage.camera.detail >= 0.5 and abs(sx - x) + abs(sy - y) <= PLACE_REACH_PX * stage.ui:
            return Selection("place", place.id)
    return None
