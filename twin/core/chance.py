"""Counter-based randomness: the numbers depend on their keys alone, never on what was drawn before."""

from __future__ import annotations

import hashlib

import numpy as np


def generator(seed: int, *keys: int | str) -> np.random.Generator:
    """A fresh generator for one (seed, desk, turn, index, …); the same keys always give the same numbers.

    A caller draws what it needs and drops it; no generator is kept between decisions.
    """
    text = "\x1f".join([str(seed), *(str(key) for key in keys)])
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))


def fraction(seed: int, *keys: int | str) -> float:
    """One number in [0, 1) for the keys."""
    text = "\x1f".join([str(seed), *(str(key) for key in keys)])
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "little") >> 11) / float(1 << 53)
