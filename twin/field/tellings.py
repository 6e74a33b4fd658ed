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
    steered = np.zeros(len(moving), np.bool_)
    steered[people.steering.rows()] = True
    steered &= people.phones.agreed["position"]
    moving &= now.since_s - bodies.told_s >= settings.position_every_s
    due = np.flatnonzero(moving | steered)  # whoever is steered sees where they are at every second
    most = min(publisher.room, max(1, int(settings.position_share * publisher.budget_per_city_s * now.dt_s)))
    publisher.hold("person", max(0, len(due) - most))
    some = due[np.lexsort((bodies.told_s[due], ~steered[due]))[:most]]
    if not len(some):
        return
    longitude, latitude = city.frame.to_lonlat(bodies.xy[some, 0], bodies.xy[some, 1])
    for place, row in enumerate(some.tolist()):
        position = PersonPosition(
            latitude=float(latitude[place]), longitude=float(longitude[place]),
            heading_deg=round(float(bodies.heading_deg[row]), 1), speed_mps=round(float(bodies.speed_mps[row]), 2),
            mode=SAID[int(bodies.mode[row])],  # type: ignore[arg-type]
            seq=people.steering.seq(row) if steered[row] else -1,
        )  # fmt: skip
        if people.phones.say(row, "position", position, now.city_ms):
            bodies.told_s[row] = now.since_s
