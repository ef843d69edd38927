"""Weights of cells by the attention that they attract."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..options import Focus
from .areas import area_averages
from .colour import lab
from .score import HALF, Samples, averaged

LEAST_WEIGHT: Final = 0.05
"""Weight of the least important cells: not 0, so that their tiles still matter."""

_SPREAD: Final = 0.35  # standard deviation of the weights around the centre, in half sides
_CLEAR_EDGES: Final = 95  # percentile of the gradients that gets full weight
_FACE_SIDE: Final = 512  # pixels of the longer side of the picture in which faces are sought
_SMALLEST_FACE: Final = 1 / 12  # of the shorter side
_FACE_STEP: Final = 1.15  # ratio of one size of face to the next

Weights = NDArray[np.float64]
Cells = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Attention:
    """Which cells of a picture matter more than others."""

    importance: NDArray[Any]
    """0 to 1, or slightly more, shape (rows, columns)."""
    faces: int | None = None
    """How many were found; None: none were sought."""


def weights_of(importance: NDArray[Any]) -> Weights:
    """Turn importance, 0 to 1, into weights, `LEAST_WEIGHT` to 1, of any shape."""
    return LEAST_WEIGHT + (1 - LEAST_WEIGHT) * importance.astype(np.float64).clip(0, 1)


def _center(_picture: Image.Image, _samples: Samples, covered: Cells) -> Attention:
    """Weight cells by a Gaussian around the centre."""
    down, across = (2 * (np.arange(count) + 0.5) / count - 1 for count in covered.shape)
    importance: NDArray[Any] = np.exp(-(across**2 + down[:, None] ** 2) / (2 * _SPREAD**2))
    return Attention(importance)


def _edges(_picture: Image.Image, samples: Samples, covered: Cells) -> Attention:
    """Weight cells by the gradient of lightness in and around them.

    The border of transparent parts does not count as an edge.
    """
    from skimage.filters import sobel

    gradient: Any = sobel
    rows, columns = covered.shape
    lightness = lab(averaged(samples, HALF))[..., 0]
    seen = covered.repeat(2, axis=0).repeat(2, axis=1)
    strength = gradient(lightness, mask=seen).reshape(rows, 2, columns, 2).mean(axis=(1, 3))
    return Attention(strength / max(np.percentile(strength[covered], _CLEAR_EDGES), 1e-9))


def _faces(picture: Image.Image, _samples: Samples, covered: Cells) -> Attention:
    """Weight cells by the part of them that lies in a frontal face.

    Uses the cascade of local binary patterns that comes with scikit-image. Source: P. Viola,
    M. Jones, "Rapid object detection using a boosted cascade of simple features", CVPR 2001;
    S. Liao et al., "Learning multi-scale block local binary patterns for face recognition",
    ICB 2007.
    """
    from skimage.data import lbp_frontal_face_cascade_filename
    from skimage.feature import Cascade

    small = picture.copy()
    small.thumbnail((_FACE_SIDE, _FACE_SIDE))
    least = max(24, round(min(small.size) * _SMALLEST_FACE))
    cascade: Any = Cascade
    trained: Any = lbp_frontal_face_cascade_filename
    faces = cascade(trained()).detect_multi_scale(
        np.asarray(small),
        scale_factor=_FACE_STEP,
        step_ratio=1,
        min_size=(least, least),
        max_size=small.size[::-1],
    )
    inside = np.zeros(small.size[::-1], np.uint8)
    for face in faces:
        top, left = max(face["r"], 0), max(face["c"], 0)
        inside[top : top + face["height"], left : left + face["width"]] = 255
    rows, columns = covered.shape
    covering = area_averages(Image.fromarray(inside).convert("RGB"), (columns, rows))[..., 0] / 255
    return Attention(covering, len(faces))


_FINDERS: Final[Mapping[Focus, Callable[[Image.Image, Samples, Cells], Attention]]] = {
    "faces": _faces,
    "center": _center,
    "edges": _edges,
}


def find_attention(
    focus: Focus, picture: Image.Image, samples: Samples, covered: Cells
) -> Attention:
    """Find which cells of a picture matter more than others.

    Args:
        focus: what matters.
        picture: in mode RGB.
        samples: the same at `SAMPLES` samples a cell: see `score_samples`.
        covered: which cells count, shape (rows, columns).
    """
    return _FINDERS[focus](picture, samples, covered)
