"""Where a selected thing is, in metres: its mark, itself, or the mover it is."""

from __future__ import annotations

import numpy as np

from twin.core.words import Freshness
from twin.render.marks import MapMarks
from twin.render.sprites import WALKERS
from twin.render.stage import Selection, Stage
from twin.render.world import page_name

Spot = tuple[float, float]
CELL_M = 160.0
"""So wide are the squares in which people are counted."""


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
    """Where there is most to see of residents' lives: a hall in which people wait or are served, else where most of
    them are about now, those with an errand before others. None while nobody is."""
    spots = np.array([(one.x_m, one.y_m) for one in stage.stands]).reshape(-1, 2)
    weight = np.ones(len(spots))
    movers = stage.movers
    if not len(spots) and movers is not None:
        rows = np.flatnonzero(np.isin(movers.kind, WALKERS) & (movers.department < 0))
        spots = np.column_stack((movers.x_m[rows], movers.y_m[rows]))
        with_errand = [mark.follows for mark in stage.world.marks.values() if mark.follows >= 0]
        weight = (movers.freshness[rows] == Freshness.FRESH) * 1.0 + 3.0 * np.isin(movers.id[rows], with_errand)
    if not len(spots):
        return None
    _, which = np.unique(np.floor(spots / CELL_M), axis=0, return_inverse=True)
    busiest = which.ravel() == int(np.argmax(np.bincount(which.ravel(), weight)))
    x, y = spots[busiest].mean(axis=0).tolist()
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
