"""The small city with monitors at its traffic lights."""

from __future__ import annotations

from pathlib import Path

import shapely
from cities import grid_draft

from twin.city import layers
from twin.city.draft import Row
from twin.city.load import load
from twin.city.model import City
from twin.city.write import write


def playable_city(directory: Path) -> City:
    draft = grid_draft()
    for number, x in enumerate((209.0, 409.0, 609.0), 1):
        sensor = layers.Sensor(kind="light_monitor", gateway="gw1", edge=f"h{number - 1}2/forward")
        draft.devices.append(Row(f"lm{number}", shapely.Point(x, 409.0), sensor))
    write(draft, directory)
    return load(directory)
