"""What the codes of refusals, remedies, appeals and closed counters say to people."""

from __future__ import annotations

from twin.core.text import Text

GROUND_TEXT: dict[str, Text] = {
    "not_eligible": Text("the conditions are not met"),
    "contradicts_register": Text("an answer contradicts the register"),
    "materials_missing": Text("what was asked for was not brought"),
    "materials_invalid": Text("a document cannot be relied on"),
    "law_does_not_allow": Text("the law does not allow it"),
    "duplicate": Text("it was applied for before"),
}
REMEDY_TEXT: dict[str, Text] = {
    "appeal": Text("lodge an appeal"),
    "apply_again": Text("apply again with all materials"),
    "correct_register": Text("have the register corrected, or answer as it says, and apply again"),
    "bring_valid_materials": Text("bring valid documents and apply again"),
    "other_service": Text("apply for another service"),
}
APPEAL_TEXT: dict[str, Text] = {
    "facts_wrong": Text("the facts are wrong"),
    "law_misapplied": Text("the law was misapplied"),
    "new_evidence": Text("there is new evidence"),
    "unfair": Text("it is unfair"),
}
CLOSING_TEXT: dict[str, Text] = {
    "flooded": Text("the hall is flooded"),
    "power_out": Text("the power is out"),
    "fire": Text("there is a fire"),
    "incident": Text("there is danger around the hall"),
    "by_order": Text("closed by order"),
}
VISIT_TEXT: dict[str, Text] = {
    "intake": Text("to hand the application in"),
    "item": Text("for what cannot be done online"),
    "supplement": Text("with what was asked for"),
    "pick_up": Text("to fetch a document"),
}
CHANNEL_TEXT: dict[str, Text] = {
    "online": Text("online"),
    "counter": Text("at the counter"),
    "kiosk": Text("at a kiosk"),
    "phone": Text("by telephone, 12345"),
    "virtual": Text("in the virtual hall"),
}
