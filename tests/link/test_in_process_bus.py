"""The in-process bus: who asks for a topic gets it, also whoever asks later."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from twin.core.bus import InProcessBroker, matches

LEVELS = st.sampled_from(["sim", "a", "ab", ""])
TOPICS = st.lists(LEVELS, min_size=1, max_size=4).map("/".join)
FILTERS = st.lists(st.one_of(LEVELS, st.just("+")), min_size=1, max_size=4).flatmap(
    lambda parts: st.sampled_from(["/".join(parts), "/".join([*parts, "#"])])
)


@given(st.lists(st.one_of(TOPICS.map(lambda topic: ("say", topic)), FILTERS.map(lambda wanted: ("ask", wanted)))))
def test_what_is_said_after_it_was_asked_for_arrives_once(steps: list[tuple[str, str]]) -> None:
    broker = InProcessBroker()
    speaker, listener = broker.connect(), broker.connect()
    asked: list[str] = []
    due: list[str] = []
    for what, text in steps:
        if what == "ask":
            asked.append(text)
            listener.subscribe(text)
        else:
            speaker.publish(text, b"x")
            due += [text] if any(matches(wanted, text) for wanted in asked) else []
    assert [message.topic for message in listener.drain()] == due
    assert not speaker.drain()
