"""Writes src/__fixtures__/torch.safetensors with the library that defines the format.

Needs torch and safetensors. Every tensor holds values(count, phase), which every type here holds exactly.
"""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

OUT = Path(__file__).parent.parent / "src/__fixtures__"


def values(shape, phase):
    count = int(np.prod(shape))
    return torch.from_numpy((((np.arange(count) * 7 + phase) % 13 - 6) / 4).astype(np.float32).reshape(shape))


state = {
    "kernel": values((3, 3, 2, 4), 1),
    "long": values((1, 1, 40, 30), 2),
    "scalar": values((), 3),
    "half": values((5,), 4).half(),
    "bfloat": values((5,), 5).bfloat16(),
    "count": torch.tensor(12),
}
save_file(state, OUT / "torch.safetensors", metadata={"format": "pt"})
