"""Where a selected thing is, in metres: its mark, itself, or the mover it is."""

from __future__ import annotations

import numpy as np

from twin.core.words import Freshness
from twin.render.insides import MOST
from twin.render.marks import MapMarks
from twin.render.sprites import WALKERS
from twin.render.stage import Selection, Stage
from twin.render.world import page_name

Spot = tuple[float, float]
AROUND_M = 130.0
"""People within so far of each other are seen at once."""
_IN_HALL, _INSIDE, _ERRAND = 12.0, 0.25, 2.0


def spot_of(stage: Stage, marks: MapMarks, selection: Selection) -> Spot | None:
    """None when the thing has no place that the console knows of."""
    world = stage.world
    card = world.cards.get(selection.id) or world.pages.get(page_name(selection.kind, selection.id))
    if card is not None and card.mover >= 0:
        return _moving(stage, Selection("resident", str(card.mover)))
    mark = world.marks.get(card.mark if card is not None else selection.id)
    if mark is None and card is not None:
        mark = next((one for one in world.marks.values() if one.card == card.id), None)
    if mark is not None:
        return marks.at(stage, mark)
    return _fixed(stage, selection) or _moving(stage, selection)


def _fixed(stage: Stage, selection: Selection) -> Spot | None:
    city, id = stage.city, selection.id
    match selection.kind:
        case "place":
            return next((place.xy for place in city.places if place.id == id), None)
        case "device":
            return next((device.xy for device in city.devices if device.id == id), None)
        case "intersection":
            nodes = [lit.node for lit in city.intersections if lit.id == id]
            return (float(city.roads.node_xy[nodes[0], 0]), float(city.roads.node_xy[nodes[0], 1])) if nodes else None
        case "street":
            middle = city.roads.shape(int(id)).mean(axis=0)
            return float(middle[0]), float(middle[1])
    return None


def liveliest(stage: Stage) -> Spot | None:
    """Where there is most to see of residents' lives: who waits or is served in a hall, who is about (those with an
    errand before others), and who is inside a place. None while nobody is."""
    movers, status = stage.movers, stage.world.status
    seen = [(one.x_m, one.y_m, _IN_HALL) for one in stage.stands]
    if status is not None:
        inside = ((place, status.present.get(place.id, 0)) for place in stage.city.places)
        seen += [(*place.xy, _INSIDE * min(people, MOST)) for place, people in inside if people]
    if movers is not None:
        rows = np.flatnonzero(np.isin(movers.kind, WALKERS) & (movers.department < 0))
        with_errand = [mark.follows for mark in stage.world.marks.values() if mark.follows >= 0]
        weight = (movers.freshness[rows] == Freshness.FRESH) + _ERRAND * np.isin(movers.id[rows], with_errand)
        seen += zip(movers.x_m[rows].tolist(), movers.y_m[rows].tolist(), weight.tolist(), strict=True)
    if not seen:
        return None
    spots = np.array(seen)
    near = np.hypot(*(spots[:, None, :2] - spots[None, :, :2]).T) <= AROUND_M
    best = int(np.argmax(near @ spots[:, 2]))
    x, y = np.average(spots[near[best], :2], axis=0, weights=np.maximum(spots[near[best], 2], 0.1)).tolist()
    return x, y


def mover_id(selection: Selection | None) -> int:
    """The Frame id that a selection names, or -1."""
    if selection is None or selection.kind not in ("vehicle", "unit", "resident"):
        return -1
    return int(selection.id) if selection.id.isdigit() else -1


def _moving(stage: Stage, selection: Selection) -> Spot | None:
    movers, id = stage.movers, mover_id(selection)
    row = movers.row(id) if movers is not None and id >= 0 else -1
    if movers is None or row < 0:
        return None
    return float(movers.x_m[row]), float(movers.y_m[row])
