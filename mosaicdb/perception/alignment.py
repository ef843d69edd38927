"""Lay one picture over another that may be a crop of it, and say how well their edges agree."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..records import GREY_SIDE

SIDE: Final = GREY_SIDE
Floats = NDArray[np.float32]

_STEPS: Final = 2
_LARGEST_STEP: Final = np.array([1.5, 1.5, 0.08], np.float32)  # pixels, pixels, zoom
_WIDEST: Final = 1.05  # a crop may turn out to be this much larger than what it was cut from
_NARROWEST: Final = 0.8
_LEAST_GAIN: Final = 0.2
_NOISE: Final = 8.0  # levels over two pixels: edges much weaker than this hardly count
_DAMPING: Final = 1e-4
_CENTRED: Final = np.arange(SIDE, dtype=np.float32) - (SIDE - 1) / 2


def edge_agreement(pictures: Floats, crops: Floats, placements: Floats) -> Floats:
    """Say how well pictures agree with what may be crops of them, once these are laid over them.

    Placements are refined by Gauss-Newton steps on the squared difference of the lightness, with
    its gain and offset free: B. D. Lucas, T. Kanade, "An iterative image registration technique
    with an application to stereo vision", IJCAI 1981. What is compared then are the gradients,
    each shortened to g / sqrt(|g|^2 + noise^2): so that the outline of a thing before a plain
    ground, which many photos share, does not outweigh what is within.

    Args:
        pictures: lightness, 0 to 255, shape (pairs, SIDE, SIDE).
        crops: of the same shape.
        placements: where each crop is thought to lie, shape (pairs, 3): how far the centre of the
            crop is right of and below the picture's, in pixels, and the side of the crop as a
            part of the picture's.

    Returns:
        Cosines of the gradients, at most 1, shape (pairs,).
    """
    placed = placements.astype(np.float32)
    for _ in range(_STEPS):
        placed += _step(_laid_under(pictures, placed), crops)[0] * placed[:, 2:]
        placed[:, 2] = placed[:, 2].clip(_NARROWEST, _WIDEST)
    under = _laid_under(pictures, placed)
    gain = _step(under, crops)[1]
    return cosines(edges(under * gain[:, None, None]), edges(crops))


def _laid_under(pictures: Floats, placed: Floats) -> Floats:
    """Cut out of pictures what lies under the crops, by cubic interpolation."""
    middle = np.float32((SIDE - 1) / 2)
    across, down = (
        _interpolation(_CENTRED * placed[:, 2:] + placed[:, axis, None] + middle) for axis in (0, 1)
    )
    laid: Floats = np.matmul(np.matmul(down, pictures), across.transpose(0, 2, 1))
    return laid


def _interpolation(positions: Floats) -> Floats:
    """Give the matrices that interpolate at positions in a row of SIDE pixels.

    R. Keys, "Cubic convolution interpolation for digital image processing", IEEE Transactions on
    Acoustics, Speech, and Signal Processing 29 (1981). Linear interpolation would blur what
    `edge_agreement` compares.
    """
    inside = positions.clip(0, SIDE - 1)
    distance = abs(inside[:, :, None] - np.arange(SIDE, dtype=np.float32))
    near = (1.5 * distance - 2.5) * distance**2 + 1
    far = ((2.5 - 0.5 * distance) * distance - 4) * distance + 2
    weights = np.where(distance <= 1, near, np.where(distance < 2, far, np.float32(0)))
    weights /= weights.sum(axis=2, keepdims=True)
    return weights.astype(np.float32, copy=False)


def _step(under: Floats, crops: Floats) -> tuple[Floats, Floats]:
    """Solve for how far crops are to be moved and zoomed, and for their gain in lightness."""
    pairs = len(under)
    down, across = np.gradient(under, axis=(1, 2))
    zoom = down * _CENTRED[:, None] + across * _CENTRED
    columns = np.stack([under, across, down, zoom], axis=1).reshape(pairs, 4, -1)
    columns -= columns.mean(axis=2, keepdims=True)
    wanted = crops.reshape(pairs, -1, 1)
    wanted = wanted - wanted.mean(axis=1, keepdims=True)
    normal = columns @ columns.transpose(0, 2, 1)
    diagonal = np.einsum("pii->pi", normal)
    diagonal += _DAMPING * diagonal + np.float32(1e-3)
    solved = np.linalg.solve(normal, columns @ wanted)[:, :, 0]
    gain: Floats = np.maximum(solved[:, 0], np.float32(_LEAST_GAIN))
    step: Floats = (solved[:, 1:] / gain[:, None]).clip(-_LARGEST_STEP, _LARGEST_STEP)
    return step, gain


def edges(pictures: Floats) -> Floats:
    """Give the gradients within pictures of any size, shortened: shape (pictures, numbers)."""
    across = pictures[:, 1:-1, 2:] - pictures[:, 1:-1, :-2]
    down = pictures[:, 2:, 1:-1] - pictures[:, :-2, 1:-1]
    length = np.sqrt(across**2 + down**2 + np.float32(_NOISE**2))
    shortened: Floats = np.stack([across / length, down / length], axis=1)
    return shortened.reshape(len(pictures), -1)


def cosines(first: Floats, second: Floats) -> Floats:
    """Give the cosine of the angle between each row and its counterpart."""
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    cosine: Floats = np.einsum("pi,pi->p", first, second) / np.maximum(lengths, np.float32(1e-6))
    return cosine
