"""What OpenStreetMap's tags mean here, as tables (https://wiki.openstreetmap.org/wiki/Map_features)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from twin.city import layers
from twin.core.text import Name

Tags = Mapping[str, str]

_DRIVABLE: dict[str, tuple[str, int, float]] = {
    "motorway": ("motorway", 2, 90.0),
    "trunk": ("trunk", 2, 70.0),
    "primary": ("primary", 2, 50.0),
    "secondary": ("secondary", 1, 50.0),
    "tertiary": ("tertiary", 1, 40.0),
    "unclassified": ("residential", 1, 30.0),
    "residential": ("residential", 1, 30.0),
    "living_street": ("residential", 1, 20.0),
    "road": ("residential", 1, 30.0),
    "service": ("service", 1, 20.0),
}
"""highway → class, lanes in a direction, speed (km/h) where none is mapped."""
_LINK_SPEED_KMH = 40.0
_ON_FOOT = {
    "footway": "footway",
    "pedestrian": "footway",
    "path": "footway",
    "steps": "footway",
    "cycleway": "cycleway",
}
_ALONG_A_STREET = frozenset({"sidewalk", "crossing", "traffic_island", "link", "track"})
_BARRED = frozenset({"no", "private", "agricultural", "forestry", "military", "delivery"})
_NOT_A_STREET = frozenset({"driveway", "parking_aisle", "drive-through", "emergency_access"})
_MPH = 1.609344
_NUMBER = re.compile(r"\d+(?:\.\d+)?")

_USE = {
    "residential": "apartments residential house detached terrace dormitory semidetached_house bungalow block yes_home "
    "houseboat hut cabin",
    "office": "office commercial",
    "retail": "retail supermarket kiosk shop mall department_store hotel",
    "industrial": "industrial warehouse factory manufacture hangar",
    "school": "school kindergarten",
    "university": "university college",
    "hospital": "hospital clinic",
    "civic": "civic public government townhall museum fire_station library courthouse police arts_centre theatre",
    "transport": "train_station transportation",
    "religious": "church chapel cathedral mosque synagogue temple shrine religious monastery place_of_worship",
    "garage": "garage garages carport parking",
}
_USES = {word: use for use, words in _USE.items() for word in words.split()}
_NO_BUILDING = frozenset({"no", "roof", "entrance", "ship", "atrium", "underpass_entrance", "collapsed", "proposed"})
STOREY_M = 3.3
_HEIGHT_M = {"residential": 15.0, "office": 18.0, "retail": 8.0, "industrial": 9.0, "garage": 4.0, "religious": 16.0}

_AREAS: dict[str, dict[str, str]] = {
    "natural": {"water": "water", "wood": "wood", "scrub": "park", "heath": "park", "grassland": "park"},
    "waterway": {"riverbank": "water", "dock": "water"},
    "leisure": {"park": "park", "garden": "park", "playground": "park", "pitch": "park", "golf_course": "park"},
    "landuse": {
        "residential": "residential", "commercial": "business", "retail": "business", "industrial": "industrial",
        "railway": "industrial", "grass": "park", "village_green": "park", "recreation_ground": "park",
        "cemetery": "park", "forest": "wood", "farmland": "farmland", "meadow": "farmland", "basin": "water",
        "reservoir": "water", "education": "campus", "civil": "other", "construction": "other",
    },
    "amenity": {"university": "campus", "college": "campus", "school": "campus"},
    "place": {"square": "square"},
    "highway": {"pedestrian": "square"},
}  # fmt: skip

_PLACES: dict[str, dict[str, str]] = {
    "amenity": {
        "townhall": "service_hall", "public_service": "service_hall", "hospital": "hospital", "clinic": "hospital",
        "school": "school", "university": "university", "college": "university", "marketplace": "market",
        "library": "library", "bus_station": "bus_station",
    },
    "shop": {"mall": "mall", "department_store": "mall"},
    "leisure": {"park": "park"},
    "place": {"square": "square"},
    "landuse": {"construction": "site"},
    "railway": {"station": "metro", "subway_entrance": "metro"},
    "station": {"subway": "metro"},
}  # fmt: skip
_DEPOTS = {"fire_station": "fire_rescue", "police": "police", "ambulance_station": "health"}


def name_of(tags: Tags) -> Name | None:
    """Both languages; what is not mapped in one is given as it is called there. Entrances have letters, not names."""
    local = tags.get("name") or (tags.get("ref", "") if "highway" in tags else "")
    if tags.get("railway") == "subway_entrance":
        return None
    en = tags.get("name:en") or tags.get("int_name") or local
    zh = tags.get("name:zh-Hans") or tags.get("name:zh") or tags.get("name:en") or local
    return Name(en or zh, zh) if en or zh else None


def road_of(tags: Tags) -> layers.Road | None:
    """The street of a highway's tags, or None where there is none for this model."""
    kind = tags.get("highway", "")
    if tags.get("area") == "yes" or tags.get("indoor") == "yes" or tags.get("access") in _BARRED:
        return None
    if kind in _ON_FOOT:
        return _path_of(kind, tags)
    base = kind.removesuffix("_link")
    if base not in _DRIVABLE or tags.get("service") in _NOT_A_STREET:
        return None
    modes = _modes(tags)
    if modes is None or (kind == "service" and _underground(tags)):
        return None
    road_class, lanes, speed = _DRIVABLE[base]
    oneway = tags.get("oneway") in ("yes", "1", "true", "-1") or tags.get("junction") in ("roundabout", "circular")
    oneway = oneway or (base == "motorway" and tags.get("oneway") != "no")
    if kind.endswith("_link"):
        lanes, speed = 1, min(speed, _LINK_SPEED_KMH)
    ahead, back = _lanes(tags, oneway, lanes)
    name = name_of(tags)
    return layers.Road(
        name_en=name.en if name else None,
        name_zh=name.zh if name else None,
        road_class=road_class,
        lanes=ahead,
        lanes_backward=back if back != ahead and not oneway else None,
        speed_kmh=_speed(tags, speed),
        oneway=True if oneway else None,
        modes=modes if modes != layers.DRIVING else None,
        bridge=True if tags.get("bridge", "no") != "no" else None,
        tunnel=True if _covered(tags) else None,
    )


def is_reversed(tags: Tags) -> bool:
    """A one-way street that is mapped against its direction."""
    return tags.get("oneway") == "-1"


def _covered(tags: Tags) -> bool:
    return tags.get("tunnel", "no") != "no" or tags.get("covered", "no") == "yes"


def _underground(tags: Tags) -> bool:
    return tags.get("tunnel", "no") == "yes"


def _modes(tags: Tags) -> tuple[str, ...] | None:
    """Who may use a street; None for one that is nobody's."""
    motor = tags.get("motor_vehicle", tags.get("vehicle", "yes"))
    if motor not in _BARRED:
        return layers.DRIVING
    if "yes" in (tags.get("bus"), tags.get("psv")):
        return ("foot", "bicycle", "bus")
    return ("foot", "bicycle") if tags.get("foot", "yes") != "no" else None


def _path_of(kind: str, tags: Tags) -> layers.Road | None:
    if tags.get("footway") in _ALONG_A_STREET or tags.get("cycleway") in _ALONG_A_STREET:
        return None
    if _underground(tags) or (tags.get("foot") == "no" and kind != "cycleway"):
        return None
    cycles = kind == "cycleway" or tags.get("bicycle") in ("yes", "designated")
    walks = kind != "cycleway" or tags.get("foot") in ("yes", "designated")
    name = name_of(tags)
    return layers.Road(
        name_en=name.en if name else None,
        name_zh=name.zh if name else None,
        road_class=_ON_FOOT[kind],
        speed_kmh=15.0 if cycles else 5.0,
        modes=("foot",) * walks + ("bicycle",) * cycles,
        bridge=True if tags.get("bridge", "no") != "no" else None,
    )


def _lanes(tags: Tags, oneway: bool, default: int) -> tuple[int, int]:
    """(in drawing direction, against it)."""
    total = _count(tags.get("lanes"))
    ahead, back = _count(tags.get("lanes:forward")), _count(tags.get("lanes:backward"))
    if oneway:
        return min(total or ahead or default, 8), 0
    if total:
        ahead = ahead or max(1, total - (back or total // 2))
        back = back or max(1, total - ahead)
    return min(ahead or default, 8), min(back or ahead or default, 8)


def _count(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0


def _speed(tags: Tags, default: float) -> float:
    given = tags.get("maxspeed", "")
    if given == "walk":
        return 7.0
    match = _NUMBER.match(given)
    if match is None:
        return default
    speed = float(match[0]) * (_MPH if "mph" in given else 1.0)
    return round(min(max(speed, 5.0), 130.0), 1)


def building_of(tags: Tags) -> layers.Building | None:
    """The building of an area's tags; ``use`` is "other" where nothing says what it is for."""
    kind = tags.get("building", "no")
    if kind in _NO_BUILDING or tags.get("location") == "underground" or tags.get("layer", "0").startswith("-"):
        return None
    words = (kind, tags.get("amenity", ""), tags.get("office") and "office", tags.get("shop") and "retail",
             tags.get("tourism", ""), tags.get("building:use", ""))  # fmt: skip
    use = next((_USES[word] for word in words if word in _USES), "other")
    name = name_of(tags)
    return layers.Building(
        name_en=name.en if name else None,
        name_zh=name.zh if name else None,
        use=use,
        height_m=_height(tags, _HEIGHT_M.get(use, 12.0)),
    )


def _height(tags: Tags, default: float) -> float:
    match = _NUMBER.match(tags.get("height", ""))
    if match is not None and 1.0 <= float(match[0]) <= 900.0:
        return float(match[0])
    storeys = _NUMBER.match(tags.get("building:levels", ""))
    if storeys is not None and 1.0 <= float(storeys[0]) <= 200.0:
        return round(float(storeys[0]) * STOREY_M, 1)
    return default


def area_of(tags: Tags) -> str | None:
    """The kind of ground, if it is any."""
    return next((kinds[tags[key]] for key, kinds in _AREAS.items() if tags.get(key) in kinds), None)


def place_of(tags: Tags) -> str | None:
    """The kind of place, if it is any."""
    return next((kinds[tags[key]] for key, kinds in _PLACES.items() if tags.get(key) in kinds), None)


def depot_of(tags: Tags) -> str | None:
    """The department whose depot this is, if it is one."""
    return _DEPOTS.get(tags.get("amenity", "")) or _DEPOTS.get(tags.get("emergency", ""))
