"""Score the similarity of a mosaic to its target: colour and structure, at several scales."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..records import Likeness, Score, Size
from .areas import area_averages
from .colour import lab

SAMPLES: Final = 4
"""Samples a cell, across and down, at which pictures are compared."""

HALF: Final = SAMPLES // 2

_WINDOW: Final = 7  # of SSIM, in samples
_LIGHTNESS_RANGE: Final = 100
_BAND_SAMPLES: Final = 1_000_000
_HALF_A_CELL: Final = SAMPLES / 2

Samples = NDArray[np.float32]
Lightness = NDArray[np.float64]


def sampled(picture: Image.Image, grid: Size) -> Samples:
    """Reduce a picture to the samples that it is compared by.

    A mosaic may be sampled in strips of whole cells, whose samples are then stacked.

    Args:
        picture: in mode RGB.
        grid: columns and rows.

    Returns:
        Mean sRGB, 0 to 255, shape (rows * SAMPLES, columns * SAMPLES, 3).
    """
    return area_averages(picture, (grid[0] * SAMPLES, grid[1] * SAMPLES))


def score_samples(
    mosaic: Samples, target: Samples, covered: NDArray[np.bool_] | None = None
) -> Score:
    """Compare a mosaic with its target at 1, 2 and 4 samples a cell, and from afar.

    From afar means: after a Gaussian blur of the sRGB values whose sigma is half a cell.
    Structural similarity after Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image
    Quality Assessment: From Error Visibility to Structural Similarity", IEEE Transactions on
    Image Processing 13, 2004; CIEDE2000 after G. Sharma, W. Wu, E. N. Dalal, "The CIEDE2000
    Color-Difference Formula", Color Research and Application 30, 2005; as scikit-image computes
    them.

    Args:
        mosaic: see `sampled`.
        target: see `sampled`; of the same shape.
        covered: which cells hold a tile, shape (rows, columns); None: all. Other cells
            do not count; in the windows of their neighbours, both pictures show the target there.
    """
    shown = np.ones((len(target) // SAMPLES, target.shape[1] // SAMPLES), dtype=np.bool_)
    if covered is not None:
        shown = covered
        mosaic = np.where(_enlarged(covered, SAMPLES)[..., None], mosaic, target)
    return Score(
        samples_1=_likeness(averaged(mosaic, SAMPLES), averaged(target, SAMPLES), shown),
        samples_2=_likeness(averaged(mosaic, HALF), averaged(target, HALF), _enlarged(shown, 2)),
        samples_4=_likeness(mosaic, target, _enlarged(shown, SAMPLES)),
        afar=_likeness(_blurred(mosaic), _blurred(target), _enlarged(shown, SAMPLES)),
    )


def mean_score(scores: Sequence[Score], weights: Sequence[float]) -> Score:
    """Average the scores of several pictures; not all weights may be 0."""
    names = [field.name for field in fields(Score)]
    return Score(*(_mean([getattr(score, name) for score in scores], weights) for name in names))


def _mean(likenesses: Sequence[Likeness], weights: Sequence[float]) -> Likeness:
    delta_e, ciede2000 = np.average(
        [(likeness.delta_e, likeness.ciede2000) for likeness in likenesses], 0, weights
    ).tolist()
    known = [
        (likeness.ssim, weight)
        for likeness, weight in zip(likenesses, weights, strict=True)
        if likeness.ssim is not None
    ]
    total = sum(weight for _, weight in known)
    ssim = sum(ssim * weight for ssim, weight in known) / total if total else None
    return Likeness(delta_e, ssim, ciede2000)


def averaged(picture: Samples, factor: int) -> Samples:
    """Average squares of factor x factor samples."""
    rows, columns = len(picture) // factor, picture.shape[1] // factor
    averages: Samples = picture.reshape(rows, factor, columns, factor, 3).mean(axis=(1, 3))
    return averages


def _blurred(picture: Samples) -> Samples:
    from skimage.filters import gaussian

    blur: Any = gaussian
    blurred: Samples = blur(picture, _HALF_A_CELL, preserve_range=True, channel_axis=-1)
    return blurred


def _enlarged(cells: NDArray[Any], factor: int) -> NDArray[Any]:
    return cells.repeat(factor, axis=0).repeat(factor, axis=1)


def _likeness(
    mosaic: Samples,
    target: Samples,
    shown: NDArray[np.bool_],
    band_samples: int = _BAND_SAMPLES,
) -> Likeness:
    """Compare two pictures in bands, since CIELAB and SSIM of the whole take much memory.

    The bands overlap by half a window of SSIM.
    """
    height, width = shown.shape
    window = min(_WINDOW, (min(height, width) - 1) // 2 * 2 + 1)
    reach = window // 2
    distances, perceived, similar, centres = 0.0, 0.0, 0.0, 0
    for top, bottom in _bands(height, max(1, band_samples // width)):
        first, last = max(top - reach, 0), min(bottom + reach, height)
        seen, wanted = lab(mosaic[first:last]), lab(target[first:last])
        own = slice(top - first, bottom - first)
        apart = np.linalg.norm(seen[own] - wanted[own], axis=2)
        counted = shown[top:bottom]
        distances += float(apart[counted].sum())
        perceived += _ciede2000(seen[own][counted], wanted[own][counted])
        likenesses = _ssim(seen[..., 0], wanted[..., 0], window)
        centred = likenesses[shown[first + reach : last - reach, reach : width - reach]]
        similar, centres = similar + float(centred.sum()), centres + centred.size
    count = max(int(shown.sum()), 1)
    ssim = similar / centres if window > 1 and centres else None
    return Likeness(distances / count, ssim, perceived / count)


def _ciede2000(seen: Lightness, wanted: Lightness) -> float:
    """Sum the differences of colours in CIELAB, shape (colours, 3)."""
    from skimage.color import deltaE_ciede2000

    # Single precision takes half of the time, and changes no digit that is shown.
    difference: Any = deltaE_ciede2000
    return float(difference(np.float32(seen), np.float32(wanted)).sum(dtype=np.float64))


def _bands(height: int, rows: int) -> Iterator[tuple[int, int]]:
    return ((top, min(top + rows, height)) for top in range(0, height, rows))


def _ssim(seen: Lightness, wanted: Lightness, window: int) -> Lightness:
    """Return the structural similarity at all samples whose window lies inside the picture."""
    from skimage.metrics import structural_similarity

    reach = window // 2
    if window == 1 or len(seen) < window:
        return np.zeros((max(len(seen) - 2 * reach, 0), seen.shape[1] - 2 * reach))
    similarity: Any = structural_similarity
    _, everywhere = similarity(
        seen, wanted, win_size=window, data_range=_LIGHTNESS_RANGE, full=True
    )
    inside: Lightness = everywhere[reach : len(seen) - reach, reach : seen.shape[1] - reach]
    return inside
