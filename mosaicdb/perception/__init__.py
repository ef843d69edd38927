"""Perception: how pictures look to people. Knows no file, no database and no match."""

from .areas import area_averages
from .attention import FINDERS, weights_of
from .colour import lab
from .features import describe, reflection
from .repeats import count_repeats
from .score import SAMPLES, sampled, score_samples

__all__ = [
    "FINDERS",
    "SAMPLES",
    "area_averages",
    "count_repeats",
    "describe",
    "lab",
    "reflection",
    "sampled",
    "score_samples",
    "weights_of",
]
