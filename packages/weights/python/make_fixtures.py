"""Writes src/formats/__fixtures__: small weight files of every kind that is read, by the libraries that define them.

Needs torch, numpy and dill. Every tensor holds values(count, phase), which every type here holds exactly.
"""

import argparse
import collections
import datetime
import pathlib
import pickle
from pathlib import Path

import dill
import numpy as np
import torch

OUT = Path(__file__).parent.parent / "src/formats/__fixtures__"


def values(shape, phase, dtype=np.float32):
    count = int(np.prod(shape))
    return (((np.arange(count) * 7 + phase) % 13 - 6) / 4).astype(dtype).reshape(shape)


# The second kernel is long enough to stay in the file when a pickle is read.
KERNEL, LONG, SCALAR = (3, 3, 2, 4), (1, 1, 40, 30), ()

state = {
    "kernel": torch.from_numpy(values(KERNEL, 1)),
    "long": torch.from_numpy(values(LONG, 2)),
    "scalar": torch.from_numpy(values(SCALAR, 3)),
    "half": torch.from_numpy(values((5,), 4)).half(),
    "bfloat": torch.from_numpy(values((5,), 5)).bfloat16(),
    "count": torch.tensor(12),
}
# Channels last, and two views of one storage: neither lies row by row from the start of its storage.
state["strided"] = torch.from_numpy(values((2, 3, 4, 5), 6)).to(memory_format=torch.channels_last)
state["view"] = torch.from_numpy(values((4, 6), 7)).t()
state["rest"] = state["kernel"].flatten()[3:]
torch.save(state, OUT / "zip.pth")
# As timm's training writes it: the averaged weights count.
training = {
    "epoch": 3,
    "args": argparse.Namespace(lr=0.1, model="net"),
    "optimizer": {"state": {0: {"momentum_buffer": state["kernel"] + 1}}, "param_groups": [{"lr": 0.1, "params": [0]}]},
    "state_dict": {k: v + 1 for k, v in state.items()},
    "state_dict_ema": {f"module.{k}": v for k, v in state.items()},
}
torch.save(training, OUT / "nested.pth")
torch.save(state, OUT / "legacy.pth", _use_new_zipfile_serialization=False)

# What other software keeps beside the weights, and tensors of which no weights are made.
beside = {
    "state_dict": {"w": torch.from_numpy(values((2, 3), 8)), "double": torch.from_numpy(values((5,), 9)).double()},
    "args": argparse.Namespace(lr=0.1, path=pathlib.PurePosixPath("/a")),
    "counter": collections.Counter("aab"),
    "default": collections.defaultdict(list, {"a": [1]}),
    "set": {1, 2},
    "frozen": frozenset({3}),
    "number": 1 + 2j,
    "when": datetime.datetime(2021, 2, 3),
    "size": torch.Size([1, 2]),
    "dtype": torch.float32,
    "device": torch.device("cpu"),
    "best": np.float64(0.5),
    "array": np.zeros((2, 2)),
    "big": 2**200,
    "module": torch.nn.Linear(1, 1),
    "function": len,
    "text": "long " * 1000,
}
for protocol in (2, 4):
    torch.save(beside, OUT / f"beside-{protocol}.pth", pickle_protocol=protocol)
one = torch.from_numpy(values((4,), 10))
kinds = {
    "parameter": torch.nn.Parameter(one),
    "buffer": torch.nn.Buffer(one),
    "expanded": one[:1].expand(3, 2),
    "negated": torch.complex(one, one).conj().imag,
    "empty": one[:0],
    "uint16": torch.tensor([1], dtype=torch.uint16),
    "float8": torch.zeros(2).to(torch.float8_e4m3fn),
    "complex": torch.zeros(1, dtype=torch.complex64),
    "sparse": torch.eye(2).to_sparse(),
    "quantized": torch.quantize_per_tensor(torch.zeros(2), 0.1, 0, torch.qint8),
    "meta": torch.zeros(2, device="meta"),
}
torch.save(kinds, OUT / "kinds.pth")

haiku = {
    "net/~/conv": {"w": values(KERNEL, 1), "long": values(LONG, 2)},
    "net": {"gain": values(SCALAR, 3), "number": np.float32(-1.25), "turned": np.asfortranarray(values((2, 3, 4), 6))},
}
for protocol in range(2, 6):
    (OUT / f"haiku-{protocol}.pkl").write_bytes(pickle.dumps(haiku, protocol))
(OUT / "haiku-dill.pkl").write_bytes(dill.dumps(haiku))
# Names of numpy before 2.
(OUT / "haiku-old.pkl").write_bytes(pickle.dumps(haiku, 3).replace(b"numpy._core.", b"numpy.core."))
