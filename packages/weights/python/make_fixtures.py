"""Writes src/__fixtures__: small weight files of every kind that is read, by the libraries that define them.

Needs torch, numpy and dill. Every tensor holds values(count, phase), which every type here holds exactly.
"""

import argparse
import pickle
from pathlib import Path

import dill
import numpy as np
import torch

OUT = Path(__file__).parent.parent / "src/__fixtures__"


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

haiku = {
    "net/~/conv": {"w": values(KERNEL, 1), "long": values(LONG, 2)},
    "net": {"gain": values(SCALAR, 3), "number": np.float32(-1.25), "turned": np.asfortranarray(values((2, 3, 4), 6))},
}
for protocol in range(2, 6):
    (OUT / f"haiku-{protocol}.pkl").write_bytes(pickle.dumps(haiku, protocol))
(OUT / "haiku-dill.pkl").write_bytes(dill.dumps(haiku))
# Names of numpy before 2.
(OUT / "haiku-old.pkl").write_bytes(pickle.dumps(haiku, 3).replace(b"numpy._core.", b"numpy.core."))
