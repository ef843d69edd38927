"""Spacing: a least distance between two uses of a tile, kept by repair and local search."""

from .feasibility import check_distance
from .grid import Grid
from .repair import keep_apart
from .windows import Relaxation, price_windows

__all__ = ["Grid", "Relaxation", "check_distance", "keep_apart", "price_windows"]
