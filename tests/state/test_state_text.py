"""Every text of belief that a person may read has its Chinese."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]


def test_every_text_is_translated() -> None:
    with (ROOT / "assets" / "text" / "zh_CN" / "state.po").open("rb") as file:
        catalogue = read_po(file, locale="zh_CN")
    sources = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "twin" / "state").glob("*.py")))
    said = set(re.findall(r'\bText\(\s*"([^"]+)"', sources))
    assert len(said) > 15
    for msgid in said:
        message = catalogue.get(msgid)
        assert message is not None and message.string, msgid
        assert set(re.findall(r"{\w+}", str(message.string))) == set(re.findall(r"{\w+}", msgid))
    assert {message.id for message in catalogue if message.id} == said
