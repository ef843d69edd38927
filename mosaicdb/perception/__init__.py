"""Perception: how pictures look to people. Knows no file, no database and no match."""

from .areas import area_averages
from .attention import FINDERS, weights_of
from .colour import delta_e, lab
from .features import describe, reflection
from .repeats import count_repeats
from .score import SAMPLES, SCALE_NAMES, mean_score, sampled, score_samples

__all__ = [
    "FINDERS",
    "SAMPLES",
    "SCALE_NAMES",
    "area_averages",
    "count_repeats",
    "delta_e",
    "describe",
    "lab",
    "mean_score",
    "reflection",
    "sampled",
    "score_samples",
    "weights_of",
]
