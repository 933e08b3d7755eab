"""Writes data sets as Python's libraries do, and `expected.json` with what these read of them: `make_datasets.py FOLDER`."""

import base64
import hashlib
import io
import json
import os
import sys
import tarfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[3] / "bench" / "peers"))
import import_timm  # noqa: E402, F401
from timm.data.readers.reader_image_folder import ReaderImageFolder  # noqa: E402
from torchvision.datasets import ImageFolder  # noqa: E402

root = Path(sys.argv[1])
random = np.random.default_rng(0)


def sha(content):
    return hashlib.sha1(content).hexdigest()


def some_bytes(length):
    # Of few values, so that every compression finds something to do.
    return random.integers(0, 24, length, dtype=np.uint8).tobytes()


# Parquet: rows of about 3 kB, pages of about 16 kB, two row groups.
def parquet():
    folder = root / "parquet"
    folder.mkdir()
    count = 60
    images = [None if i == 17 else some_bytes(3000 + i) for i in range(count)]
    labels = [i % 3 for i in range(count)]
    files = {}

    def write(name, image, label, options=None, **settings):
        table = pa.table({"image": image, "label": label, "other": pa.array(range(count))})
        settings = {"row_group_size": 40, "data_page_size": 16384, "write_batch_size": 4, **settings}
        pq.write_table(table, folder / name, **settings)
        read = pq.read_table(folder / name).column("image").to_pylist()
        contents = [row["bytes"] if isinstance(row, dict) else row for row in read]
        files[name] = {
            "labels": labels,
            "images": [None if each is None else sha(each) for each in contents],
            "options": options or {},
        }

    struct = pa.array(
        [{"bytes": each, "path": None if i % 2 else f"{i}.jpg"} for i, each in enumerate(images)],
        pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
    )
    int64 = pa.array(labels, pa.int64())
    for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
        for version in ["1.0", "2.0"]:
            for index in [False, True]:
                name = f"{codec}-{version}-{index}.parquet"
                write(name, struct, int64, compression=codec, data_page_version=version, write_page_index=index)
    write("no-dictionary.parquet", struct, int64, use_dictionary=False)
    write("no-statistics.parquet", struct, int64, write_statistics=False)
    # As `datasets` 5 writes.
    write("datasets.parquet", struct, int64, use_content_defined_chunking=True, write_page_index=True)
    repeated = pa.array([images[i % 5] for i in range(count)], pa.binary())
    for index in [False, True]:
        write(f"dictionary-{index}.parquet", repeated, int64, write_page_index=index, compression="zstd")
    write("one-group.parquet", struct, int64, row_group_size=count)
    nothing = pa.nulls(count, pa.binary())
    write("nulls-lz4.parquet", nothing, int64, compression="lz4")
    write("nulls-lz4-2.parquet", nothing, int64, compression="lz4", data_page_version="2.0")
    for kind in [pa.binary(), pa.large_binary()]:
        write(f"{kind}.parquet", pa.array(images, kind), int64)
    null_struct = pa.array([None if i == 17 else {"bytes": each} for i, each in enumerate(images)])
    write("null-struct.parquet", null_struct, int64)
    for kind in ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64", "float16"]:
        write(f"label-{kind}.parquet", struct, pa.array(np.array(labels, kind)))
    names = ["cat", "dog", "elk"]
    texts = [names[label] for label in labels]
    options = {"classNames": names}
    write("label-dictionary.parquet", struct, int64.dictionary_encode())
    write("label-string.parquet", struct, pa.array(texts), options)
    write("label-large-string.parquet", struct, pa.array(texts, pa.large_string()), options)
    write("label-string-dictionary.parquet", struct, pa.array(texts).dictionary_encode(), options)
    write("label-delta.parquet", struct, int64, use_dictionary=False, column_encoding={"label": "DELTA_BINARY_PACKED"})

    refused = {
        "string": ["0", "", "1", " ", "0x1", "1e0"] * 10,
        "list": [[0], [], [1]] * 20,
        "binary": [b"", b"0", b"1"] * 20,
        "bool": [True, False] * 30,
        "timestamp": pa.array(labels, pa.timestamp("ms")),
        "time32": pa.array(labels, pa.time32("ms")),
        "date": pa.array(labels, pa.date32()),
        "decimal": pa.array(labels, pa.int32()).cast(pa.decimal128(10, 0)),
        "null": pa.nulls(count),
        "null-in-int": pa.array([*labels[:-1], None], pa.int8()),
        "half": [0.5, 1.0] * 30,
        "nan": [float("nan"), 1.0] * 30,
        "struct": [{"label": label} for label in labels],
    }
    for name, label in refused.items():
        pq.write_table(pa.table({"image": struct, "label": label}), folder / f"refused-{name}.parquet")
    return {"files": files, "refused": [f"refused-{name}.parquet" for name in refused]}


# Tar: each format, with long names, links, several groups of a key.
def tar():
    folder = root / "tar"
    folder.mkdir()
    files = {}
    formats = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
    for name, number in formats.items():
        path = folder / f"{name}.tar"
        with tarfile.open(path, "w", format=number) as archive:

            def add(member, content=b"", kind=tarfile.REGTYPE, to=""):
                info = tarfile.TarInfo(member)
                info.size, info.type, info.linkname = len(content), kind, to
                archive.addfile(info, io.BytesIO(content))

            add("data", kind=tarfile.DIRTYPE)
            for i in range(4):
                deep = f"data/v1.{i}/" + ("n" * 90 if name == "ustar" else "long/" * 40 + "n" * 120)
                add(f"{deep}{i}.jpg", some_bytes(100 + i))
                add(f"{deep}{i}.cls", str(i % 3).encode())
            add("été/0.PNG", some_bytes(700))
            add("été/0.json", b'{"label": 2, "caption": "x"}')
            add("hard.jpg", kind=tarfile.LNKTYPE, to="été/0.PNG")
            add("hard.cls", b"1\n")
            add("soft/1.jpg", kind=tarfile.SYMTYPE, to="../last.jpg")
            add("soft/1.cls", kind=tarfile.SYMTYPE, to="../hard.cls")
            add("again.jpg", b"one")
            add("again.cls", b"0")
            add("last.jpg", some_bytes(512))
            add("last.cls", b"2")
            add("again.jpg", b"two")
            add("again.cls", b"1")
        samples = []
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isdir():
                    continue
                content = archive.extractfile(member).read()
                folder_name, base = os.path.split(member.name)
                key, ending = os.path.join(folder_name, base.split(".")[0]), base.split(".")[1].lower()
                if not samples or samples[-1]["key"] != key:
                    samples.append({"key": key})
                samples[-1][ending] = content
        files[path.name] = [
            {
                "key": each["key"],
                "label": int(each["cls"]) if "cls" in each else json.loads(each["json"])["label"],
                "image": sha(each.get("jpg", each.get("png"))),
            }
            for each in samples
        ]
    return files


# Images of every kind that Pillow writes, and its values for them.
def images():
    folder = root / "images"
    folder.mkdir()
    # Smooth, so that decoders of JPEG differ little.
    y, x = np.mgrid[0:20, 0:30]
    colours = np.stack([x * 8, y * 12, (x + y) * 5], -1).astype(np.uint8)
    rgb = Image.fromarray(colours)
    inks = Image.fromarray(np.dstack([colours, (x * 3).astype(np.uint8)]), "CMYK")
    written = {
        "rgb.png": rgb,
        "grey.png": rgb.convert("L"),
        "palette.png": rgb.quantize(16),
        "one.png": rgb.convert("1"),
        "rgb.tif": rgb,
        "cmyk.tif": inks,
        "rgb.bmp": rgb,
        "grey.bmp": rgb.convert("L"),
        "palette.bmp": rgb.quantize(16),
        "four.bmp": rgb.quantize(4),
        "one.bmp": rgb.convert("1"),
        "rgba.bmp": rgb.convert("RGBA"),
        "rgb.ppm": rgb,
        "grey.pgm": rgb.convert("L"),
        "one.pbm": rgb.convert("1"),
        "rgb.webp": rgb,
        "rgb.jpg": rgb,
        "grey.jpg": rgb.convert("L"),
        "cmyk.jpg": inks,
    }
    expected = {}
    for name, image in written.items():
        settings = {"lossless": True} if name.endswith("webp") else {}
        if name.endswith("jpg"):
            settings = {"quality": 95, "subsampling": 0}
        image.save(folder / name, **settings)
        read = Image.open(folder / name)
        expected[name] = {
            "rgb": base64.b64encode(np.asarray(read.convert("RGB")).tobytes()).decode(),
            "grey": base64.b64encode(np.asarray(read.convert("L" if read.mode != "CMYK" else "RGB").convert("L")).tobytes()).decode(),
            # Decoders of JPEG may differ by a level, and inks multiply that.
            "tolerance": {"rgb.jpg": 2, "grey.jpg": 1, "cmyk.jpg": 3}.get(name, 0),
        }
    return expected


# A folder with links, other endings, hidden files and names out of order.
def folder():
    top, elsewhere = root / "folder", root / "elsewhere"

    def touch(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4)).save(path, "PNG")

    for name in ["b/2.JPG", "b/10.png", "b/sub/1.png", "b/a.png", "b-b/1.tif", "Z/1.webp", "é/1.ppm", "10/1.bmp", "9/1.pgm"]:
        touch(top / name)
    touch(elsewhere / "linked" / "1.jpeg")
    touch(elsewhere / "more" / "2.tiff")
    (top / "link").symlink_to(elsewhere / "linked")
    (top / "b" / "more").symlink_to(elsewhere / "more")
    (top / "Z" / "2.png").symlink_to(elsewhere / "more" / "2.tiff")
    (top / "notes.txt").write_text("x")
    (top / "b" / "notes.txt").write_text("x")
    theirs = ImageFolder(str(top))
    timms = ReaderImageFolder(str(top))
    return {
        "classes": theirs.classes,
        "samples": [[os.path.relpath(path, top), label] for path, label in theirs.samples],
        # timm takes fewer endings unless it is told, and numbers the innermost folders, in natural order.
        "timm": sorted(os.path.relpath(path, top) for path, _ in timms.samples),
    }


expected = {"parquet": parquet(), "tar": tar(), "images": images(), "folder": folder()}
(root / "expected.json").write_text(json.dumps(expected))
