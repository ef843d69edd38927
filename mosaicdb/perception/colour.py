"""Colours in CIELAB."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def lab(rgb: ArrayLike) -> NDArray[np.float64]:
    """Convert sRGB to CIELAB, in which distances are roughly perceptually uniform.

    Args:
        rgb: sRGB, 0 to 255, shape (..., 3).

    Returns:
        Lightness L, 0 to 100, and a and b, for the white point D65 (2° observer);
        shape (..., 3).
    """
    from skimage.color import rgb2lab

    converted: NDArray[np.float64] = rgb2lab(np.asarray(rgb, dtype=np.float64) / 255)
    return converted


def delta_e(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """Return the colour differences ΔE of CIE 1976; about 2 is just noticeable side by side.

    Args:
        first: sRGB, 0 to 255, shape (..., 3).
        second: of the same shape.

    Returns:
        Distances, shape (...).
    """
    distances: NDArray[np.float64] = np.linalg.norm(lab(first) - lab(second), axis=-1)
    return distances
