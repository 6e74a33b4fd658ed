"""What is drawn for an errand: by its own keys alone, so that it is the same in every way of serving."""

from __future__ import annotations

from services.evaluation.service_demand import Errand
from services.evaluation.service_settings import ServiceSettings, Span
from services.hall.catalogue import Item
from twin.core.chance import fraction


def facts_asked(item: Item) -> tuple[str, ...]:
    """What the item's own form asks where nobody reuses a credential."""
    return tuple(dict.fromkeys((*item.reads, *item.claims)))


class Draws:
    """Of one seed."""

    def __init__(self, settings: ServiceSettings, seed: int) -> None:
        self.settings = settings
        self._seed = seed

    def between(self, span: Span, errand: Errand, *keys: str | int) -> float:
        low, high = span
        return low + (high - low) * fraction(self._seed, "services", errand.id, *keys)

    def counter_s(self, errand: Errand, item: Item) -> float:
        return self.between(item.service_s, errand, "counter", item.id)

    def review_s(self, errand: Errand, item: Item) -> float:
        return self.between(item.review_s, errand, "review", item.id)

    def share_of_promise(self, errand: Errand, item: Item) -> float:
        return self.between(self.settings.time.share_of_promise, errand, "promise", item.id)

    def free_days(self, errand: Errand, trip: int) -> float:
        return self.between(self.settings.time.free_days, errand, "free", trip)

    def answer_days(self, errand: Errand, item: str) -> float:
        return self.between(self.settings.time.answer_days, errand, "answer", item)

    def post_days(self, errand: Errand, item: str) -> float:
        return self.between(self.settings.time.post_days, errand, "post", item)

    def wrong_answer(self, errand: Errand, fact: str, form: str = "") -> bool:
        """``form``: where the same fact is asked once more, on which form."""
        return fraction(self._seed, "services", errand.id, "answered", fact, form) < self.settings.faults.answer

    def wrong_material(self, errand: Errand, material: str, form: str = "") -> bool:
        return fraction(self._seed, "services", errand.id, "brought", material, form) < self.settings.faults.material
