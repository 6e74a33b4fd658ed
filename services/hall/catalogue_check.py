"""All that is wrong with a catalogue of services: every fault of every file, with file, key and reason."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

import msgspec

from services.hall.catalogue_file import FileIn, ItemIn, LimitIn, MaterialIn, NameIn, Source, before, single, whole
from services.hall.eligibility import FACTS, NUMBERS, contradiction

DAY_HOURS = 8.0
"""Of one working day, where a limit in days is held against one in hours."""

_CHINESE = re.compile(r"[\u3400-\u9fff]")


class Fault(msgspec.Struct, frozen=True, order=True):
    """``key`` is empty where the whole file is meant."""

    file: str
    key: str
    reason: str


_Found = Iterator[tuple[str, str]]


def faults_of(sources: Mapping[str, Source], departments: Collection[str]) -> list[Fault]:
    """Every fault of the files that can be read, in their order."""
    known = dict(sources)
    issued = {item.id for source in known.values() for item in source.file.items if item.id}
    found: list[Fault] = []
    for source in known.values():
        written, file = source.file, whole(source, known)
        for key, reason in (
            *_file_faults(written, departments),
            *_graph_faults(source, known, file),
            *(fault for index, item in enumerate(written.items) for fault in _item_faults(index, item, departments)),
            *(fault for index, item in enumerate(file.items) for fault in _flow_faults(index, item, file)),
            *_material_faults(written, issued),
            *_asked_twice(file),
        ):
            found.append(Fault(source.path.name, key, reason))
    return [*found, *_together(known)]


def _file_faults(file: FileIn, departments: Collection[str]) -> _Found:
    fields = {field.id for field in file.fields}
    if file.reception not in departments:
        yield "reception", f"no department {file.reception!r}"
    if (
        not file.items
        or len({item.called for item in file.items}) != len(file.items)
        or len(fields) != len(file.fields)
    ):
        yield "items", "at least one item; items and fields each have an id of their own"
    yield from _words("name", file.name)
    for index, field in enumerate(file.fields):
        yield from _words(f"fields[{index}].name", field.name)


def _graph_faults(source: Source, sources: Mapping[str, Source], file: FileIn) -> _Found:
    """Uses of what is no single item, unknown predecessors, circles and what lies behind them, and joint reviews that
    could never begin together."""
    called = {item.called for item in file.items}
    for index, item in enumerate(source.file.items):
        where = f"items[{index}]"
        if item.use and single(sources.get(item.use)) is None:
            yield f"{where}.use", f"no file {item.use}.toml that holds this one item"
        for other in (*item.after, *item.reuses):
            if other not in called:
                yield where, f"no item {other!r}"
    yield from _circles(file.items)
    for index, item in enumerate(file.items):
        if not item.joint:
            continue
        group = {one.called for one in file.items if one.joint == item.joint}
        if group == {item.called}:
            yield f"items[{index}].joint", f"nothing else is reviewed in {item.joint!r}"
        elif waits := sorted(before(item.called, file.items) & group - {item.called}):
            yield f"items[{index}].joint", f"it cannot be reviewed together with {', '.join(waits)}, for which it waits"
        elif len({frozenset(one.after) for one in file.items if one.joint == item.joint}) > 1:
            yield f"items[{index}].joint", f"the items of {item.joint!r} do not come after the same items"


def _circles(items: tuple[ItemIn, ...]) -> _Found:
    circle = [item.called for item in items if item.called in before(item.called, items)]
    if circle:
        yield "items", f"{', '.join(circle)} wait for each other"
    for index, item in enumerate(items):
        earlier = before(item.called, items)
        if item.called not in circle and earlier & set(circle):
            yield (
                f"items[{index}].after",
                f"it can never be reached: it waits for {', '.join(sorted(earlier & set(circle)))}",
            )
            continue
        conditions = [one for other in items if other.called in {*earlier, item.called} and not other.optional
                      for one in other.eligibility]  # fmt: skip
        if why := contradiction((*conditions, *item.eligibility)):
            yield f"items[{index}].eligibility", f"it can never be reached: {why}"


def _item_faults(index: int, item: ItemIn, departments: Collection[str]) -> _Found:
    """What is wrong with one item as written, apart from the others."""
    where = f"items[{index}]"
    if item.use:
        own = ItemIn(
            use=item.use, after=item.after, joint=item.joint, optional=item.optional, service_s=item.service_s
        )  # fmt: skip
        if item != own:
            yield where, "an item that is used has only after, joint, optional and service_s of its own"
        if any(item.service_s) and not 0 < item.service_s[0] <= item.service_s[1]:
            yield f"{where}.service_s", "shortest and longest time, in seconds"
        return
    if item.department not in departments:
        yield f"{where}.department", f"no department {item.department!r}"
    if not item.id:
        yield f"{where}.id", "an item has an id, or uses another file's"
    if item.basis is None:
        yield f"{where}.basis", "nobody may read personal data without a ground"
    else:
        yield from _words(f"{where}.basis.reference", item.basis.reference)
    for key, name in (("name", item.name), ("offline", item.offline)):
        if name is not None:
            yield from _words(f"{where}.{key}", name)
    if not 0 < item.service_s[0] <= item.service_s[1]:
        yield f"{where}.service_s", "shortest and longest time, in seconds"
    if not 0 <= item.review_s[0] <= item.review_s[1]:
        yield f"{where}.review_s", "shortest and longest time, in seconds"
    yield from _asset_faults(where, item)
    if item.fee_cents < 0:
        yield f"{where}.fee_cents", "a fee is not negative"
    yield from _limit_faults(where, item)
    for number, condition in enumerate(item.eligibility):
        key = f"{where}.eligibility[{number}]"
        bounds = (condition.at_least, condition.at_most)
        if condition.fact not in FACTS:
            yield key, f"the register has no {condition.fact!r}"
        elif (condition.fact in NUMBERS) == (bounds == (None, None)):
            yield key, "numbers have bounds, and only numbers have"


def _asset_faults(where: str, item: ItemIn) -> _Found:
    """What passes an asset on says so in its credential."""
    if item.transfers is None:
        return
    if item.registers:
        yield f"{where}.registers", "an item registers an asset or passes one on, not both"
    for key, field in (("what", item.transfers.what), ("to", item.transfers.to)):
        if field not in item.claims:
            yield f"{where}.transfers.{key}", f"its credential does not say {field!r}"


def _limit_faults(where: str, item: ItemIn) -> _Found:
    for key, limit in (("statutory", item.statutory), ("promised", item.promised)):
        if limit is not None and (min(limit.days, limit.hours) < 0 or (limit.days > 0) == (limit.hours > 0)):
            yield f"{where}.{key}", "days or hours of working time, one of them"
    if item.promised is not None and item.statutory is None:
        yield f"{where}.statutory", "what is promised is held against the law's limit"
    if item.promised and item.statutory and _hours(item.promised) > _hours(item.statutory):
        yield (
            f"{where}.promised",
            f"{_hours(item.promised):g} h promised are more than the {_hours(item.statutory):g} h of the law",
        )


def _hours(limit: LimitIn) -> float:
    return limit.hours + limit.days * DAY_HOURS


def _flow_faults(index: int, item: ItemIn, file: FileIn) -> _Found:
    """Facts that nobody gives, and credentials that are not there yet."""
    where, fields = f"items[{index}]", {field.id for field in file.fields}
    if not set(item.reuses) <= before(item.called, file.items):
        yield f"{where}.reuses", "a credential can be reused only after it was issued"
    for field in item.reads:
        if field not in fields:
            yield f"{where}.reads", f"the form does not ask for {field!r}"
    for one in file.items:
        if one.called in item.reuses and one.optional:
            yield f"{where}.reuses", f"{one.called!r} is optional: nothing can rely on its credential"
    carried = {claim for one in file.items if one.called in item.reuses for claim in one.claims}
    for claim in item.claims:
        if claim not in carried and claim not in item.reads:
            yield f"{where}.claims", f"nobody gives {claim!r}"


def _material_faults(written: FileIn, issued: Collection[str]) -> _Found:
    """Materials nobody issues."""
    for index, item in enumerate(written.items):
        for number, material in enumerate(item.materials):
            key = f"items[{index}].materials[{number}]"
            yield from _words(f"{key}.name", material.name)
            yield from _issuer_faults(key, material, issued)


def _issuer_faults(key: str, material: MaterialIn, issued: Collection[str]) -> _Found:
    if material.replaced_by and material.replaced_by not in issued:
        yield key, f"nobody issues {material.replaced_by!r}"
    elif not material.replaced_by and not material.outside:
        yield key, f"nobody issues {material.id!r}; say outside = true where no department does"


def _asked_twice(file: FileIn) -> _Found:
    """A fact under two ids, and a question that a reused credential has answered already."""
    for language in ("en", "zh"):
        seen: dict[str, str] = {}
        for index, field in enumerate(file.fields):
            text = getattr(field.name, language).strip().casefold()
            other = seen.setdefault(text, field.id)
            if text and other != field.id:
                yield f"fields[{index}]", f"{field.id!r} asks the same as {other!r}: {getattr(field.name, language)}"
    for index, item in enumerate(file.items):
        carried = {claim for one in file.items if one.called in item.reuses for claim in one.claims}
        for fact in item.reads:
            if fact in carried:
                yield f"items[{index}].reads", f"{fact!r} is asked twice: a reused credential says it"
    read = {fact for item in file.items for fact in item.reads}
    for index, field in enumerate(file.fields):
        if field.id not in read:
            yield f"fields[{index}]", f"nobody reads {field.id!r}"


def _words(key: str, name: NameIn) -> _Found:
    if not name.en.strip():
        yield f"{key}.en", "no text in English"
    if not name.zh.strip():
        yield f"{key}.zh", "no text in Chinese"
    elif not _CHINESE.search(name.zh):
        yield f"{key}.zh", f"{name.zh!r} is not Chinese"


def _together(sources: Mapping[str, Source]) -> Iterator[Fault]:
    """One id means one thing in all files: a fact, a material, a credential."""
    facts: dict[str, NameIn] = {}
    materials: dict[str, MaterialIn] = {}
    issuers: dict[str, tuple[str, str]] = {}
    for source in sources.values():
        for index, field in enumerate(source.file.fields):
            if facts.setdefault(field.id, field.name) != field.name:
                yield Fault(source.path.name, f"fields[{index}].name", f"{field.id!r} is named otherwise elsewhere")
        for index, item in enumerate(source.file.items):
            where = f"items[{index}]"
            for number, material in enumerate(item.materials):
                if materials.setdefault(material.id, material) != material:
                    yield Fault(
                        source.path.name, f"{where}.materials[{number}]", f"{material.id!r} is another thing elsewhere"
                    )
            first = issuers.setdefault(item.id, (source.path.name, item.department)) if item.id else ("", "")
            if item.id and first != (source.path.name, item.department):
                yield Fault(source.path.name, f"{where}.id", f"{item.id!r} is issued by {first[0]} already; use it")
