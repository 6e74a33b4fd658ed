"""What an event about items makes of an errand: by the pure functions of the graph, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from services.facts.hall import (
    ItemAppealDecided,
    ItemAppealed,
    ItemDelivered,
    ItemEnded,
    ItemEscalated,
    ItemGranted,
    ItemRefused,
    ReviewBegun,
    ReviewTaken,
    SupplementAnswered,
    SupplementAsked,
)
from services.facts.of_item import OfItem
from services.hall import graph
from services.hall.catalogue import Service
from services.hall.codes import GROUND_TEXT, REMEDY_TEXT
from services.hall.errand import Appeal, Errand, Review
from services.hall.graph_state import Due, P, Progress


def moved(service: Service, old: Errand, event: OfItem, now_ms: int, due: Due) -> dict[str, Any]:
    """The fields of the errand that an event about one item changes. Raises a ``GraphError``."""
    progress, item = old.progress, event.item
    match event:
        case SupplementAsked():
            asked = graph.ask(progress, item, event.materials, now_ms, due)
            return {"progress": asked, "reviews": without(old.reviews, item)}
        case SupplementAnswered():
            answered = graph.answer(service, progress, item, event.materials, now_ms, due)
            visit = None if old.visit is not None and old.visit.kind == "supplement" else old.visit
            if any(part.state is P.SUPPLEMENT for part in answered.parts.values()):
                visit = old.visit
            return {"progress": answered, "reviews": _again(service, old, item, event.ripe_ms), "visit": visit}
        case ItemGranted():
            posts = {**old.posts, item: event.due_ms} if event.delivery == "post" else old.posts
            granted = graph.grant(service, progress, item)
            return {"progress": granted, "reviews": without(old.reviews, item), "posts": posts}
        case ItemDelivered():
            posts = {id: at for id, at in old.posts.items() if id != item}
            return {"progress": graph.deliver(progress, item), "posts": posts}
        case ItemRefused():
            why = event.why or GROUND_TEXT[event.ground]
            refused = graph.refuse(service, progress, item, why, REMEDY_TEXT[event.remedy], now_ms, due)
            grounds = {**old.grounds, item: event.ground}
            return {"progress": refused, "reviews": without(old.reviews, item), "grounds": grounds}
        case ItemAppealed():
            appealed = graph.appeal(service, progress, item, now_ms, due)
            held = tuple(dict.fromkeys((*appealed.held, *event.materials)))
            appeals = {**old.appeals, item: Appeal(now_ms, event.ground, bool(event.materials))}
            return {"progress": msgspec.structs.replace(appealed, held=held), "appeals": appeals}
        case ItemAppealDecided():
            decided = graph.decide_appeal(service, progress, item, event.upheld, now_ms, due)
            reviews = old.reviews if event.upheld else _again(service, old, item, event.ripe_ms)
            return {"progress": decided, "reviews": reviews}
        case ItemEscalated():
            return {"progress": graph.escalate(progress, item, now_ms)}
        case ItemEnded():
            ended = graph.let_go(service, progress, item)
            waits = any(part.state is P.SUPPLEMENT for part in ended.parts.values())
            gone = old.visit is not None and old.visit.kind == "supplement" and not waits
            return {"progress": ended, "visit": None if gone else old.visit}
        case _:
            return {}


def under_review(service: Service, old: Errand, event: ReviewBegun, now_ms: int, due: Due) -> dict[str, Any]:
    """The first department of a joint review starts the clocks of all its items."""
    progress: Progress = old.progress
    if progress.parts[event.items[0]].state is P.WAITING:
        group = next(group for group in graph.ready(service, progress) if event.items[0] in group)
        progress = graph.start(service, progress, group, now_ms, due)
    review = Review(items=event.items, department=event.department, ripe_ms=event.ripe_ms, joint=event.joint)
    reviews = old.reviews
    for id in event.items:  # put back by an officer
        reviews = without(reviews, id)
    return {"progress": progress, "reviews": (*reviews, review)}


def taken(old: Errand, event: ReviewTaken) -> dict[str, Any]:
    """The officer works on it. Some of a review's items may be taken alone."""
    reviews: list[Review] = []
    for review in old.reviews:
        mine = tuple(id for id in review.items if id in event.items)
        rest = tuple(id for id in review.items if id not in event.items)
        if rest:
            reviews.append(msgspec.structs.replace(review, items=rest))
        if mine:
            reviews.append(msgspec.structs.replace(review, items=mine, officer=event.officer, until_ms=event.until_ms))
    return {"reviews": tuple(reviews)}


def without(reviews: Iterable[Review], item: str) -> tuple[Review, ...]:
    """A review ends, and its officer is free, with the last of its items."""
    left = (msgspec.structs.replace(review, items=tuple(id for id in review.items if id != item)) for review in reviews)
    return tuple(review for review in left if review.items)


def _again(service: Service, old: Errand, id: str, ripe_ms: int) -> tuple[Review, ...]:
    item = service.item(id)
    return (*old.reviews, Review(items=(id,), department=item.department, ripe_ms=ripe_ms, joint=item.joint))
