"""CAP 1.2: what is written holds against the published rules; what does not is refused or named."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.formats.cap import CHOICES, NAMESPACE, Alert, Circle, Info, encode_cap, faults, stamp
from twin.formats.refusal import Refused

NOW_MS = 1_781_488_800_000
OFFSET_MS = 8 * 3_600_000
SCHEMAS = [
    found
    for root in (Path(__file__).parents[2] / "data", Path(__file__).parents[2] / "tests" / "schemas")
    for found in root.glob("**/*cap*1*2*.xsd")
]


def info(**changes: object) -> Info:
    base = Info(
        language="zh-CN", category="Met", event="暴雨 <积水> & more", urgency="Expected", severity="Severe",
        certainty="Likely", response="Avoid", expires_ms=NOW_MS + 3_600_000, headline="某处", area="某街道",
        circle=Circle(31.2, 116.45, 0.6),
    )  # fmt: skip
    return msgspec.structs.replace(base, **changes)


def alert(**changes: object) -> Alert:
    base = Alert(
        identifier="yunting-C-0001-1", sender="civitwin.yunting", sent_ms=NOW_MS, status="Actual", msg_type="Alert",
        infos=(info(), info(language="en")),
    )  # fmt: skip
    return msgspec.structs.replace(base, **changes)


def test_a_document_names_everything_in_order() -> None:
    document = encode_cap(alert(), OFFSET_MS)
    assert faults(document) == []
    root = ElementTree.fromstring(document)
    assert [child.tag.partition("}")[2] for child in root] == [
        "identifier", "sender", "sent", "status", "msgType", "scope", "info", "info",
    ]  # fmt: skip
    space = {"cap": NAMESPACE}
    assert root.findtext("cap:sent", "", space) == "2026-06-15T10:00:00+08:00"
    assert root.findtext("cap:info/cap:area/cap:circle", "", space) == "31.200000,116.450000 0.6"
    assert root.findtext("cap:info/cap:event", "", space) == "暴雨 <积水> & more"


def test_times_carry_an_offset_and_never_z() -> None:
    assert stamp(NOW_MS, 0).endswith("-00:00") and stamp(NOW_MS, -5_400_000).endswith("-01:30")


@pytest.mark.parametrize(
    "wrong",
    [
        alert(identifier="has space"),
        alert(sender="a,b"),
        alert(status="Real"),
        alert(msg_type="Cancel"),
        alert(status="Exercise"),
        alert(status="Test", note=""),
        alert(infos=(info(category="Weather"),)),
        alert(infos=(info(urgency="Soon"),)),
        alert(infos=(info(event=""),)),
    ],
)
def test_what_the_schema_would_not_take_is_refused(wrong: Alert) -> None:
    with pytest.raises(Refused):
        encode_cap(wrong, OFFSET_MS)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("<status>Actual</status>", "", "status is missing"),
        ("<scope>Public</scope>", "<scope>All</scope>", "scope"),
        ("+08:00</sent>", "Z</sent>", "sent"),
        ("<msgType>Alert</msgType>", "<msgType>Update</msgType>", "references"),
        ("<scope>", "<colour>red</colour><scope>", "no element 'colour'"),
        (NAMESPACE, "urn:other", "the root"),
        ("</alert>", "", "no XML"),
        ("<circle>31.200000,116.450000 0.6", "<circle>31.2 116.45 0.6", "circle"),
    ],
)
def test_the_check_names_what_is_wrong(old: str, new: str, fault: str) -> None:
    document = encode_cap(alert(), OFFSET_MS)
    assert old in document
    found = faults(document.replace(old, new))
    assert any(fault in one for one in found), found


@given(
    st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=40),
    *(st.sampled_from(CHOICES[name]) for name in ("category", "urgency", "severity", "certainty", "responseType")),
    st.floats(-90, 90), st.floats(-180, 180), st.integers(-50_400, 50_400),
)  # fmt: skip
def test_whatever_is_said_stays_valid(
    words: str, category: str, urgency: str, severity: str, certainty: str, response: str, north: float, east: float,
    offset_s: int,
) -> None:  # fmt: skip
    one = info(
        event=words, category=category, urgency=urgency, severity=severity, certainty=certainty, response=response,
        circle=Circle(north, east, 1.5),
    )  # fmt: skip
    document = encode_cap(alert(infos=(one,)), offset_s // 900 * 900_000)
    assert faults(document) == []
    said = ElementTree.fromstring(document).findtext(f"{{{NAMESPACE}}}info/{{{NAMESPACE}}}event")
    assert said == words


@pytest.mark.skipif(not SCHEMAS, reason="the OASIS schema is not here")
def test_the_published_schema_takes_it() -> None:
    etree = pytest.importorskip("lxml.etree")
    schema = etree.XMLSchema(etree.parse(str(SCHEMAS[0])))
    schema.assertValid(etree.fromstring(encode_cap(alert(), OFFSET_MS).encode()))
