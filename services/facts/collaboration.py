"""The posts of city governance and who may hold them; the words that rights are written in."""

from __future__ import annotations

from typing import Literal

Post = Literal["acceptor", "dispatcher", "duty_chief", "handler", "collector", "clerk"]

ACCEPTING: tuple[Post, ...] = ("acceptor", "duty_chief")
DISPATCHING: tuple[Post, ...] = ("dispatcher", "duty_chief")
CENTRE: tuple[Post, ...] = ("acceptor", "dispatcher", "duty_chief")
GOVERNING: tuple[Post, ...] = ("acceptor", "dispatcher", "duty_chief", "handler")
