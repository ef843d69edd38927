"""Matching: decide which tile goes where. Arrays in, a `Match` out."""

from .problem import match, smallest_max_uses

__all__ = ["match", "smallest_max_uses"]
