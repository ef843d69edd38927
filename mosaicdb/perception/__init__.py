"""Perception: how pictures look to people. Knows no file, no database and no match."""

from .areas import area_averages
from .colour import lab
from .repeats import count_repeats
from .score import SAMPLES, sampled, score_samples

__all__ = ["SAMPLES", "area_averages", "count_repeats", "lab", "sampled", "score_samples"]
