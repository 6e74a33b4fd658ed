"""Who owns a case, to whom it is offered, and what has been asked for, granted and supervised."""

from __future__ import annotations

from services.governance.case import Case
from services.governance.claim_story import GROUND_TEXT, TIME_TEXT, post_text
from services.governance.lookup import Lookup
from services.governance.scenes import Scene
from twin.core.text import Name, Text
from twin.core.views import Facts, Moment

Row = tuple[Text | Name, Text | Name | Moment | str | float]

HOUR_MS = 3_600_000


def owner_section(case: Case, lookup: Lookup, scene: Scene) -> Facts:
    """The rows that say something; an ended case keeps its last owner."""
    holder = case.holder
    rows: list[Row] = [
        (Text("Owner"), lookup.person_name(holder.person)),
        (Text("Post"), post_text(holder.post, holder.department, lookup)),
        *_offer(case, lookup),
    ]
    if case.returned:
        rows.append((Text("Given back"), Text("the next step needs a reason")))
    if case.hops:
        rows.append((Text("Handed on"), Text("{count} times", {"count": case.hops})))
    if case.limbo_ms:
        rows.append((Text("In limbo so far"), Text("{minutes} min", {"minutes": round(case.limbo_ms / 60_000, 1)})))
    rows += [*_urgent(case, lookup), *_time(case, lookup), *_limit(case), *_after(case, scene, lookup)]
    if case.supervised:
        rows.append((Text("Supervised"), GROUND_TEXT.get(case.supervision, Text("–"))))
    return Facts(title=Text("Who owns it"), rows=tuple(rows))


def _offer(case: Case, lookup: Lookup) -> list[Row]:
    offer = case.offer
    if offer is None:
        return []
    label = Text("Given back to") if offer.back else Text("Offered to")
    return [
        (label, post_text(offer.to_post, offer.to_department, lookup)),
        (Text("In limbo since"), Moment(offer.since_ms)),
    ]


def _urgent(case: Case, lookup: Lookup) -> list[Row]:
    if not case.urgent:
        return []
    rows: list[Row] = [(Text("Urgent lane"), Text("acted on first"))]
    if case.commands:
        rows.append((Text("Commands its own units"), lookup.department_name(case.commands)))
        rows.append((Text("The centre"), Text("notifies, supports and tracks")))
    rows.append((Text("Papers"), Text("filed") if case.filed_by else Moment(case.file_by_ms, due=True)))
    return rows


def _time(case: Case, lookup: Lookup) -> list[Row]:
    rows: list[Row] = []
    asked = case.time_asked
    if asked is not None:
        rows.append((Text("More time asked for"), Text("{what}, {minutes} min: {why}", {
            "what": TIME_TEXT[asked.kind], "minutes": asked.minutes, "why": asked.why,
        })))  # fmt: skip
        rows.append((Text("Asked by"), lookup.person_name(asked.person)))
        waits = Text("waits for the duty chief") if asked.approved_by else Text("waits for the department head")
        rows.append((Text("Approvals"), waits))
    if case.suspended_until_ms >= 0:
        rows.append((Text("Suspended until"), Moment(case.suspended_until_ms)))
    if case.time_grants:
        rows.append((Text("More time granted"), Text("{count} times", {"count": case.time_grants})))
    return rows


def _limit(case: Case) -> list[Row]:
    return [] if case.limit is None else [(Text("Limit chosen by"), case.limit.why)]


def _after(case: Case, scene: Scene, lookup: Lookup) -> list[Row]:
    rows: list[Row] = []
    if case.reopened:
        rows.append((Text("Reopened"), Text("{count} times", {"count": case.reopened})))
    appeal = case.appeal
    if appeal is not None:
        words = {
            "": Text("waits for two reviewers, {count} granted", {"count": len(appeal.granted_by)}),
            "granted": Text("granted: left out of statistics"),
            "refused": Text("refused"),
        }
        rows.append((Text("Appeal"), words[appeal.decided]))
    if case.false_alarm:
        rows.append((Text("False alarm"), Text("yes")))
    if case.follow_up is not None:
        done = case.follow_up
        said = Text("solved") if done.solved else Text("not solved")
        rows.append((Text("Follow-up"), said if done.reached else Text("nobody reached")))
    elif case.outcome and scene.follow_up.after_h > 0:
        due = Moment(case.closed_ms + round(scene.follow_up.after_h * HOUR_MS), due=True)
        rows.append((Text("Follow-up"), due))
    return rows
