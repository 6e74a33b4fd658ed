"""One run of a study of governance: the same hours in the same field, under one way of governing, and its outcome."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from services.app.composition import Changes, read_world
from services.app.evaluate_hours import changed_by, load_hours
from services.app.evaluate_outcome import Basis, judged
from services.app.evaluate_witness import LOOK_S, Witness
from services.app.lockstep import Lockstep
from services.app.settings import settings_for
from services.evaluation.assumptions import load_assumptions
from services.evaluation.job import Job, Outcome
from services.evaluation.policy import governed, staffed
from services.exercise.settings import load_colleagues
from twin.field.publish import Bounds

TEMPO = "real"
STEP_MS = 2500
"""How often the twin hears, ticks and acts; the field takes steps of a second."""
BESIDES = 80.0
"""Messages a city second that may be sent besides CAMs: by devices, crews, lights and phones. Lights that have
not changed are not repeated."""


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles: a run makes hardly any, and it ends soon."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()


def run_job(job: Job) -> Outcome:
    """Make a run and judge it; the job's budget bounds the CAMs of a city second. Raises :class:`ConfigError`."""
    with tempfile.TemporaryDirectory(prefix="civitwin-run-") as folder:
        settings = settings_for(
            Path(folder), simulation="study", at=job.start_at, pace=1.0, tempo=TEMPO, seed=job.seed
        )  # fmt: skip
        config = settings.config_dir
        values = load_assumptions(config / "evaluation" / "assumptions.toml").values(job.arm.factors)
        witness = Witness()
        city = Lockstep(
            read_world(settings), settings, budget_per_city_s=BESIDES + job.budget_per_city_s, step_ms=STEP_MS,
            truth=witness, bounds=Bounds(job.budget_per_city_s, repeats=False, signed=False, errands=False),
            changes=Changes(
                partial(governed, arm=job.arm, values=values), partial(staffed, arm=job.arm, values=values)
            ),
            field_settings=changed_by(load_hours(config / "evaluation" / "hours.toml")),
        )  # fmt: skip
        began_ms = city.now_ms
        with _uncollected():
            while city.now_ms < began_ms + job.hours * 3_600_000:
                city.run(LOOK_S)
                witness.look(city.field)
        manners = staffed(load_colleagues(config / "colleagues.toml"), job.arm, values)
        basis = Basis(began_ms, city.now_ms, city.twin.world, city.field, manners, values)
        return judged(job, city.facts, witness, basis)
