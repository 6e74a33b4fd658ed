"""Pages about scenes: all of them, and one. Whether it is armed, how much its rules may do, how good its alarms are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import msgspec

from services.collaboration.authority import person_of
from services.facts.casework import AutomationLevel, StaffPost
from services.facts.collaboration import Post
from services.facts.posts import POST_TEXT
from services.governance.automation_levels import LEVEL_TEXT, LEVELS, Setting, Tally
from services.governance.lookup import Lookup
from services.governance.scene_terms import ClockKind
from services.governance.scenes import Scene
from twin.core.text import Name, Text
from twin.core.views import Action, Card, Facts, Meter, Meters, Moment, Section, Table

Armed = Callable[[str], bool]
"""Whether a scene is armed now."""

Cell = Text | Name | Moment | str | float | int | None

CLOCK_TEXT: dict[ClockKind, Text] = {
    "urgent_hour": Text("urgent hours"),
    "working_hour": Text("working hours"),
    "working_day": Text("working days"),
    "calendar_day": Text("calendar days"),
}
TO_LEVEL: dict[AutomationLevel, Text] = {
    "manual": Text("Manual from now on"),
    "assisted": Text("Suggest only"),
    "automatic": Text("Automatic from now on"),
}

STAFFABLE: tuple[Post, ...] = (
    "acceptor", "dispatcher", "duty_chief", "handler", "department_head", "assessor", "subdistrict_head",
)  # fmt: skip
STAFFED_TEXT: dict[bool | None, Text] = {
    True: Text("an automatic colleague"),
    False: Text("a person"),
    None: Text("as this run began"),
}


class Automated(Protocol):
    """What the pages read of the desk."""

    @property
    def scenes(self) -> Mapping[str, Scene]: ...

    def level(self, scene: str) -> AutomationLevel: ...

    def setting(self, scene: str) -> Setting | None: ...

    def tally(self, scene: str) -> Tally: ...

    def open(self, scene: str) -> tuple[str, ...]: ...

    def staffed(self, post: str) -> bool | None: ...


class ScenePages:
    """Made when they are asked for."""

    def __init__(self, automation: Automated, lookup: Lookup, armed: Armed | None = None) -> None:
        self._automation = automation
        self._lookup = lookup
        self._armed: Armed = armed if armed is not None else lambda scene: True

    def page(self, kind: str, id: str) -> Card | None:
        if kind == "scenes":
            return self._all()
        scene = self._automation.scenes.get(id)
        return self._one(scene) if kind == "scene" and scene is not None else None

    def actions(self, scene: str) -> Iterable[Action]:
        """Back to manual in one click, where it is not manual."""
        known = self._automation.scenes.get(scene)
        if known is None or self._automation.level(scene) == "manual":
            return ()
        return (self._to(known, "manual", more=True),)

    def _all(self) -> Card:
        scenes = self._automation.scenes.values()
        columns = (
            Text("Scene"), Text("Armed"), Text("Automation"), Text("Fired"), Text("False alarms"), Text("Precision"),
            Text("Open"),
        )  # fmt: skip
        rows = tuple(self._row(scene) for scene in scenes)
        links = tuple(("scene", scene.id) for scene in scenes)
        acts = tuple(self._turn(scene) for scene in scenes)
        manual = sum(self._automation.level(scene.id) == "manual" for scene in scenes)
        return Card(
            kind="scenes", id="", rev=0, title=Text("Scenes"),
            subtitle=Text("{count} scenes, {manual} by hand",
                          {"count": len(rows), "manual": manual}),
            icon="scenes",
            sections=(
                Table(title=Text("All scenes"), columns=columns, rows=rows, links=links, acts=acts), self._posts(),
            ),
        )  # fmt: skip

    def _posts(self) -> Section:
        """Which posts an automatic colleague may fill, each changed in one click."""
        rows = tuple((POST_TEXT[post], STAFFED_TEXT[self._automation.staffed(post)]) for post in STAFFABLE)
        acts = tuple(self._staff(post) for post in STAFFABLE)
        return Table(
            title=Text("Who sits at the posts"), columns=(Text("Post"), Text("Filled by")), rows=rows, acts=acts
        )

    def _staff(self, post: str) -> Action:
        colleague = self._automation.staffed(post) is False
        return Action(
            command="StaffPost", label=Text("A colleague from now on") if colleague else Text("A person from now on"),
            fixed={"post": post, "department": "", "colleague": colleague}, posts=StaffPost.posts,
        )  # fmt: skip

    def _turn(self, scene: Scene) -> Action:
        """The button of a scene's row: to manual, and back."""
        by_hand = self._automation.level(scene.id) == "manual"
        level: AutomationLevel = "automatic" if by_hand else "manual"
        return msgspec.structs.replace(self._to(scene, level), label=TO_LEVEL[level])

    def _row(self, scene: Scene) -> tuple[Cell, ...]:
        tally = self._automation.tally(scene.id)
        return (
            scene.name,
            self._arms(scene),
            LEVEL_TEXT[self._automation.level(scene.id)],
            tally.fired,
            tally.false,
            "–" if tally.precision is None else f"{tally.precision:.0%}",
            len(self._automation.open(scene.id)),
        )

    def _arms(self, scene: Scene) -> Text:
        return Text("armed") if self._armed(scene.id) else Text("at rest")

    def _one(self, scene: Scene) -> Card:
        level = self._automation.level(scene.id)
        actions = tuple(self._to(scene, other) for other in LEVELS if other != level)
        open = self._automation.open(scene.id)
        return Card(
            kind="scene", id=scene.id, rev=0, title=scene.name, subtitle=scene.matter, icon=scene.icon,
            state=LEVEL_TEXT[level], department=self._lookup.department_name(scene.lead), actions=actions,
            sections=(self._about(scene), self._quality(scene), self._signals(scene), *self._limits(scene)),
            pages=(*(("case", case, Name(case, case)) for case in open), ("scenes", "", Text("All scenes"))),
        )  # fmt: skip

    def _about(self, scene: Scene) -> Section:
        names = self._lookup.department_name
        rows: list[tuple[Text | Name, Text | Name | Moment | str | float]] = [
            (Text("armed"), self._arms(scene)),
            (Text("automation"), LEVEL_TEXT[self._automation.level(scene.id)]),
            *self._set_by(scene),
            (Text("rule version"), scene.version),
            (Text("code"), scene.code),
            (Text("lead department"), names(scene.lead)),
            *((Text("supporting department"), names(one)) for one in scene.support),
        ]
        if scene.aim.en:
            rows.append((Text("meant to achieve"), scene.aim))
        if scene.cost.en:
            rows.append((Text("what it costs"), scene.cost))
        return Facts(title=Text("About the scene"), rows=tuple(rows))

    def _set_by(self, scene: Scene) -> Iterable[tuple[Text | Name, Text | Name | Moment | str | float]]:
        setting = self._automation.setting(scene.id)
        if setting is None:
            return
        person = self._lookup.person_name(person_of(setting.actor))
        post = POST_TEXT.get(setting.actor.post, Text("none"))
        yield Text("set by"), Text("{person}, {post}", {"person": person, "post": post})
        yield Text("set at"), Moment(setting.since_ms)
        if setting.why:
            yield Text("reason"), setting.why

    def _quality(self, scene: Scene) -> Section:
        tally = self._automation.tally(scene.id)
        closed = tally.verified + tally.forced
        share = tally.precision
        meters = (
            Meter(
                name=Text("Alarms that were real"), share=share, shown="–" if share is None else f"{share:.0%}",
                of=Text("{real} real, {false} false, of {fired} fired",
                        {"real": tally.real, "false": tally.false, "fired": tally.fired}),
            ),
            Meter(
                name=Text("Closed with proof"), share=tally.verified / closed if closed else None,
                shown=f"{tally.verified / closed:.0%}" if closed else "–",
                of=Text("{count} of {all}", {"count": tally.verified, "all": closed}),
            ),
        )  # fmt: skip
        return Meters(title=Text("How good its alarms are"), meters=meters)

    def _signals(self, scene: Scene) -> Section:
        strong, weak = Text("by itself"), Text("with others")
        rows = tuple((entry.name, strong if entry.condition.strong else weak) for entry in scene.signals)
        return Table(title=Text("Signals"), columns=(Text("Signal"), Text("Enough")), rows=rows)

    def _limits(self, scene: Scene) -> Iterable[Section]:
        if not scene.handle_limits:
            return
        rows = tuple((limit.name, limit.amount, CLOCK_TEXT[limit.clock]) for limit in scene.handle_limits)
        columns = (Text("Handling limit"), Text("Amount"), Text("Clock"))
        yield Table(title=Text("Limits"), columns=columns, rows=rows)

    def _to(self, scene: Scene, level: AutomationLevel, more: bool = False) -> Action:
        return Action(
            command="SetAutomation", label=Text("{scene}: {what}", {"scene": scene.name, "what": TO_LEVEL[level]}),
            fixed={"scene": scene.id, "level": level}, more=more, posts=("duty_chief", "dispatcher"),
        )  # fmt: skip
