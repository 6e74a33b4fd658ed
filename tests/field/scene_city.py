"""The small city with what the scenes need: a gauged bank, a fire lane, a building site, and their devices."""

from __future__ import annotations

from pathlib import Path

import shapely
from cities import grid_draft

from twin.city import layers
from twin.city.draft import Row
from twin.city.load import load
from twin.city.model import City
from twin.city.write import write

_PLACES = (
    ("river_bank", "bank1", "River gauge", "水位站", 300.0, 825.0),
    ("fire_lane", "lane1", "Fire lane", "消防车通道", 340.0, 310.0),
    ("site", "site1", "Building site", "工地", 700.0, 700.0),
    ("square", "square1", "Square", "广场", 500.0, 700.0),
)
_DEVICES: tuple[tuple[str, float, float, dict[str, str]], ...] = (
    ("river_level", 300.0, 825.0, {"place": "bank1"}),
    ("lane_camera", 340.0, 310.0, {"place": "lane1"}),
    ("air", 700.0, 700.0, {"place": "site1"}),
    ("noise", 704.0, 700.0, {"place": "site1"}),
    ("gas", 150.0, 150.0, {}),
    ("care_alarm", 60.0, 260.0, {}),
    ("light_monitor", 209.0, 409.0, {"edge": "h02/forward"}),
    ("light_monitor", 409.0, 409.0, {"edge": "h12/forward"}),
    ("light_monitor", 609.0, 409.0, {"edge": "h22/forward"}),
    ("crowd", 500.0, 700.0, {"place": "square1"}),
    ("service_kiosk", 110.0, 110.0, {}),
)


def scene_city(directory: Path) -> City:
    draft = grid_draft()
    for kind, id, en, zh, x, y in _PLACES:
        draft.places.append(Row(id, shapely.Point(x, y), layers.Spot(kind=kind, name_en=en, name_zh=zh)))
    for number, (kind, x, y, more) in enumerate(_DEVICES, start=1):
        sensor = layers.Sensor(kind=kind, gateway="gw1", **more)
        draft.devices.append(Row(f"s{number:02d}", shapely.Point(x, y), sensor))
    write(draft, directory)
    return load(directory)
