"""TensorFlow's bicubic resize and the authors' two evaluation crops, on images that both sides make by name.

Needs tensorflow-cpu and numpy. Writes packages/inference/src/__fixtures__/preprocess.json.
"""

import json

import numpy as np
import tensorflow as tf
from golden_values import golden_values
from paths import ROOT

MEAN = np.array((0.485, 0.456, 0.406)) * 255
DEVIATION = np.array((0.229, 0.224, 0.225)) * 255


def image_named(name: str, shape: list[int]) -> np.ndarray:
    """Whole numbers from 0 to 255, as float32."""
    u = golden_values(name, tuple(shape))
    return np.minimum(np.floor((u + 1) * 128), 255).astype(np.float32)


def resize(images: np.ndarray, size: list[int]) -> np.ndarray:
    return tf.image.resize(images, size, method="bicubic", antialias=False).numpy()


def crop_window(height: int, width: int, side: int) -> list[int]:
    """`[top, left, height, width]` of the centre that leaves 32 pixels, in TensorFlow's float32."""
    scale = tf.minimum(
        tf.cast(height, tf.float32) / (side + 32), tf.cast(width, tf.float32) / (side + 32)
    )
    cropped = int(tf.cast(scale * side, tf.int32))
    return [(height - cropped + 1) // 2, (width - cropped + 1) // 2, cropped, cropped]


def evaluate(images: np.ndarray, side: int, crop: str) -> np.ndarray:
    if crop == "resize_crop_32":
        resized = resize(images, [side + 32, side + 32])
        images = tf.image.crop_to_bounding_box(resized, 16, 16, side, side).numpy()
    elif crop == "crop_resize":
        window = crop_window(images.shape[1], images.shape[2], side)
        images = resize(tf.image.crop_to_bounding_box(images, *window).numpy(), [side, side])
    else:
        images = resize(images, [side, side])
    return (images - MEAN.astype(np.float32)) / DEVIATION.astype(np.float32)


def rounded(values: np.ndarray, digits: int) -> list[float]:
    return [round(float(value), digits) for value in values.ravel()]


RESIZES = [
    ([1, 5, 7, 3], [11, 4]),
    ([2, 16, 16, 3], [9, 9]),
    ([1, 13, 29, 3], [32, 20]),
    ([1, 40, 23, 3], [17, 41]),
    ([1, 8, 8, 3], [8, 8]),
    ([1, 1, 6, 1], [4, 4]),
    ([1, 2, 3, 2], [31, 1]),
    ([3, 10, 4, 1], [5, 8]),
    # One axis at the sizes of photographs and of the presets: every row of the interpolation matrix.
    ([1, 375, 1, 1], [288, 1]),
    ([1, 500, 1, 1], [288, 1]),
    ([1, 1, 333, 1], [1, 352]),
    ([1, 4032, 1, 1], [448, 1]),
    ([1, 1, 224, 1], [1, 608]),
    ([1, 3, 1, 1], [500, 1]),
]
EVALUATIONS = [
    ([1, 37, 50, 3], 16, "resize_crop_32"),
    ([2, 60, 41, 3], 9, "resize_crop_32"),
    ([1, 50, 67, 3], 16, "crop_resize"),
    ([2, 61, 40, 3], 11, "crop_resize"),
    ([1, 20, 20, 3], 24, "crop_resize"),
    ([1, 33, 20, 3], 12, "none"),
]
SIZES = [(375, 500), (500, 375), (333, 500), (281, 300), (4032, 3024), (64, 64), (1200, 1601), (97, 4000), (7, 5)]
SIDES = [192, 256, 299, 320, 416, 576]

fixture = {
    "source": f"tools/reference/preprocess.py, TensorFlow {tf.__version__}",
    "resizes": [
        {"shape": shape, "size": size, "values": rounded(resize(image_named(f"resize {i}", shape), size), 5)}
        for i, (shape, size) in enumerate(RESIZES)
    ],
    "evaluations": [
        {
            "shape": shape,
            "testSize": side,
            "crop": crop,
            "values": rounded(evaluate(image_named(f"evaluation {i}", shape), side, crop), 7),
        }
        for i, (shape, side, crop) in enumerate(EVALUATIONS)
    ],
    "windows": [
        {"height": height, "width": width, "testSize": side, "window": crop_window(height, width, side)}
        for height, width in SIZES
        for side in SIDES
    ],
}

path = ROOT / "packages/inference/src/__fixtures__/preprocess.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")
