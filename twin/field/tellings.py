"""Which phones tell their place: those in motion whose owners agreed, the longest unheard first."""

from __future__ import annotations

import numpy as np

from twin.city.model import City
from twin.field.bodies import LIFT, SAID, STILL, WAIT
from twin.field.hazards.base import Moment
from twin.field.people import People
from twin.field.people_settings import PeopleSettings
from twin.field.publish import Publisher
from twin.formats.civic import PersonPosition


def tell_positions(city: City, people: People, settings: PeopleSettings, publisher: Publisher, now: Moment) -> None:
    """At most ``position_share`` of the budget of this second."""
    bodies = people.bodies
    moving = (bodies.mode != STILL) & (bodies.mode != WAIT) & (bodies.mode != LIFT) & people.phones.agreed["position"]
    due = np.flatnonzero(moving & (now.since_s - bodies.told_s >= settings.position_every_s))
    most = min(publisher.room, max(1, int(settings.position_share * publisher.budget_per_city_s * now.dt_s)))
    publisher.hold("person", max(0, len(due) - most))
    some = due[np.argsort(bodies.told_s[due], kind="stable")[:most]]
    if not len(some):
        return
    longitude, latitude = city.frame.to_lonlat(bodies.xy[some, 0], bodies.xy[some, 1])
    for place, row in enumerate(some.tolist()):
        position = PersonPosition(
            latitude=float(latitude[place]), longitude=float(longitude[place]),
            heading_deg=round(float(bodies.heading_deg[row]), 1), speed_mps=round(float(bodies.speed_mps[row]), 2),
            mode=SAID[int(bodies.mode[row])],  # type: ignore[arg-type]
        )  # fmt: skip
        if people.phones.say(row, "position", position, now.city_ms):
            bodies.told_s[row] = now.since_s
