"""Console tokens: nobody else's to read, cheap to refuse, good until they are taken out of the file."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import pytest

from services.app.people import Visitors, issue_token
from services.collaboration.roster import Roster, load_roster
from twin.city.units import load_departments

CONFIG = Path(__file__).resolve().parents[2] / "config"
NOON_MS = 1_800_000_000_000


@pytest.fixture(scope="module")
def roster() -> Roster:
    return load_roster(CONFIG / "people.toml", load_departments(CONFIG / "departments.toml"), "Asia/Shanghai")


def test_a_token_names_its_person_and_only_its_digest_is_kept(tmp_path: Path, roster: Roster) -> None:
    visitors = Visitors(tmp_path, roster)
    assert visitors.who("") is None
    token, viewer = issue_token(tmp_path, "operator", roster, NOON_MS), issue_token(tmp_path, "viewer", roster, NOON_MS)
    person, role = visitors.who(token) or (None, "")
    assert person is not None and role == "operator"
    assert visitors.who(viewer) == (None, "viewer")
    assert visitors.who(token[:-1]) is None
    file = tmp_path / "tokens.json"
    assert token.encode() not in file.read_bytes()
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_a_token_that_is_taken_out_is_refused_and_a_damaged_file_changes_nothing(
    tmp_path: Path, roster: Roster
) -> None:
    first, second = (issue_token(tmp_path, "operator", roster, NOON_MS) for _ in range(2))
    visitors, file = Visitors(tmp_path, roster), tmp_path / "tokens.json"
    kept = msgspec.json.decode(file.read_bytes())
    assert visitors.who(first) and visitors.who(second)
    file.write_bytes(b'[{"person": ')
    assert visitors.who(first) and visitors.who(second)
    file.write_bytes(msgspec.json.encode(kept[1:]))
    assert visitors.who(first) is None and visitors.who(second)
    file.unlink()
    assert visitors.who(second) is None


def test_wrong_tokens_cost_next_to_nothing(tmp_path: Path, roster: Roster) -> None:
    for _ in range(3):
        issue_token(tmp_path, "operator", roster, NOON_MS)
    visitors = Visitors(tmp_path, roster)
    began = time.process_time()
    assert not any(visitors.who(f"wrong {number}") for number in range(2_000))
    assert time.process_time() - began < 1.0  # one slow hash each would take minutes
