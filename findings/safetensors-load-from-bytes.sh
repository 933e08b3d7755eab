#!/usr/bin/env bash
# safetensors 0.8.0 (Python) reads tensors of the types F8_E8M0 and F4 from a path (load_file, safe_open), but `load`, which takes the
# bytes of the very same file, ends in KeyError 'F8_E8M0' without a word about types. One would expect both to know the same types:
# the header names them alike. It matters here because weights are read from bytes as well as from paths, and "what the library
# accepts" depends on the call.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q safetensors==0.8.0 torch==2.13.0 numpy packaging
"$work/venv/bin/python" - <<'PY'
import struct, json, pathlib, tempfile
import safetensors, torch
from safetensors.torch import load, load_file

print("safetensors", safetensors.__version__, "torch", torch.__version__)
changed = False
for dtype, size in (("F8_E8M0", 8), ("F4", 4)):
    header = json.dumps({"a": {"dtype": dtype, "shape": [8], "data_offsets": [0, size]}}).encode()
    data = struct.pack("<Q", len(header)) + header + bytes(size)
    path = pathlib.Path(tempfile.mkdtemp()) / "x.safetensors"
    path.write_bytes(data)
    print(dtype, "load_file:", load_file(path)["a"].dtype)
    try:
        print(dtype, "load:", load(data)["a"].dtype)
        changed = True
    except KeyError as error:
        print(dtype, "load: KeyError", error)
raise SystemExit(changed)
PY
