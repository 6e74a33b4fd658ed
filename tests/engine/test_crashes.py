"""Random work under random crashes: what was promised holds after each."""

import tempfile
from pathlib import Path

from crashing import Killed, crash_at, replayed, whole
from engine_fakes import FACTS, City, CloseCase, build, gauge
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.engine.recover import unproved
from services.facts.base import Actor
from services.storage.recorder import Limits

DISPATCHER = Actor("person", "p-1", "dispatcher")


class Crashes(RuleBasedStateMachine):
    """Random work, random kills, random tears past what was promised; after each the promises are checked."""

    @initialize()
    def start(self) -> None:
        self.directory = Path(tempfile.mkdtemp(dir=self.base))
        self.acknowledged: dict[str, bool] = {}
        self.number = 0
        self.open()

    base: str

    def open(self) -> None:
        limits = Limits(segment_bytes=1_500, keep_bytes=0)
        self.city = City(self.directory, limits)
        self.city.engine.begin(self.city.engine.city_ms + 1_000)

    @rule(
        readings=st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 20)), max_size=4), step=st.integers(0, 900)
    )
    def take(self, readings: list[tuple[str, int]], step: int) -> None:
        self.city.engine.take([gauge(g, value) for g, value in readings], self.city.engine.city_ms + step)

    @rule(step=st.integers(0, 1_500))
    def tick(self, step: int) -> None:
        self.city.engine.tick(self.city.engine.city_ms + step)

    @rule(case=st.integers(1, 5), fresh=st.booleans())
    def command(self, case: int, fresh: bool) -> None:
        self.number += fresh or not self.acknowledged
        wish = CloseCase(id=f"w{self.number}", actor=DISPATCHER, case=f"C{case if fresh else 1}")
        outcome = self.city.engine.command(wish)
        if outcome.reason is None or "another command" not in outcome.reason.msgid:
            assert self.acknowledged.setdefault(wish.id, outcome.accepted) == outcome.accepted

    @rule(torn=st.integers(0, 60))
    def kill(self, torn: int) -> None:
        """``torn`` bytes of a frame that was being written stand at the segment's end."""
        self.city.kill()
        last = max((self.directory / "recording").glob("*.seg"))
        with last.open("ab") as file:
            file.write((b"\x40\x00\x00\x00" + b"\xaa" * 60)[:torn])
        self.open()

    @rule()
    def crash_before_commit(self) -> None:
        """A turn that was recorded and decided, but not committed."""
        crash_at("<journal.commit", 1)(self.city.stores)
        try:
            self.city.engine.take([gauge("a", 50), gauge("b", 50)], self.city.engine.city_ms)
            self.city.engine.tick(self.city.engine.city_ms + 1_000)
        except Killed:
            pass
        self.city.kill()
        self.open()

    @precondition(lambda self: self.number > 0)
    @rule()
    def what_was_acknowledged_is_known(self) -> None:
        for id, accepted in self.acknowledged.items():
            known = self.city.stores.journal.known(id)
            assert known is not None
            assert self.city.engine.command(known.command).accepted is accepted

    @invariant()
    def the_state_is_what_the_disk_says(self) -> None:
        senses, desks = build(self.city.stores.vault)(None)
        assert unproved(self.city.engine, senses, desks, self.city.stores.archive, FACTS) == ()

    def teardown(self) -> None:
        if not hasattr(self, "city"):
            return
        self.city.kill()
        whole(self.directory)
        assert replayed(self.directory).difference is None


def test_random_crashes(tmp_path: Path) -> None:
    machine = type("CrashesHere", (Crashes,), {"base": str(tmp_path)})
    machine.TestCase.settings = settings(  # type: ignore[attr-defined]
        max_examples=15, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
    )
    machine.TestCase().runTest()  # type: ignore[attr-defined]
