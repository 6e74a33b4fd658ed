"""A car left on a fire lane: its camera sees it, if it looks there; vans that unload for a while are no hazard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twin.core.chance import fraction
from twin.field.hazards.base import Floats, Ground, Moment, Point, Site, Spot, VehicleWarning
from twin.field.hazards.calendar import Planned, ScheduledHazard


class Parked(Site):
    """``hidden``: where the lane's camera does not look."""

    lane: int = 0
    hidden: bool = False


class LaneState(Planned):
    cars: list[Parked]


class FireLanes(ScheduledHazard):
    """Lanes are the city's places of that kind, in its order."""

    kind = "fire_lane"
    tasks = ("move_car",)
    state: LaneState

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._set = ground.settings.hazards.fire_lane
        self.places = ground.city.of_kind("fire_lane")
        self._xy = np.array([place.xy for place in self.places]).reshape(-1, 2)
        number = {place.id: lane for lane, place in enumerate(self.places)}
        cameras = [ground.city.devices[index] for index in ground.of_kind("lane_camera").tolist()]
        self._watched = [number.get(camera.place, -1) for camera in cameras]
        self.state = LaneState(0, self.first_s, [])

    def begin(self, k: int, now: Moment, taken: Sequence[Point]) -> bool:
        chosen = self.ground.apart(self.kind, k, self._xy, taken, 60.0)
        if chosen < 0:
            return False
        hidden = self.ground.chance(self.kind, k, "hidden") < self._set.hidden_share
        x, y = self._xy[chosen]
        car = Parked(f"fire_lane-{k}", float(x), float(y), now.city_ms, lane=chosen, hidden=hidden)
        self.state.cars.append(car)
        self.began(car, place=self.places[chosen].id, hidden=int(hidden))
        return True

    def develop(self, now: Moment) -> list[VehicleWarning]:
        return []

    def spots(self) -> list[Spot]:
        return [Spot(self.kind, car.id, car.x_m, car.y_m, 30.0, self.tasks, car.touched) for car in self.state.cars]

    def complete(self, site: str, task: str, now: Moment) -> None:
        for car in list(self.state.cars):
            if car.id == site and task in self.tasks:
                self.state.cars.remove(car)
                self.over(car, now)

    def blocks(self, x_m: float, y_m: float, within_m: float) -> bool:
        """Whether a car stands in the way of engines there."""
        return any((car.x_m - x_m) ** 2 + (car.y_m - y_m) ** 2 <= within_m * within_m for car in self.state.cars)

    def occupied(self, now: Moment) -> Floats:
        """(n,) 0 or 1 as the cameras see it, in the order of the city's devices."""
        taken = {car.lane for car in self.state.cars if not car.hidden}
        return np.array([float(lane in taken or self._unloading(lane, now)) for lane in self._watched])

    def _unloading(self, lane: int, now: Moment) -> bool:
        block, into_s = divmod(now.since_s, self._set.van_block_s)
        seed = self.ground.seed
        if lane < 0 or fraction(seed, "van", lane, int(block)) >= self._set.van_share:
            return False
        begins_s = fraction(seed, "van", lane, int(block), "when") * (self._set.van_block_s - self._set.van_s)
        return begins_s <= into_s < begins_s + self._set.van_s
