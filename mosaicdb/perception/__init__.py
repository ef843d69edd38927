"""Descriptors of pictures as people see them: colours, features, attention, scores."""

from .areas import area_averages, cell_averages
from .attention import find_attention, weights_of
from .colour import delta_e, lab
from .features import compute_features, reflection
from .near_duplicates import group_near, near_pairs
from .repeats import count_repeats
from .score import SAMPLES, mean_score, sampled, score_samples

__all__ = [
    "SAMPLES",
    "area_averages",
    "cell_averages",
    "count_repeats",
    "delta_e",
    "find_attention",
    "compute_features",
    "group_near",
    "lab",
    "mean_score",
    "near_pairs",
    "reflection",
    "sampled",
    "score_samples",
    "weights_of",
]
