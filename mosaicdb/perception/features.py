"""Compute features: the numbers that tiles and cells are compared by."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..options import FeatureOptions
from ..records import SIGNATURE_SIDE
from .colour import lab

LUMINANCE_WEIGHT: Final = 2.0
"""How much more a difference in luminance counts than one in colour: see docs/detail.md."""

SCALES: Final = (2, 3)
"""Parts per side into which a tile is divided to compare its structure."""

Floats = NDArray[np.float64]


def compute_features(
    mean_rgb: Floats, signatures: NDArray[np.uint8] | None, options: FeatureOptions
) -> Floats:
    """Compute the features of tiles, crops or cells.

    The squared distance of two rows is, with the features `lab`,

        |mean Lab difference|^2 + detail * (mean over scales k of |structure difference at k|^2)

    where luminance counts `LUMINANCE_WEIGHT` times, and the structure at a scale k is the
    discrete cosine transform of the luminance of k x k equal parts, without its constant: the
    mean squared difference of the parts after subtraction of their mean.

    Args:
        mean_rgb: mean sRGB, 0 to 255, shape (n, 3).
        signatures: sRGB, 0 to 255, shape (n, 6, 6, 3), or greys of the same luminance, shape
            (n, 6, 6); may be None if there is no structure.
        options: which features.

    Returns:
        Shape (n, d): d is 3 without structure, else 14.
    """
    if options.features == "rgb":
        return mean_rgb
    colours = lab(mean_rgb) * (LUMINANCE_WEIGHT, 1, 1)
    if not options.structured:
        return colours
    if signatures is None:
        raise ValueError("structure is compared by signatures: load these too")
    luminance = _lightness(signatures) * LUMINANCE_WEIGHT
    weight = np.sqrt(options.detail / len(SCALES))
    structure = [weight * _structure(luminance, scale) for scale in SCALES]
    return np.concatenate([colours, *structure], axis=1)


def _lightness(signatures: NDArray[np.uint8]) -> Floats:
    if signatures.ndim == 4:  # colours
        return lab(signatures)[..., 0]
    of_grey: Floats = lab(np.arange(256)[:, None].repeat(3, axis=1))[:, 0]
    return of_grey[signatures]


def reflection(options: FeatureOptions) -> Floats:
    """Return the matrix that maps features to those of the picture mirrored left to right.

    Returns:
        Diagonal, +1 or -1, shape (d, d).
    """
    signs = [np.ones(3)]
    if options.structured:
        signs += [np.tile((-1.0) ** np.arange(scale), scale)[1:] for scale in SCALES]
    return np.diag(np.concatenate(signs))


def _structure(luminance: Floats, scale: int) -> Floats:
    """Transform k x k block means of (n, 6, 6) luminances: shape (n, k * k - 1).

    The cosine transform is orthonormal, of type II: N. Ahmed, T. Natarajan, K. R. Rao, "Discrete
    cosine transform", IEEE Transactions on Computers C-23 (1974). Divided by k, the squares of
    the coefficients add up to the mean square of the block means.
    """
    from scipy.fft import dctn

    side = SIGNATURE_SIDE // scale
    means = luminance.reshape(-1, scale, side, scale, side).mean(axis=(2, 4))
    coefficients: Floats = dctn(means, axes=(1, 2), norm="ortho") / scale
    return coefficients.reshape(len(luminance), scale * scale)[:, 1:]
