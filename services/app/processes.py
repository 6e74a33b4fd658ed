"""Runs in processes of this machine: each a fresh interpreter, so that nothing is shared and none can harm another."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

import msgspec

from services.evaluation.executor import Answers, Failure, Work, attempt
from services.evaluation.job import Job, Outcome

_END_S = 5.0


def cores() -> int:
    """How many processes this one may use at a time."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Worker:
    """One process and the run that it has."""

    def __init__(self, work: Work) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(target=_serve, args=(theirs, work), daemon=True)
        self.process.start()
        theirs.close()  # theirs alone: when they die, our end says so
        self.job: Job | None = None

    def take(self, job: Job) -> None:
        """Give it a run. One that died meanwhile is found when its answer is waited for."""
        self.job = job
        try:
            self.pipe.send_bytes(msgspec.json.encode(job))
        except OSError:
            return

    def answer(self, job: Job) -> Outcome | Failure:
        """What it has to say about its run, or how it died."""
        try:
            whole = msgspec.json.decode(self.pipe.recv_bytes(), type=tuple[Outcome | None, str])
        except (EOFError, OSError):
            self.process.join(_END_S)
            return Failure(job=job, reason=f"its process died: {_death(self.process.exitcode)}")
        self.job = None
        return whole[0] if whole[0] is not None else Failure(job=job, reason=whole[1])

    def end(self) -> None:
        """Now; a run under way is lost."""
        self.pipe.close()
        self.process.terminate()
        self.process.join(_END_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.process.close()


class Processes:
    """The executor port over so many processes; a process that dies costs the run it had; another takes its place."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or cores()

    def run(self, jobs: Sequence[Job], work: Work) -> Answers:
        left = iter(jobs)
        crew: list[_Worker] = []
        try:
            for _, job in zip(range(self.workers), left, strict=False):  # in this order: no run is drawn and lost
                crew.append(_Worker(work))
                crew[-1].take(job)
            yield from self._rounds(crew, left, work)
        finally:
            for worker in crew:
                worker.end()

    def _rounds(self, crew: list[_Worker], left: Iterator[Job], work: Work) -> Answers:
        while busy := {worker.pipe: worker for worker in crew if worker.job is not None}:
            for pipe in wait(list(busy)):
                worker = busy[pipe]  # type: ignore[index]
                assert worker.job is not None
                answer = worker.answer(worker.job)
                if worker.job is not None:  # it died
                    crew.remove(worker)
                    worker.end()
                following = next(left, None)
                if following is not None:
                    if worker not in crew:
                        worker = _Worker(work)
                        crew.append(worker)
                    worker.take(following)
                yield answer


def _serve(pipe: Connection, work: Work) -> None:
    """A worker's whole life: runs in, outcomes out, until nobody asks any more. Ctrl-C is the parent's affair."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            job = msgspec.json.decode(pipe.recv_bytes(), type=Job)
        except EOFError:
            return
        answer = attempt(job, work)
        whole = (answer, "") if isinstance(answer, Outcome) else (None, answer.reason)
        pipe.send_bytes(msgspec.json.encode(whole))


def _end_with_parent() -> None:
    """A parent that was killed leaves no run behind."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _death(code: int | None) -> str:
    if code is None:
        return "it does not answer"
    return f"ended by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
