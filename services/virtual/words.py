"""What people are told of virtual places: grounds, conduct, steps and results as texts."""

from __future__ import annotations

from services.facts.virtual import Closing, Conduct, LeftBecause, MeasureStep, NotEntered, SessionResult, Unfounded
from twin.core.text import Text

NOT_ENTERED_TEXT: dict[NotEntered, Text] = {
    "no_such_place": Text("there is no such virtual place"),
    "full": Text("it is full, and so is the queue before it; the offline channel is open"),
    "banned": Text("a moderator's ban is still in force; it can be appealed"),
    "down": Text("the place is out of order; its platform is being repaired"),
    "closed": Text("the place is closed for now"),
    "consent": Text("there is no consent to presence"),
    "erased": Text("the data of this person was erased"),
}
LEFT_TEXT: dict[LeftBecause, Text] = {
    "self": Text("left"),
    "elsewhere": Text("went to another place"),
    "served": Text("the officer has taken the application in"),
    "stay_over": Text("made room after the longest stay"),
    "removed": Text("was asked to leave by a moderator"),
    "banned": Text("may not come in until the ban ends"),
    "down": Text("the place went out of order"),
    "closed": Text("the place was closed"),
    "erased": Text("the data of this person was erased"),
}
CONDUCT_TEXT: dict[Conduct, Text] = {
    "harassment": Text("harassment"),
    "threat": Text("threat"),
    "hate": Text("hate"),
    "fraud": Text("fraud"),
    "rumour": Text("spreading a rumour"),
    "spam": Text("selling or spam"),
    "impersonation": Text("pretending to be somebody else"),
    "disturbance": Text("disturbance"),
}
STEP_TEXT: dict[MeasureStep, Text] = {
    "notice": Text("notice"),
    "mute": Text("mute"),
    "remove": Text("removal"),
    "ban": Text("ban for a time"),
}
UNFOUNDED_TEXT: dict[Unfounded, Text] = {
    "within_the_code": Text("within the code"),
    "no_evidence": Text("nothing bears it out"),
    "duplicate": Text("reported before"),
    "abusive": Text("the report itself is abuse"),
}
CLOSING_TEXT: dict[Closing, Text] = {
    "maintenance": Text("maintenance"),
    "safety": Text("safety of those inside"),
    "emergency": Text("an emergency in the city"),
}
RESULT_TEXT: dict[SessionResult, Text] = {
    "prescription": Text("prescription issued"),
    "referred": Text("referred to a hospital"),
    "attendance": Text("certificate of attendance issued"),
    "not_attended": Text("attended too little for a certificate"),
    "interview": Text("interview confirmed"),
    "declined": Text("no interview: nothing suitable is open"),
    "broken_off": Text("broken off: the place or its host is gone"),
}
HOW_ENDED_TEXT: dict[str, Text] = {
    "time": Text("its time is over"),
    "lifted": Text("lifted by a moderator"),
    "set_aside": Text("set aside on appeal"),
    "undecided": Text("the appeal was not decided in time"),
}
