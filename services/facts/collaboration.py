"""The posts of city governance and who may hold them; the words that rights are written in."""

from __future__ import annotations

from typing import Literal

Post = Literal[
    "acceptor",  # 受理员
    "dispatcher",  # 派遣员
    "duty_chief",  # 值班长
    "handler",  # 处置部门经办
    "department_head",  # 部门负责人, the first of two who approve more time
    "collector",  # 采集员, checks before filing 核实 and before closing 核查
    "assessor",  # 考核员
    "subdistrict_head",  # 街道负责人, who may whistle
    "leader",  # 带班领导, the last step of escalation
    "clerk",  # 窗口人员
    "moderator",  # 虚拟场所管理员
    "doctor",  # 医生
    "teacher",  # 教师
    "recruiter",  # 招聘专员
]

ACCEPTING: tuple[Post, ...] = ("acceptor", "duty_chief")
DISPATCHING: tuple[Post, ...] = ("dispatcher", "duty_chief")
CENTRE: tuple[Post, ...] = ("acceptor", "dispatcher", "duty_chief")
HANDLING: tuple[Post, ...] = ("handler", "department_head")
GOVERNING: tuple[Post, ...] = (
    "acceptor",
    "dispatcher",
    "duty_chief",
    "handler",
    "department_head",
    "assessor",
    "subdistrict_head",
    "leader",
)
