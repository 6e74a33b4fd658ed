"""The closed vocabularies shared by every layer. Integer values travel in columns; never renumber them."""

from enum import IntEnum, IntFlag


class Severity(IntEnum):
    """The four national severity levels, Ⅰ the gravest."""

    I = 1
    II = 2
    III = 3
    IV = 4


class Freshness(IntEnum):
    """How far a believed value may be trusted for its age. Only FRESH may ever look normal."""

    FRESH = 0
    STALE = 1  # older than its kind allows
    SILENT = 2  # its gateway's last will, or an availability message, says it is gone
    UNKNOWN = 3  # never heard, or a retained value that carries no time of its own


class Doubt(IntFlag):
    """Why a fresh value is still not taken at its word."""

    NONE = 0
    JUMP = 1  # changed faster than its kind plausibly can
    SKEWED = 2  # its source's clock is off by more than a minute
    BATTERY = 4  # its device says that its battery is nearly empty


class Provenance(IntEnum):
    """Where a value, case or mark comes from; always visible."""

    LIVE = 0
    SIMULATED = 1
    REPLAYED = 2
    EXERCISE = 3


class StationType(IntEnum):
    """What moves, numbered as ETSI TS 102 894-2 numbers it (wire value of ``station_type``)."""

    UNKNOWN = 0
    PEDESTRIAN = 1
    CYCLIST = 2
    MOPED = 3
    MOTORCYCLE = 4
    CAR = 5
    BUS = 6
    LIGHT_TRUCK = 7
    HEAVY_TRUCK = 8
    TRAILER = 9
    SPECIAL = 10  # emergency and municipal vehicles: crews
    TRAM = 11
    ROADSIDE_UNIT = 15


class LightState(IntEnum):
    """A traffic light group's state, numbered as ISO/TS 19091 ``event_state`` numbers it."""

    UNAVAILABLE = 0
    DARK = 1
    STOP_THEN_PROCEED = 2
    RED = 3
    PRE_MOVEMENT = 4
    PERMISSIVE_GREEN = 5
    GREEN = 6
    PERMISSIVE_CLEARANCE = 7
    CLEARANCE = 8  # amber
    CAUTION = 9


class RoadClass(IntEnum):
    """Hierarchy of streets, 1 the highest; follows the usual OpenStreetMap classes."""

    MOTORWAY = 1
    TRUNK = 2
    PRIMARY = 3
    SECONDARY = 4
    TERTIARY = 5
    RESIDENTIAL = 6
    SERVICE = 7
    CYCLEWAY = 8
    FOOTWAY = 9


class Mode(IntFlag):
    """Who may use an edge."""

    FOOT = 1
    BICYCLE = 2
    CAR = 4
    BUS = 8
