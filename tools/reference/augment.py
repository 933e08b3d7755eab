"""Augmentation by TensorFlow (the authors' formulas, written again), Pillow and timm, on images that both sides make by name.

Needs tensorflow-cpu, pillow, numpy and timm's file `data/auto_augment.py`, whose place is the first argument.
Writes packages/augment/src/__fixtures__/reference.json, in which bytes are base64.
"""

import base64
import hashlib
import importlib.util
import json
import math
import random
import sys

import numpy as np
import PIL
import tensorflow as tf
from golden_values import golden_values
from paths import ROOT
from PIL import Image, ImageEnhance, ImageOps

HEIGHT, WIDTH = 12, 9


def noise(name: str, channels: int, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    u = golden_values(name, (height, width, channels))
    return np.minimum(np.floor((u + 1) * 128), 255).astype(np.uint8)


def dim(name: str, channels: int) -> np.ndarray:
    """Levels of 40..167 only, for what looks at the range of levels."""
    return noise(name, channels) // 2 + 40


IMAGES = {
    "noise3": noise("noise3", 3),
    "noise1": noise("noise1", 1),
    "dim3": dim("dim3", 3),
    "dim1": dim("dim1", 1),
}


def encoded(image: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(image, dtype=np.uint8).tobytes()).decode()


# TensorFlow


def tf_blend(first, second, factor: float):
    first, second = tf.cast(first, tf.float32), tf.cast(second, tf.float32)
    return tf.cast(tf.clip_by_value(first + factor * (second - first), 0.0, 255.0), tf.uint8)


def tf_grey(image):
    return tf.image.rgb_to_grayscale(image) if image.shape[-1] == 3 else tf.identity(image)


def tf_move(image, matrix: list[float]):
    """Nearest neighbours, and 128 from outside, as an added channel of ones tells."""
    wrapped = tf.concat([image, tf.ones_like(image[..., :1])], -1)[tf.newaxis]
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=wrapped,
        transforms=tf.constant([matrix + [0.0, 0.0]], tf.float32),
        output_shape=tf.constant(image.shape[:2]),
        interpolation="NEAREST",
        fill_mode="CONSTANT",
        fill_value=0.0,
    )[0]
    return tf.where(moved[..., -1:] == 1, moved[..., :-1], tf.constant(128, tf.uint8))


def tf_rotate(image, degrees: float):
    angle = tf.constant(degrees * math.pi / 180.0, tf.float32)
    cos, sin = tf.cos(angle), tf.sin(angle)
    right, bottom = float(image.shape[1] - 1), float(image.shape[0] - 1)
    x = (right - (cos * right - sin * bottom)) / 2.0
    y = (bottom - (sin * right + cos * bottom)) / 2.0
    return tf_move(image, [float(v) for v in (cos, -sin, x, sin, cos, y)])


def tf_auto_contrast(image, _):
    channels = []
    for channel in tf.unstack(tf.cast(image, tf.float32), axis=-1):
        low, high = tf.reduce_min(channel), tf.reduce_max(channel)
        scale = 255.0 / (high - low)
        channels.append(tf.clip_by_value(channel * scale + -low * scale, 0.0, 255.0))
    return tf.cast(tf.stack(channels, -1), tf.uint8)


def tf_equalize(image, _):
    channels = []
    for channel in tf.unstack(tf.cast(image, tf.int32), axis=-1):
        counts = tf.histogram_fixed_width(channel, [0, 255], nbins=256)
        last = tf.boolean_mask(counts, counts > 0)[-1]
        step = (tf.reduce_sum(counts) - last) // 255
        if step == 0:
            channels.append(channel)
            continue
        table = (tf.cumsum(counts) + step // 2) // step
        table = tf.clip_by_value(tf.concat([[0], table[:-1]], 0), 0, 255)
        channels.append(tf.gather(table, channel))
    return tf.cast(tf.stack(channels, -1), tf.uint8)


def tf_posterize(image, bits: int):
    shift = tf.constant(8 - bits, tf.uint8)
    return tf.bitwise.left_shift(tf.bitwise.right_shift(image, shift), shift)


def tf_contrast(image, factor: float):
    counts = tf.histogram_fixed_width(tf.cast(tf_grey(image), tf.int32), [0, 255], nbins=256)
    grey = tf.clip_by_value(tf.reduce_sum(tf.cast(counts, tf.float32)) / 256.0, 0.0, 255.0)
    return tf_blend(tf.fill(image.shape, tf.cast(grey, tf.uint8)), image, factor)


def tf_sharpness(image, factor: float):
    kernel = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]], np.float32) / 13
    kernel = tf.constant(np.repeat(kernel[:, :, None, None], image.shape[-1], 2))
    smooth = tf.nn.depthwise_conv2d(tf.cast(image, tf.float32)[tf.newaxis], kernel, [1, 1, 1, 1], "VALID")
    smooth = tf.cast(tf.clip_by_value(smooth, 0.0, 255.0), tf.uint8)[0].numpy()
    whole = image.numpy().copy()
    whole[1:-1, 1:-1] = smooth
    return tf_blend(tf.constant(whole), image, factor)


def tf_color(image, factor: float):
    return tf_blend(tf.broadcast_to(tf_grey(image), image.shape), image, factor)


TF_OPS = {
    "AutoContrast": (tf_auto_contrast, [0]),
    "Equalize": (tf_equalize, [0]),
    "Invert": (lambda image, _: 255 - image, [0]),
    "Rotate": (tf_rotate, [-45, -30, 9, 15, 30]),
    "Posterize": (tf_posterize, [0, 2, 4, 6, 8]),
    "Solarize": (lambda image, limit: tf.where(image < limit, image, 255 - image), [0, 128, 255, 256, 384]),
    "SolarizeAdd": (
        lambda image, add: tf.where(
            image < 128, tf.cast(tf.minimum(tf.cast(image, tf.int32) + add, 255), tf.uint8), image
        ),
        [0, 55, 165],
    ),
    "Color": (tf_color, [0.1, 0.82, 1.9, 2.8]),
    "Contrast": (tf_contrast, [0.1, 0.82, 1.9, 2.8]),
    "Brightness": (lambda image, factor: tf_blend(tf.zeros_like(image), image, factor), [0.1, 0.82, 1.9, 2.8]),
    "Sharpness": (tf_sharpness, [0.1, 0.82, 1.9, 2.8]),
    "ShearX": (lambda image, slope: tf_move(image, [1, slope, 0, 0, 1, 0]), [-0.45, -0.15, 0.3]),
    "ShearY": (lambda image, slope: tf_move(image, [1, 0, 0, slope, 1, 0]), [-0.45, -0.15, 0.3]),
    "TranslateX": (lambda image, pixels: tf_move(image, [1, 0, pixels, 0, 1, 0]), [-3, 5, 40]),
    "TranslateY": (lambda image, pixels: tf_move(image, [1, 0, 0, 0, 1, pixels]), [-3, 5, 40]),
}

# Pillow

SAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}


def solarize_add(image: Image.Image, add: int) -> Image.Image:
    table = [min(255, level + add) if level < 128 else level for level in range(256)]
    return image.point(table * len(image.getbands()))


def pillow_move(image: Image.Image, matrix: tuple[float, ...], sampling: str) -> Image.Image:
    fill = (128,) * len(image.getbands()) if image.mode == "RGB" else 128
    return image.transform(image.size, Image.Transform.AFFINE, matrix, SAMPLING[sampling], fillcolor=fill)


def pillow_rotate(image: Image.Image, degrees: float, sampling: str) -> Image.Image:
    fill = (128,) * 3 if image.mode == "RGB" else 128
    return image.rotate(degrees, SAMPLING[sampling], fillcolor=fill)


PILLOW_OPS = {
    "AutoContrast": (lambda image, _: ImageOps.autocontrast(image), [0]),
    "Equalize": (lambda image, _: ImageOps.equalize(image), [0]),
    "Invert": (lambda image, _: ImageOps.invert(image), [0]),
    "Posterize": (lambda image, bits: image.point(lambda level: level & ~(2 ** (8 - bits) - 1)), [0, 1, 4, 8]),
    "Solarize": (ImageOps.solarize, [0, 128, 256]),
    "SolarizeAdd": (solarize_add, [0, 55, 110]),
    "Color": (lambda image, factor: ImageEnhance.Color(image).enhance(factor), [0.0, 0.1, 0.82, 1.9]),
    "Contrast": (lambda image, factor: ImageEnhance.Contrast(image).enhance(factor), [0.0, 0.1, 0.82, 1.9]),
    "Brightness": (lambda image, factor: ImageEnhance.Brightness(image).enhance(factor), [0.0, 0.1, 0.82, 1.9]),
    "Sharpness": (lambda image, factor: ImageEnhance.Sharpness(image).enhance(factor), [0.0, 0.1, 0.82, 1.9]),
}
PILLOW_MOVES = {
    "Rotate": (pillow_rotate, [-27.5, 9, 30, 90]),
    "ShearX": (lambda image, slope, sampling: pillow_move(image, (1, slope, 0, 0, 1, 0), sampling), [-0.3, 0.11]),
    "ShearY": (lambda image, slope, sampling: pillow_move(image, (1, 0, 0, slope, 1, 0), sampling), [-0.3, 0.11]),
    "TranslateX": (lambda image, pixels, sampling: pillow_move(image, (1, 0, pixels, 0, 1, 0), sampling), [-3.37, 5]),
    "TranslateY": (lambda image, pixels, sampling: pillow_move(image, (1, 0, 0, 0, 1, pixels), sampling), [-3.37, 5]),
}


def pillow_image(image: np.ndarray) -> Image.Image:
    return Image.fromarray(image if image.shape[-1] == 3 else image[..., 0])


# timm: the argument of every operation at a magnitude, with signs drawn as positive


def timm_arguments(path: str) -> list[dict]:
    module_spec = importlib.util.spec_from_file_location("auto_augment", path)
    module = importlib.util.module_from_spec(module_spec)
    module_spec.loader.exec_module(module)
    random.random = lambda: 0.25
    rows = []
    for increasing in (False, True):
        names = module._RAND_INCREASING_TRANSFORMS if increasing else module._RAND_TRANSFORMS
        for magnitude in (0, 2.4, 5, 9, 10, 15):
            arguments = []
            for name in names:
                level = module.LEVEL_TO_ARG[name]
                arguments.append(level(magnitude, {"translate_const": 250})[0] if level else 0)
            rows.append({"increasing": increasing, "magnitude": magnitude, "arguments": arguments})
    return rows


RESIZES = [
    ((18, 15, 3), (7, 11)),
    ((8, 7, 1), (13, 17)),
    ((9, 8, 1), (9, 8)),
    ((4, 5, 3), (9, 3)),
    ((1, 6, 1), (4, 4)),
]


def resizes() -> list[dict]:
    cases = []
    for i, (source, size) in enumerate(RESIZES):
        height, width, channels = source
        image = noise(f"resize {i}", channels, height, width)
        for method in ("bicubic", "bilinear", "nearest"):
            values = tf.image.resize(image, size, method=method, antialias=False).numpy()
            cases.append(
                {
                    "image": f"resize {i}",
                    "shape": source,
                    "size": size,
                    "interpolation": method,
                    "values": [round(float(value), 3) for value in values.ravel()],
                }
            )
    return cases


def rotations() -> list[dict]:
    """SHA-256 of turned images of the size of training, where at 45 degrees many coordinates are halves."""
    cases = []
    for height, width in ((192, 192), (224, 200)):
        image = tf.constant(noise("rotation", 3, height, width))
        for degrees in (-45, -30, -15, 15, 30, 45):
            digest = hashlib.sha256(tf_rotate(image, degrees).numpy().tobytes()).hexdigest()
            cases.append({"height": height, "width": width, "degrees": degrees, "sha256": digest})
    return cases


def crop_boxes() -> list[dict]:
    """Means over many boxes of TensorFlow, and how often it takes the whole image."""
    cases = []
    for height, width in ((375, 500), (32, 32), (300, 60)):
        boxes = []
        for seed in range(20_000):
            begin, size, _ = tf.image.stateless_sample_distorted_bounding_box(
                [height, width, 3],
                bounding_boxes=[[[0.0, 0.0, 1.0, 1.0]]],
                seed=(seed, 7),
                min_object_covered=0.1,
                aspect_ratio_range=(3 / 4, 4 / 3),
                area_range=(0.08, 1.0),
                max_attempts=10,
                use_image_if_no_bounding_boxes=True,
            )
            boxes.append([*begin.numpy()[:2], *size.numpy()[:2]])
        top, left, rows, columns = np.array(boxes, np.float64).T
        part = (rows < height) | (columns < width)
        columns_of = {
            "top": top / height,
            "left": left / width,
            "area": rows * columns / (height * width),
            "aspect": columns / rows,
        }
        cases.append(
            {
                "height": height,
                "width": width,
                "whole": round(1 - part.mean(), 5),
                "means": {name: round(values[part].mean(), 5) for name, values in columns_of.items()},
                "deviations": {name: round(values[part].std(), 5) for name, values in columns_of.items()},
                "smallest": round(columns_of["area"].min(), 5),
            }
        )
    return cases


# What looks at more than a level: the dim images are for these.
LOOK_AT_RANGE = ("AutoContrast", "Equalize", "Contrast", "Sharpness", "Color")


def main() -> None:
    tensorflow, pillow = [], []
    for image_name, image in IMAGES.items():
        is_dim = image_name.startswith("dim")
        for op, (run, arguments) in TF_OPS.items():
            if is_dim and op not in LOOK_AT_RANGE:
                continue
            for argument in arguments:
                result = run(tf.constant(image), argument).numpy()
                tensorflow.append({"op": op, "image": image_name, "argument": argument, "bytes": encoded(result)})
        for op, (run, arguments) in PILLOW_OPS.items():
            if is_dim and op not in LOOK_AT_RANGE:
                continue
            for argument in arguments:
                result = np.asarray(run(pillow_image(image), argument))
                pillow.append({"op": op, "image": image_name, "argument": argument, "bytes": encoded(result)})
        if is_dim:
            continue
        for op, (run, arguments) in PILLOW_MOVES.items():
            for argument in arguments:
                for sampling in SAMPLING:
                    result = np.asarray(run(pillow_image(image), argument, sampling))
                    case = {"op": op, "image": image_name, "argument": argument, "sampling": sampling}
                    pillow.append({**case, "bytes": encoded(result)})
    fixture = {
        "source": f"tools/reference/augment.py, TensorFlow {tf.__version__}, Pillow {PIL.__version__}",
        "shape": [HEIGHT, WIDTH],
        "tensorflow": tensorflow,
        "pillow": pillow,
        "rotations": rotations(),
        "resizes": resizes(),
        "boxes": crop_boxes(),
        "timm": timm_arguments(sys.argv[1]),
    }
    path = ROOT / "packages/augment/src/__fixtures__/reference.json"
    path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")


main()
