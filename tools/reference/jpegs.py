"""JPEGs as Pillow writes them, and a hash of the pixels that it reads from them: packages/data/src/jpeg/__fixtures__/pillow.json."""

import base64
import hashlib
import io
import json

import numpy as np
from PIL import Image, features

from paths import ROOT

random = np.random.default_rng(1)


def photo(height, width):
    """Waves in colour with noise, so that all coefficients occur, and levels that are cut off."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / 5) + np.cos(y / 7), np.sin((x + y) / 9), np.cos(x * y / 200)]
    levels = 128 + 110 * np.stack(waves, -1) + random.normal(0, 20, (height, width, 3))
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8))


def exif(orientation):
    tags = Image.Exif()
    tags[0x010F] = "maker"
    if orientation is not None:
        tags[0x0112] = orientation
    return tags


CASES = {
    "4:4:4": (photo(37, 53), {"subsampling": 0}),
    "4:2:2": (photo(37, 53), {"subsampling": 1}),
    "4:2:2, even": (photo(16, 32), {"subsampling": 1}),
    "4:2:0": (photo(37, 53), {"subsampling": 2}),
    "4:2:0, even": (photo(32, 64), {"subsampling": 2}),
    "4:2:0, one row": (photo(1, 40), {"subsampling": 2}),
    "4:2:0, three columns": (photo(40, 3), {"subsampling": 2}),
    "4:2:0, restarts": (photo(70, 90), {"subsampling": 2, "restart_marker_blocks": 3}),
    "4:4:4, restarts each row": (photo(70, 90), {"subsampling": 0, "restart_marker_rows": 1}),
    "4:2:0, own codes": (photo(37, 53), {"subsampling": 2, "optimize": True}),
    "4:2:0, quality 100": (photo(37, 53), {"subsampling": 2, "quality": 100}),
    "4:2:0, quality 1": (photo(37, 53), {"subsampling": 2, "quality": 1}),
    "red, green and blue": (photo(37, 53), {"keep_rgb": True}),
    "progressive": (photo(37, 53), {"progressive": True}),
    "grey": (photo(37, 53).convert("L"), {}),
    "grey, restarts": (photo(37, 53).convert("L"), {"restart_marker_blocks": 2}),
    "EXIF without orientation": (photo(24, 33), {"exif": exif(None)}),
    "EXIF upright": (photo(24, 33), {"exif": exif(1)}),
}


def written(image, settings):
    file = io.BytesIO()
    image.save(file, "JPEG", **{"quality": 90, **settings})
    pixels = np.asarray(Image.open(file).convert("RGB"))
    return {
        "file": base64.b64encode(file.getvalue()).decode(),
        "shape": pixels.shape[:2],
        "sha256": hashlib.sha256(pixels.tobytes()).hexdigest(),
    }


cases = {name: written(*case) for name, case in CASES.items()}
target = ROOT / "packages" / "data" / "src" / "jpeg" / "__fixtures__" / "pillow.json"
target.write_text(json.dumps({"version": features.version("libjpeg_turbo"), "cases": cases}, indent=1) + "\n")
