"""Devices misread, tire and fall silent as real ones do; what they say is exact in form."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from field_runs import NAMESPACE, START_MS, Run, run

from twin.city.catalogue import config_directory, load_catalogue
from twin.city.model import City
from twin.core.bus import InProcessBroker, Message
from twin.field.devices import Devices
from twin.field.gateways import Gateways
from twin.field.hazards.base import Moment
from twin.field.publish import Publisher
from twin.field.settings import DeviceSettings, load_settings
from twin.field.weather import Sky
from twin.formats.civic import GatewayState
from twin.formats.senml import decode_senml

SKY = Sky(0.0, 20.0, 3.0, 0.0, 1.0, 36_000.0, 1)


class Bench:
    """The small city's devices, fed a truth of one's own."""

    def __init__(self, city: City, settings: DeviceSettings | None = None, budget: float = 1000.0) -> None:
        settings = settings or load_settings(config_directory() / "field", "demo").devices
        broker = InProcessBroker()
        self.twin = broker.connect()
        self.twin.subscribe("#")
        publisher = Publisher(broker.connect(), NAMESPACE, budget)
        self.publisher = publisher
        self.gateways = Gateways(city, settings.gateways, 5, "demo", publisher)
        self.devices = Devices(city, load_catalogue().kinds, settings, 5, "demo", publisher, self.gateways)
        self.truth = np.full(len(self.devices.slots), 1.0)

    def run(self, first: int, last: int) -> list[Message]:
        for second in range(first, last):
            self.publisher.allow(1.0)
            self.devices.step(Moment(START_MS + 1000 * second, float(second), 1.0, SKY), self.truth)
        return [message for message in self.twin.drain() if "/dev/" in message.topic]


def _without_faults(city: City) -> DeviceSettings:
    settings = load_settings(config_directory() / "field", "demo").devices
    none = msgspec.structs.replace(settings.faults.outage, share=0.0)
    faults = msgspec.structs.replace(settings.faults, dropout=0.0, outage=none, stuck=none)
    battery = msgspec.structs.replace(settings.battery, weak_share=0.0)
    return msgspec.structs.replace(settings, faults=faults, battery=battery)


def _values(messages: list[Message], device: str, quantity: str) -> list[float]:
    found = []
    for message in messages:
        if message.topic == f"{NAMESPACE}/dev/{device}/senml":
            for reading in decode_senml(message.payload, 0):
                if reading.name.endswith(f":{quantity}") and reading.value is not None:
                    found.append(reading.value)
    return found


def test_noise_has_the_spread_that_the_configuration_says(grid_city: City) -> None:
    bench = Bench(grid_city, _without_faults(grid_city))
    pressure = bench.devices.slots.names.index(("pressure", "Pa"))
    bench.truth[pressure] = 350_000.0
    heard = _values(bench.run(0, 8_000), "d13", "pressure")
    assert len(heard) == 400
    assert 1_300.0 < float(np.std(heard)) < 1_700.0
    assert abs(float(np.mean(heard)) - 350_000.0 - float(bench.devices.slots.bias[pressure])) < 250.0


def test_each_kind_reports_at_its_own_pace(grid_city: City) -> None:
    bench, kinds = Bench(grid_city, _without_faults(grid_city)), load_catalogue().kinds
    messages = bench.run(0, 1200)
    for device in grid_city.devices:
        said = sum(message.topic.split("/")[3] == device.id for message in messages)
        assert said == 1200 / kinds[device.kind].period_s, device.kind


def test_a_leap_is_told_at_once(grid_city: City) -> None:
    bench = Bench(grid_city, _without_faults(grid_city))
    bench.run(0, 60)
    smoke = bench.devices.slots.names.index(("smoke", "/"))
    bench.truth[smoke] = 0.4
    heard = _values(bench.run(60, 62), "d06", "smoke")
    assert heard
    assert abs(heard[-1] - 0.4) < 0.05


def test_a_scant_budget_delays_but_never_loses_a_report(grid_city: City) -> None:
    bench = Bench(grid_city, _without_faults(grid_city), budget=0.34)
    messages = bench.run(0, 600)
    heard = {message.topic.split("/")[3] for message in messages}
    assert heard == {device.id for device in grid_city.devices}
    assert len(messages) <= 0.34 * 600 + 2


def test_devices_behind_a_gateway_that_is_down_are_silent(grid_city: City) -> None:
    bench = Bench(grid_city, _without_faults(grid_city))
    bench.run(0, 120)
    bench.gateways.state.down_until_s["gw1"] = 1e9
    heard = {message.topic.split("/")[3] for message in bench.run(120, 400)}
    assert heard == {device.id for device in grid_city.devices if device.gateway == "gw2"}


def test_an_empty_battery_is_silence_and_a_weak_one_says_so(grid_city: City) -> None:
    settings = _without_faults(grid_city)
    battery = msgspec.structs.replace(
        settings.battery, weak_share=1.0, weak_start=(4.0, 4.0), weak_drain_per_hour={"demo": 3600.0 * 4 / 300}
    )
    bench = Bench(grid_city, msgspec.structs.replace(settings, battery=battery))
    early, late = bench.run(0, 299), bench.run(301, 900)
    levels = _values(early, "d01", "battery")
    assert levels[0] > 3.0 > 0.5 > levels[-1]
    assert not _values(late, "d01", "level")
    assert not _values(early, "d04", "battery")  # an air station has mains
    assert _values(late, "d04", "pm25")


def test_a_stuck_device_repeats_itself(grid_city: City) -> None:
    settings = _without_faults(grid_city)
    stuck = msgspec.structs.replace(settings.faults.stuck, share=1.0)
    bench = Bench(
        grid_city, msgspec.structs.replace(settings, faults=msgspec.structs.replace(settings.faults, stuck=stuck))
    )
    assert len(set(_values(bench.run(0, 900), "d13", "pressure"))) == 1


@pytest.fixture(scope="module")
def quiet(grid_city: City) -> Run:
    return run(grid_city, vehicles=0, residents=0)


def test_gateways_are_online_and_retained(quiet: Run) -> None:
    states = [
        msgspec.json.decode(message.payload, type=GatewayState) for message in quiet.until(1) if "/gw/" in message.topic
    ]
    own = {"gw1", "gw2", "platform-virtual_hall", "platform-virtual_plaza"}  # those of virtual places serve no device
    assert {(state.gateway, state.state) for state in states} == {(gateway, "online") for gateway in own}


def test_every_reading_is_named_as_the_catalogue_names_it(quiet: Run) -> None:
    kinds, city = load_catalogue().kinds, quiet.field.city
    known = {device.id: {q.id: q.unit for q in kinds[device.kind].quantities} for device in city.devices}
    seen = set()
    for message in quiet.until(150):
        if "/dev/" in message.topic:
            for reading in decode_senml(message.payload, 0):
                *_, device, quantity = reading.name.split(":")
                assert reading.name.startswith(f"urn:dev:{city.meta.id}:")
                assert reading.unit == (known[device] | {"battery": "%EL"})[quantity]
                seen.add(device)
    assert seen == set(known)
