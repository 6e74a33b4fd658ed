"""What people call the posts, and whoever else may give a command."""

from __future__ import annotations

from twin.core.text import Text

POST_TEXT: dict[str, Text] = {
    "acceptor": Text("acceptor"),
    "dispatcher": Text("dispatcher"),
    "duty_chief": Text("duty chief"),
    "handler": Text("department handler"),
    "department_head": Text("department head"),
    "collector": Text("collector"),
    "assessor": Text("assessor"),
    "subdistrict_head": Text("subdistrict head"),
    "leader": Text("leader on duty"),
    "clerk": Text("clerk"),
    "moderator": Text("moderator of virtual places"),
    "doctor": Text("doctor"),
    "teacher": Text("teacher"),
    "recruiter": Text("recruiter"),
}

WHO_TEXT: dict[str, Text] = {
    **POST_TEXT,
    "instructor": Text("instructor"),
    "resident": Text("a resident"),
    "unit": Text("a crew"),
    "clock": Text("the clock"),
    "system": Text("the system"),
}
