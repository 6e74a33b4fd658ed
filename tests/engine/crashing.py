"""Ways to die, and what must hold afterwards, for the tests of recovery."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from engine_fakes import FACTS, City, build, gauge

from services.engine.replay import Replay, Replayed
from services.storage import chain
from services.storage.stores import Stores, open_archive


def replayed(directory: Path) -> Replayed:
    opened = open_archive(directory, facts=FACTS)
    result = Replay(opened.archive, build(opened.vault), FACTS).run()
    opened.close()
    return result


def exported(directory: Path) -> bytes:
    opened = open_archive(directory, facts=FACTS)
    out = BytesIO()
    chain.export(chain.rows(opened.database), out)
    opened.close()
    return out.getvalue()


def whole(directory: Path) -> None:
    opened = open_archive(directory, facts=FACTS)
    assert chain.verify(chain.rows(opened.database))[1] is None
    opened.close()


def lived(city: City, gauges: str = "ab") -> None:
    start = city.engine.city_ms
    for step in range(6):
        city.engine.take([gauge(g, 50) for g in gauges], start + step * 400)
        city.engine.tick(start + step * 400 + 100)


class Killed(BaseException):
    """The process ends here."""


def crash_at(point: str, after: int) -> Callable[[Stores], None]:
    """Die in the ``after``-th call of a store's method, before (``<``) or after (``>``) it did its work."""

    def wrap(stores: Stores) -> None:
        side, owner, name = point[0], *point[1:].split(".")
        target = getattr(stores, owner)
        real, calls = getattr(target, name), [0]

        def dying(*args: object) -> object:
            calls[0] += 1
            if calls[0] == after and side == "<":
                raise Killed
            result = real(*args)
            if calls[0] == after:
                raise Killed
            return result

        setattr(target, name, dying)

    return wrap
