"""A plausible river city from a seed: ``generate(seed, directory, progress)``."""

from twin.city.generate.compose import Progress, draft_city, generate

__all__ = ["Progress", "draft_city", "generate"]
