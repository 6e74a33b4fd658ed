"""Find every fault of a city's folder: ``check(directory) -> tuple[Fault, ...]``; ``load`` refuses the same ones."""

from twin.city.check_draft import check_draft
from twin.city.faults import CityError, Fault
from twin.city.load import check

__all__ = ["CityError", "Fault", "check", "check_draft"]
