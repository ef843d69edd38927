"""Say how much a mosaic looks like its target: colours and structure, near and from afar."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..model import Likeness, Score, Size
from .areas import area_averages
from .colour import lab

SAMPLES: Final = 4
"""Samples a cell, across and down, at which pictures are compared."""

SCALE_NAMES: Final = {
    "samples_1": "1 sample a cell",
    "samples_2": "2 x 2 samples",
    "samples_4": "4 x 4 samples",
    "afar": "from afar",
}
"""What people call the parts of a `Score`."""

_WINDOW: Final = 7  # of SSIM, in samples
_LIGHTNESS_RANGE: Final = 100
_BAND_SAMPLES: Final = 1_000_000
_HALF_A_CELL: Final = SAMPLES / 2

Samples = NDArray[np.float32]
Lightness = NDArray[np.float64]


def sampled(picture: Image.Image, grid: Size) -> Samples:
    """Reduce a picture to what it is compared by.

    The samples of a mosaic's strips of whole cells, one below the other, are those of the mosaic.

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
    Image Processing 13, 2004, as scikit-image computes it.

    Args:
        mosaic: see `sampled`.
        target: see `sampled`; of the same shape.
        covered: which cells hold a tile, shape (rows, columns); None: all. The others do not
            count in Delta E, and look the same in both pictures to SSIM.
    """
    shown = np.ones((len(target) // SAMPLES, target.shape[1] // SAMPLES), dtype=np.bool_)
    if covered is not None:
        shown = covered
        mosaic = np.where(_enlarged(covered, SAMPLES)[..., None], mosaic, target)
    return Score(
        samples_1=_likeness(_averaged(mosaic, 4), _averaged(target, 4), shown),
        samples_2=_likeness(_averaged(mosaic, 2), _averaged(target, 2), _enlarged(shown, 2)),
        samples_4=_likeness(mosaic, target, _enlarged(shown, 4)),
        afar=_likeness(_blurred(mosaic), _blurred(target), _enlarged(shown, 4)),
    )


def mean_score(scores: Iterable[Score]) -> Score:
    """Average the scores of several pictures; at least one."""
    every = list(scores)
    return Score(
        *(_mean([getattr(score, field.name) for score in every]) for field in fields(Score))
    )


def _mean(every: Sequence[Likeness]) -> Likeness:
    similar = [one.ssim for one in every if one.ssim is not None]
    delta_e = sum(one.delta_e for one in every) / len(every)
    return Likeness(delta_e, sum(similar) / len(similar) if similar else None)


def _averaged(picture: Samples, factor: int) -> Samples:
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

    The bands overlap by what SSIM's windows reach beyond them.
    """
    height, width = shown.shape
    window = min(_WINDOW, (min(height, width) - 1) // 2 * 2 + 1)
    reach = window // 2
    distances = likeness = 0.0
    for top, bottom in _bands(height, max(1, band_samples // width)):
        first, last = max(top - reach, 0), min(bottom + reach, height)
        seen, wanted = lab(mosaic[first:last]), lab(target[first:last])
        own = slice(top - first, bottom - first)
        apart = np.linalg.norm(seen[own] - wanted[own], axis=2)
        distances += float(apart[shown[top:bottom]].sum())
        likeness += _ssim_sum(seen[..., 0], wanted[..., 0], window)
    delta_e = distances / max(int(shown.sum()), 1)
    return Likeness(delta_e, likeness / (height - 2 * reach) if window > 1 else None)


def _bands(height: int, rows: int) -> Iterator[tuple[int, int]]:
    return ((top, min(top + rows, height)) for top in range(0, height, rows))


def _ssim_sum(seen: Lightness, wanted: Lightness, window: int) -> float:
    """Give the structural similarity of two bands, times the rows on which windows are centred."""
    from skimage.metrics import structural_similarity

    centres = len(seen) - window + 1
    if window == 1 or centres < 1:
        return 0.0
    similarity: Any = structural_similarity
    return centres * float(similarity(seen, wanted, win_size=window, data_range=_LIGHTNESS_RANGE))
