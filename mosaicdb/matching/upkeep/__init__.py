"""Upkeep: an optimal match, made optimal again after its problem has changed a little."""

from .repair import update_match

__all__ = ["update_match"]
