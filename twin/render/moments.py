"""Times as people read them: city time in the city's zone, with its age beside it."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from twin.core.text import Text


def zone(name: str) -> tzinfo:
    """The city's time zone; UTC where the machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def clock(city_ms: int, where: tzinfo, *, seconds: bool = True) -> str:
    """HH:MM:SS of a city time."""
    return datetime.fromtimestamp(city_ms / 1000, where).strftime("%H:%M:%S" if seconds else "%H:%M")


def day(city_ms: int, where: tzinfo) -> Text:
    """The date with its weekday."""
    moment = datetime.fromtimestamp(city_ms / 1000, where)
    names = (Text("Mon"), Text("Tue"), Text("Wed"), Text("Thu"), Text("Fri"), Text("Sat"), Text("Sun"))
    return Text("{date} {weekday}", {"date": moment.strftime("%Y-%m-%d"), "weekday": names[moment.weekday()]})


def age(seconds: float) -> Text:
    """How long ago, in the largest unit that still says enough."""
    whole = max(0, int(seconds))
    if whole < 60:
        return Text("{n} s", {"n": whole})
    if whole < 3600:
        return Text("{n} min", {"n": whole // 60})
    if whole < 36 * 3600:
        return Text("{h} h {m:02d}", {"h": whole // 3600, "m": whole % 3600 // 60})
    return Text("{n} d", {"n": whole // 86400})


def brief_age(seconds: float) -> Text:
    """How long, as short as a narrow column needs it."""
    if seconds < 3600:
        return age(seconds)
    return Text("{h} h", {"h": f"{seconds / 3600:.1f}"}) if seconds < 36 * 3600 else age(seconds)


def countdown(seconds: float) -> str:
    """Time left as M:SS or H:MM:SS; overdue time carries a plus, as on an operations clock."""
    whole = abs(int(seconds))
    sign = "+" if seconds < 0 else ""
    if whole >= 3600:
        return f"{sign}{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    return f"{sign}{whole // 60}:{whole % 60:02d}"
