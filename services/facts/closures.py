"""Roads closed by a case."""

from __future__ import annotations

from services.facts.governance import CaseEvent


class ClosureOrdered(CaseEvent, frozen=True, kw_only=True):
    """Also the renewal: ``until_ms`` moves, the rest stays. ``roads`` as in ``formats.civic.Closure``."""

    closure: str
    roads: tuple[str, ...]
    edges: tuple[int, ...]
    from_ms: int
    until_ms: int
    renewed: bool = False


class ClosureLifted(CaseEvent, frozen=True, kw_only=True):
    closure: str
