"""A simulated city opens warm: its hall has worked for days, by its own desks, the same in every run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from cities import grid_city as make_city
from rich.console import Console

from services.app.composition import Ports, World, build, open_twin, read_world
from services.app.lockstep import Lockstep
from services.app.opening import moments_before, open_warm
from services.app.own_data import own_data
from services.app.recorded import identity
from services.app.replay import replay
from services.app.settings import Settings, settings_for
from services.app.treasury import print_balance
from services.engine.memory import MemoryJournal, NoOutbox, NoRecorder
from services.engine.recover import unproved
from services.facts.base import Actor, CommandRefused
from services.facts.engine import ErasePerson, PersonErased
from services.facts.opening import HallOpened, OpenWarm
from services.facts.records import Entry, Outgoing
from services.facts.registry import all_facts
from services.governance.calendar import load_calendar
from services.hall.credentials import Credential
from services.hall.errands import ErrandDesk
from services.hall.opening import KEPT, OpeningDesk, standing
from services.hall.wallet import WalletDesk
from services.storage.recorder import Limits
from services.storage.stores import Stores, open_archive
from services.storage.vault import ErasedError, Vault, seeded_keys
from twin.city.catalogue import config_directory

ROOT = Path(__file__).parents[2]
SEED, DAYS, RESIDENTS = 7, 2, 300


@dataclass
class Town:
    city: Lockstep
    stores: Stores
    settings: Settings
    data: Path

    @property
    def opened(self) -> HallOpened:
        return next(fact for fact in self.facts if isinstance(fact, HallOpened))

    @property
    def facts(self) -> list[object]:
        return [entry.fact for entry in self.stores.archive.entries(0)]

    @property
    def errands(self) -> ErrandDesk:
        return next(desk for desk in self.city.twin.desks if isinstance(desk, ErrandDesk))


def settings_in(folder: Path, days: int = DAYS) -> tuple[Settings, World]:
    if not (folder / "city").exists():
        make_city(folder / "city")
    settings = settings_for(
        folder / "data", city=folder / "city", simulation="opening", at="10:00", tempo="demo", seed=SEED, backlog=days
    )
    settings = msgspec.structs.replace(settings, residents=RESIDENTS)
    return settings, read_world(settings)


def town(folder: Path, days: int = DAYS) -> Town:
    settings, world = settings_in(folder, days)
    settings.data.mkdir(parents=True, exist_ok=True)
    stores = Stores(
        settings.data, identify=lambda objects: identity(objects, settings), wall_ms=lambda: 0,
        limits=Limits(segment_bytes=6 << 20), new_key=seeded_keys(SEED),
        register={resident.pseudonym: resident.id for resident in world.residents.values()},
    )  # fmt: skip
    city = Lockstep(world, settings, stores, vehicles=0, budget_per_city_s=20.0, step_ms=1000, warm=True)
    return Town(city, stores, settings, settings.data)


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Town:
    made = town(tmp_path_factory.mktemp("warm"))
    made.city.run(30)
    return made


def test_the_hall_has_worked_before_and_the_journal_says_what_came_of_it(warm: Town) -> None:
    opened = warm.opened
    assert [type(fact) for fact in warm.facts].count(HallOpened) == 1
    assert opened.received == opened.open + sum(opened.ended.values()) >= 10
    assert opened.open and opened.completed and sum(opened.completed.values()) == opened.ended["completed"]
    book = warm.errands.book
    old = [errand for errand in book.state.errands.values() if errand.begun_ms < warm.settings.start_ms]
    assert len([errand for errand in old if not errand.ended]) <= opened.open <= len(old)
    days = {errand.begun_ms // 86_400_000 for errand in old}
    assert len(days) == DAYS + 1, "and this morning's"
    for errand in old:
        assert errand.history[0].actor.kind == "resident" and all(line.actor.id for line in errand.history)
        assert all(line.city_ms <= warm.settings.start_ms + 30_000 for line in errand.history)


def test_it_is_opened_once_and_only_a_simulated_city_is(warm: Town) -> None:
    engine = warm.city.twin.engine
    assert not open_warm(engine, msgspec.structs.replace(warm.settings, backlog_days=0))
    again = engine.command(OpenWarm(id="again", days=2))
    assert [type(event) for event in again.events] == [CommandRefused]
    desk = next(desk for desk in warm.city.twin.desks if isinstance(desk, OpeningDesk))
    real = OpeningDesk([one for one in warm.city.twin.desks if one.name in KEPT], warm.city.twin.senses, {})
    assert desk.opened and not real.opened


def test_those_for_whom_something_waits_are_told_and_go_on_with_it(warm: Town) -> None:
    waiting = {
        errand.request: answer.state
        for errand in warm.errands.book.open()
        for _, answer in standing(errand)
        if errand.begun_ms < warm.settings.start_ms
    }
    known = warm.city.field._applicants.state.applicants
    assert set(waiting) <= set(known)
    assert set(waiting.values()) <= {"expected", "asked", "refused"}


def test_credentials_of_those_days_are_whole_and_their_claims_sealed(warm: Town) -> None:
    wallet = next(desk for desk in warm.city.twin.desks if isinstance(desk, WalletDesk))
    held = list(wallet.state.held.values())
    assert held and all(isinstance(one, Credential) and one.signature for one in held)
    names = [resident.name.zh.encode() for resident in warm.city.twin.world.residents.values()]
    assert not [name for name in names if name in warm.opened.state], "no form or claim in the clear"


def test_the_export_of_ones_own_data_has_what_was_asked_for_before(warm: Town) -> None:
    errand = next(one for one in warm.errands.book.open() if one.begun_ms < warm.settings.start_ms)
    resident = warm.city.twin.world.residents[errand.person]
    opened = open_archive(warm.data)
    found = own_data(opened, warm.city.twin.world.residents, resident.id)
    opened.close()
    assert found["forms"][errand.id] and set(found["credentials"]) >= {one.id for one in errand.credentials}


def test_the_accounts_balance_with_the_backlog_in_them(warm: Town) -> None:
    out = StringIO()
    assert print_balance(warm.data, None, Console(file=out, width=120)) == 0, out.getvalue()
    charged = [item for errand in warm.errands.book.state.errands.values() for item in errand.done
               if warm.errands.book.service_of(errand).item(item).fee_cents]  # fmt: skip
    assert ("fee:" in out.getvalue()) == bool(charged)


def test_journal_and_checkpoint_give_the_live_state_and_the_recording_replays(warm: Town, tmp_path: Path) -> None:
    twin = warm.city.twin
    ports = Ports(MemoryJournal(), NoRecorder(), NoOutbox(), warm.stores.vault)
    fresh = build(twin.world, warm.settings, ports)
    assert unproved(twin.engine, fresh.senses, fresh.desks, warm.stores.archive, all_facts()) == ()
    result = replay(warm.data, tmp_path, Console(quiet=True))
    assert result.difference is None and result.imposed == 0


def test_after_erasure_nothing_of_that_persons_can_be_read_and_it_still_replays(tmp_path: Path) -> None:
    made = town(tmp_path)
    made.city.run(5)
    errand = next(errand for errand in made.errands.book.open() if not errand.agent)
    wish = ErasePerson(id="erase", actor=_clerk(made), person=errand.person, ground="request")
    assert PersonErased in [type(event) for event in made.city.twin.engine.command(wish).events]
    made.city.run(5)
    assert errand.id not in {one.id for one in made.errands.book.open()}
    with pytest.raises(ErasedError):
        made.stores.vault.open(errand.person, errand.sealed, f"errand/{errand.id}/form".encode())
    result = replay(made.data, tmp_path / "out", Console(quiet=True))
    assert result.difference is None and result.imposed >= 1
    assert print_balance(made.data, None, Console(quiet=True)) == 0


def _clerk(made: Town) -> Actor:
    chief = made.city.twin.world.roster.holder("duty_chief", made.city.now_ms)
    assert chief is not None
    return Actor("person", chief.id, "duty_chief")


def test_looks_are_in_the_halls_hours_on_working_days() -> None:
    calendar = load_calendar(config_directory() / "calendar.toml", "Asia/Shanghai")
    monday_10 = 1_781_488_800_000  # 2026-06-15 10:00 in Shanghai
    looks = moments_before(calendar, "Asia/Shanghai", 10, monday_10)
    assert looks == tuple(sorted(set(looks))) and looks[-1] < monday_10
    days = sorted({(look + 8 * 3_600_000) // 86_400_000 for look in looks})
    assert len(days) == 11 and (days[-1] - days[0]) == 14, "two weekends between"
    assert all(8 <= (look // 3_600_000 + 8) % 24 <= 18 for look in looks)


SCRIPT = """
import sys
sys.path[:0] = [{root!r}, {root!r} + "/tests", {root!r} + "/tests/app"]
from hashlib import sha256
from pathlib import Path
from test_opening import settings_in, state_of
print(sha256(state_of(Path(sys.argv[1]))).hexdigest())
"""


def state_of(folder: Path) -> bytes:
    """What a city's opening comes to, without stores."""
    settings, world = settings_in(folder, 1)
    city = Lockstep(world, settings, keys=folder, vehicles=0, warm=True)
    return next(entry.fact.state for entry in city.facts if isinstance(entry.fact, HallOpened))


def test_the_same_seed_opens_the_same_under_any_hash_seed(tmp_path: Path) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT.format(root=str(ROOT)), str(tmp_path / hash_seed)],
            env=os.environ | {"PYTHONHASHSEED": hash_seed}, stdout=subprocess.PIPE, text=True,
        )
        for hash_seed in ("1", "2")
    ]  # fmt: skip
    said = [child.communicate()[0].strip() for child in children]
    assert said[0] == said[1] and len(said[0]) == 64


def test_keys_made_together_are_on_the_disk_at_the_end_or_never_were(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "keys", new_key=seeded_keys(1))
    with vault.together():
        sealed = vault.seal("a", b"words", b"here")
        assert not (tmp_path / "keys").exists()
    assert Vault(tmp_path / "keys").open("a", sealed, b"here") == b"words"
    with pytest.raises(RuntimeError), vault.together():
        vault.seal("b", b"words", b"here")
        raise RuntimeError
    assert b'"b"' not in (tmp_path / "keys").read_bytes()
    vault.seal("c", b"words", b"here")
    assert b'"c"' in (tmp_path / "keys").read_bytes() and b'"b"' not in (tmp_path / "keys").read_bytes()


def test_a_server_that_is_killed_while_it_opens_opens_when_it_is_started_again(tmp_path: Path) -> None:
    settings, _ = settings_in(tmp_path, 1)
    settings.data.mkdir()
    killed = open_twin(settings)
    commit = killed.stores.journal.commit

    def broken(entries: Sequence[Entry], outgoing: Sequence[Outgoing], settled: Sequence[str]) -> None:
        if any(isinstance(entry.fact, HallOpened) for entry in entries):
            raise OSError("the disk is full")
        commit(entries, outgoing, settled)

    killed.stores.journal.commit = broken  # type: ignore[method-assign]
    with pytest.raises(OSError, match="full"):
        killed.begin(settings.start_ms)
    killed.close()
    again = open_twin(settings)
    assert [type(event) for event in again.begin(settings.start_ms + 5_000)].count(HallOpened) == 1
    again.close()
    after = open_twin(settings)
    assert HallOpened not in [type(event) for event in after.begin(settings.start_ms + 9_000)]
    book = next(desk.book for desk in after.twin.desks if isinstance(desk, ErrandDesk))
    assert book.state.errands
    after.close()
