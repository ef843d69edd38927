"""Makes a mosaic with another tool's library, in its environment: peer_steps.py TOOL ARGUMENTS.

What is printed last is JSON: how many different photos the mosaic shows, where the tool tells.
"""

import json
import sys
from collections.abc import Callable


def mosaicraft(
    photos: str, target: str, output: str, cells: int, cell: int, preset: str, variants: int = 0
) -> int:
    """Make a mosaic in which each version of a photo (as it is, mirrored, …) is used once.

    Args:
        preset: one of mosaicraft's; "": each photo once, drawn as it is, placed as with "ultra".
        variants: how many times each photo is offered with its hues turned.
    """
    import cv2
    import numpy as np
    from mosaicraft import MosaicGenerator

    generator = MosaicGenerator(
        photos, preset=preset or "ultra", augment=bool(preset), color_variants=variants
    )
    made = generator.generate(
        target, output if preset else None, target_tiles=cells * cells, tile_size=cell
    )
    shown = [[made.tile_paths[tile] for tile in row] for row in made.placement]
    if not preset:
        size = (cell, cell)
        rows = [
            np.hstack(
                [
                    cv2.resize(cv2.imread(str(path)), size, None, 0, 0, cv2.INTER_AREA)
                    for path in row
                ]
            )
            for row in shown
        ]
        cv2.imwrite(output, np.vstack(rows))
    return len({path for row in shown for path in row})


def photomosaic(photos: str, target: str, output: str, cells: int) -> None:
    """Make a mosaic of each photo once, with the steps of photomosaic's `basic_mosaic`."""
    import numpy as np
    import photomosaic as library
    from photomosaic import photomosaic as inner
    from skimage.io import imread, imsave

    # version 0.3.1 is of 2019: sizes and margins were allowed to be floats
    resize, crop = inner.resize, inner.crop
    inner.resize = lambda image, shape, **options: resize(image, [int(n) for n in shape], **options)
    inner.crop = lambda image, margins: crop(image, [(int(a), int(b)) for a, b in margins])
    vars(np)["product"] = np.prod
    np.random.seed(0)

    pool = library.make_pool(f"{photos}/*.jpg")
    picture = library.rescale_commensurate(imread(target) / 255, (cells, cells))
    adapted = library.adapt_to_pool(library.perceptual(picture), pool)
    places = library.partition(adapted, grid_dims=(cells, cells))
    choose = library.simple_matcher_unique(pool)
    chosen = [choose(np.mean(adapted[place].reshape(-1, 3), 0)) for place in places]
    drawn = library.draw_mosaic(np.ones_like(picture), places, chosen)
    imsave(output, (drawn * 255).round().astype(np.uint8))


TOOLS: dict[str, Callable[..., int | None]] = {"mosaicraft": mosaicraft, "photomosaic": photomosaic}

if __name__ == "__main__":
    name, arguments = sys.argv[1:]
    print(json.dumps(TOOLS[name](**json.loads(arguments))))
