"""Public notices: OASIS Common Alerting Protocol 1.2, written and read back. Elements stand in the schema's order."""

from __future__ import annotations

import datetime
import re
from typing import Literal
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import msgspec

from twin.formats.refusal import Reason, Refused

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"

Status = Literal["Actual", "Exercise", "System", "Test", "Draft"]
MsgType = Literal["Alert", "Update", "Cancel", "Ack", "Error"]

CHOICES: dict[str, tuple[str, ...]] = {
    "status": ("Actual", "Exercise", "System", "Test", "Draft"),
    "msgType": ("Alert", "Update", "Cancel", "Ack", "Error"),
    "scope": ("Public", "Restricted", "Private"),
    "category": ("Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE",
                 "Other"),
    "responseType": ("Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None"),
    "urgency": ("Immediate", "Expected", "Future", "Past", "Unknown"),
    "severity": ("Extreme", "Severe", "Moderate", "Minor", "Unknown"),
    "certainty": ("Observed", "Likely", "Possible", "Unlikely", "Unknown"),
}  # fmt: skip
_WORD = re.compile(r"[^\s,<&]+")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")
_CIRCLE = re.compile(r"-?\d+(\.\d+)?,-?\d+(\.\d+)? \d+(\.\d+)?")


class Circle(msgspec.Struct, frozen=True):
    """WGS 84 degrees, kilometres."""

    latitude: float
    longitude: float
    radius_km: float


class Info(msgspec.Struct, frozen=True, kw_only=True):
    """One language's block, with the area it is about; times in ms UTC, 0 unsaid."""

    language: str
    category: str
    event: str
    urgency: str
    severity: str
    certainty: str
    response: str = ""
    onset_ms: int = 0
    expires_ms: int = 0
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    area: str = ""
    circle: Circle | None = None


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """``references`` are (sender, identifier, sent ms) of the messages that it replaces or withdraws. What comes from
    training or simulation is never ``Actual`` and says so in ``note``."""

    identifier: str
    sender: str
    sent_ms: int
    status: Status
    msg_type: MsgType
    infos: tuple[Info, ...] = ()
    scope: str = "Public"
    note: str = ""
    references: tuple[tuple[str, str, int], ...] = ()


def stamp(ms: int, offset_ms: int) -> str:
    """``2026-06-15T10:00:00+08:00``; the format knows no Z."""
    zone = datetime.timezone(datetime.timedelta(milliseconds=offset_ms))
    text = datetime.datetime.fromtimestamp(ms // 1000, zone).isoformat()
    return text.replace("+00:00", "-00:00")


def encode_cap(alert: Alert, offset_ms: int = 0) -> str:
    """The document; times are written with the offset of local time. Refuses what the schema would not take."""
    rows = [
        ("identifier", alert.identifier), ("sender", alert.sender), ("sent", stamp(alert.sent_ms, offset_ms)),
        ("status", alert.status), ("msgType", alert.msg_type), ("scope", alert.scope), ("note", alert.note),
        ("references", " ".join(f"{who},{id},{stamp(ms, offset_ms)}" for who, id, ms in alert.references)),
    ]  # fmt: skip
    body = _elements(rows) + "".join(_info(info, offset_ms) for info in alert.infos)
    document = f'<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="{NAMESPACE}">{body}</alert>\n'
    wrong = faults(document)
    if wrong:
        raise Refused(Reason.OUT_OF_RANGE, f"cap: {wrong[0]}")
    return document


def _info(info: Info, offset_ms: int) -> str:
    times = [(name, stamp(ms, offset_ms) if ms else "") for name, ms in (
        ("onset", info.onset_ms), ("expires", info.expires_ms))]  # fmt: skip
    rows = [
        ("language", info.language), ("category", info.category), ("event", info.event),
        ("responseType", info.response), ("urgency", info.urgency), ("severity", info.severity),
        ("certainty", info.certainty), *times, ("senderName", info.sender_name), ("headline", info.headline),
        ("description", info.description), ("instruction", info.instruction),
    ]  # fmt: skip
    return f"<info>{_elements(rows)}{_area(info)}</info>"


def _area(info: Info) -> str:
    if not info.area:
        return ""
    circle = info.circle
    round_ = "" if circle is None else f"{circle.latitude:.6f},{circle.longitude:.6f} {circle.radius_km:g}"
    return f"<area>{_elements([('areaDesc', info.area), ('circle', round_)])}</area>"


def _elements(rows: list[tuple[str, str]]) -> str:
    return "".join(f"<{name}>{escape(text)}</{name}>" for name, text in rows if text)


_ALERT = ("identifier", "sender", "sent", "status", "msgType", "source", "scope", "restriction", "addresses", "code",
          "note", "references", "incidents", "info")  # fmt: skip
_INFO = ("language", "category", "event", "responseType", "urgency", "severity", "certainty", "audience", "eventCode",
         "effective", "onset", "expires", "senderName", "headline", "description", "instruction", "web", "contact",
         "parameter", "resource", "area")  # fmt: skip
_AREA = ("areaDesc", "polygon", "circle", "geocode", "altitude", "ceiling")
_NEEDED = {
    "alert": ("identifier", "sender", "sent", "status", "msgType", "scope"),
    "info": ("category", "event", "urgency", "severity", "certainty"),
    "area": ("areaDesc",),
}
_ORDER = {"alert": _ALERT, "info": _INFO, "area": _AREA}
_PATTERNS = {
    "identifier": _WORD, "sender": _WORD, "sent": _TIME, "effective": _TIME, "onset": _TIME, "expires": _TIME,
    "circle": _CIRCLE,
}  # fmt: skip


def faults(document: str) -> list[str]:
    """Where a document is not CAP 1.2: names, order, what must be there, values and times."""
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError as fault:
        return [f"no XML: {fault}"]
    if root.tag != f"{{{NAMESPACE}}}alert":
        return [f"the root is {root.tag}"]
    found = _within(root, "alert")
    texts = {child.tag.partition("}")[2]: child.text or "" for child in root}
    if texts.get("msgType") in ("Update", "Cancel") and "references" not in texts:
        found.append("references: an update or cancellation names what it replaces")
    if texts.get("status") in ("Exercise", "Test") and not texts.get("note"):
        found.append("note: an exercise or test says what it is")
    return found


def _within(element: ElementTree.Element, name: str) -> list[str]:
    found: list[str] = []
    children = [child.tag.partition("}")[2] for child in element]
    order = _ORDER[name]
    found += [f"{name}: no element {child!r}" for child in children if child not in order]
    places = [order.index(child) for child in children if child in order]
    if places != sorted(places):
        found.append(f"{name}: elements out of order: {', '.join(children)}")
    found += [f"{name}: {needed} is missing" for needed in _NEEDED[name] if needed not in children]
    for child, tag in zip(element, children, strict=True):
        text = child.text or ""
        if tag in _ORDER:
            found += _within(child, tag)
        elif tag in CHOICES and text not in CHOICES[tag]:
            found.append(f"{tag}: {text!r} is none of {', '.join(CHOICES[tag])}")
        elif tag in _PATTERNS and not _PATTERNS[tag].fullmatch(text):
            found.append(f"{tag}: {text!r}")
    return found
