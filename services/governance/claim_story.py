"""A case's side steps in a sentence: handing over, time, supervision, tier, code, reopening, appeal, follow-up."""

from __future__ import annotations

from services.facts.casework import (
    AppealDecided,
    AppealLodged,
    AppealReviewed,
    CaseOffered,
    CaseRecategorised,
    CaseReopened,
    CaseSplit,
    CaseSupervised,
    CaseTaken,
    ClockResumed,
    FalseAlarmNoted,
    FollowedUp,
    FollowUpDue,
    SupervisionLifted,
    TierMoved,
    TimeApproved,
    TimeAsked,
    TimeGranted,
    TimeRefused,
    UrgentLaneTaken,
)
from services.facts.governance import CaseEvent
from services.facts.posts import POST_TEXT
from services.governance.lookup import Lookup
from twin.core.text import Text

CLOCK: dict[str, Text] = {
    "accept": Text("filing"),
    "file": Text("papers"),
    "dispatch": Text("dispatch"),
    "handle": Text("handling"),
    "check": Text("closing"),
}

SOURCE: dict[str, Text] = {
    "sensor": Text("sensors"),
    "video": Text("video"),
    "vehicle": Text("vehicles"),
    "patrol": Text("a collector on patrol"),
    "12345": Text("the hotline 12345"),
    "snapshot": Text("a resident's snapshot"),
    "110": Text("the police line 110"),
    "119": Text("the fire line 119"),
    "120": Text("the ambulance line 120"),
    "superior": Text("a superior office"),
    "weather": Text("the weather service"),
    "virtual": Text("a virtual place"),
    "resident": Text("a resident"),
}

TIER_TEXT: dict[str, Text] = {
    "city": Text("city"),
    "district": Text("district"),
    "subdistrict": Text("subdistrict"),
}

TIME_TEXT: dict[str, Text] = {"extension": Text("an extension"), "suspension": Text("a suspension")}

GROUND_TEXT: dict[str, Text] = {
    "timeout": Text("overdue"),
    "leader": Text("a leader's word"),
    "importance": Text("importance"),
}


def tell_claim(event: CaseEvent, lookup: Lookup) -> Text | None:
    """The sentence for a side step, or None where it is none."""
    match event:
        case CaseOffered():
            words = "Given back to the {to}" if event.back else "Handed on to the {to}"
            return Text(words, {"to": post_text(event.to_post, event.to_department, lookup)})
        case CaseTaken():
            to = post_text(event.post, event.department, lookup)
            return Text("Taken by {person}, {post}", {"person": lookup.person_name(event.person), "post": to})
        case UrgentLaneTaken():
            return Text("Urgent lane: act first, file later")
        case CaseReopened():
            return Text("Reopened")
        case TierMoved():
            return Text("Moved from {was} to {to}", {"was": TIER_TEXT[event.was], "to": TIER_TEXT[event.to]})
        case CaseRecategorised():
            return Text("Code changed from {was} to {code}", {"was": event.was, "code": event.code})
        case CaseSplit():
            return Text("{count} signals are about something else: {case}",
                        {"count": len(event.signals), "case": event.new})  # fmt: skip
        case FalseAlarmNoted():
            return Text("A false alarm")
        case FollowedUp():
            return _followed(event)
        case FollowUpDue():
            return Text("Follow-up is due: nobody has said whether it is solved")
        case CaseSupervised():
            return Text("Supervised: {ground}", {"ground": GROUND_TEXT[event.ground]})
        case SupervisionLifted():
            return Text("Supervision lifted")
        case _:
            return _tell_time(event) or _tell_appeal(event)


def post_text(post: str, department: str, lookup: Lookup) -> Text:
    """A post in words, with its department where it is one's."""
    words = POST_TEXT.get(post, Text("none"))
    if not department:
        return words
    return Text("{post} of {department}", {"post": words, "department": lookup.department_name(department)})


def _tell_time(event: CaseEvent) -> Text | None:
    match event:
        case TimeAsked():
            return Text("{what} of {minutes} min is asked for",
                        {"what": TIME_TEXT[event.kind], "minutes": event.minutes})  # fmt: skip
        case TimeApproved():
            return Text("Agreed to {what}", {"what": TIME_TEXT[event.kind]})
        case TimeGranted():
            return Text("{what} of {minutes} min is granted",
                        {"what": TIME_TEXT[event.kind], "minutes": event.minutes})  # fmt: skip
        case TimeRefused():
            return Text("{what} is refused", {"what": TIME_TEXT[event.kind]})
        case ClockResumed():
            return Text("The handling clock runs again")
        case _:
            return None


def _tell_appeal(event: CaseEvent) -> Text | None:
    match event:
        case AppealLodged():
            return Text("Appeal lodged")
        case AppealReviewed():
            return Text("A reviewer grants the appeal") if event.granted else Text("A reviewer refuses the appeal")
        case AppealDecided() if event.granted:
            return Text("Appeal granted: left out of statistics, its facts stay")
        case AppealDecided():
            return Text("Appeal refused")
        case _:
            return None


def _followed(event: FollowedUp) -> Text:
    if not event.reached:
        return Text("Follow-up: nobody reached")
    if not event.solved:
        return Text("Follow-up: it is not solved")
    return Text("Follow-up: solved, satisfied") if event.satisfied else Text("Follow-up: solved, not satisfied")
