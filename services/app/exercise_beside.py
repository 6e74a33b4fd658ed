"""The runs that a trainee's is held against, lived by another process while the exercise is played."""

from __future__ import annotations

import os
from multiprocessing import get_context
from multiprocessing.connection import Connection

from services.app.exercise_runs import Job, compared
from services.exercise.judging import Run
from twin.core.errors import CivitwinError

_NICE = 15


class Beside:
    """Begins at once, at low priority: the window comes first."""

    def __init__(self, job: Job) -> None:
        context = get_context("spawn")
        self._heard, said = context.Pipe(duplex=False)
        self._process = context.Process(target=_live, args=(job, said), daemon=True)
        self._process.start()
        said.close()

    def runs(self) -> tuple[Run, Run]:
        """Nobody's and a colleague's; waits for them. Raises :class:`CivitwinError` where they came to nothing."""
        try:
            answer: tuple[Run, Run] | str = self._heard.recv()
        except EOFError as fault:
            raise CivitwinError("the runs to compare with were ended") from fault
        if isinstance(answer, str):
            raise CivitwinError(f"the runs to compare with failed: {answer}")
        return answer

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self._heard.close()


def _live(job: Job, said: Connection[object, object]) -> None:
    os.nice(_NICE)
    try:
        said.send(compared(job))
    except KeyboardInterrupt:
        return
    except Exception as fault:  # noqa: BLE001  the border of a process: whoever waits is told
        said.send(f"{type(fault).__name__}: {fault}")
