"""The other end of src/python-library.test.ts: the safetensors library on the files in the folder given.

In: ours.safetensors, what writeSafetensors wrote. Out: ours.json, its tensors as the library reads them (type, shape, bytes as
hex), with its metadata; theirs.safetensors, one tensor of every type that torch has, and theirs.json, the same of it.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

folder = Path(sys.argv[1])


def describe(tensor):
    flat = tensor.contiguous().flatten().view(torch.uint8) if tensor.numel() else tensor
    return [str(tensor.dtype), list(tensor.shape), bytes(flat.tolist()).hex()]


def listing(path):
    with safe_open(path, "pt") as file:
        return {"tensors": {name: describe(file.get_tensor(name)) for name in file.keys()}, "metadata": file.metadata()}


names = json.loads((folder / "readable.json").read_text())
with safe_open(folder / "ours.safetensors", "pt") as file:
    ours = {name: describe(file.get_tensor(name)) for name in names}
    (folder / "ours.json").write_text(
        json.dumps({"names": sorted(file.keys()), "tensors": ours, "metadata": file.metadata()})
    )
types = (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8)
types += (torch.uint64, torch.uint32, torch.uint16, torch.uint8, torch.bool, torch.complex64, torch.float8_e4m3fn)
types += (torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz, torch.float8_e8m0fnu)
theirs = {str(t).split(".")[1]: torch.tensor([1.0, 2.0, 0.5, 4.0]).to(t) for t in types}
theirs["float4"] = torch.tensor([1, 2], dtype=torch.uint8).view(torch.float4_e2m1fn_x2)
theirs["float64_many"] = torch.tensor([0.1, -1e300, 1e-320, 123456789.125], dtype=torch.float64)
save_file(theirs, folder / "theirs.safetensors", metadata={"format": "pt"})
(folder / "theirs.json").write_text(json.dumps(listing(folder / "theirs.safetensors")))
