"""The other end of parity/haiku-f0.parity.ts: the whole NFNet-F0 by the authors' formulas, on random weights.

Writes into the folder given F0_haiku.npz, a pickle as the authors publish them (module to parameter to float32 array), and
result.safetensors: images as NHWC and the logits of the formulas in float64.
"""

import pickle
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools/reference"))
import authors_families  # noqa: E402
from golden_values import golden_values  # noqa: E402

SIDE = 64
authors_families.CLASSES = 1000
F0 = dict(
    module="NFNet", block="nf_block", act="gelu", stem=[(16, 2), (32, 1), (64, 1), (128, 2)],
    widths=[256, 512, 1536, 1536], depths=[1, 2, 6, 3], strides=[1, 2, 2, 2], group=128, final=3072,
)  # fmt: skip

folder = Path(sys.argv[1])
net = authors_families.Net(F0)
images = np.sqrt(3) * golden_values("input", (2, SIDE, SIDE, 3))
with torch.inference_mode():
    logits = net.forward(torch.from_numpy(images).permute(0, 3, 1, 2)).numpy()
params = {}
for name, weight in net.weights.items():
    module, parameter = name.rsplit("/", 1)
    params.setdefault(module, {})[parameter] = weight.detach().numpy().astype(np.float32)
(folder / "F0_haiku.npz").write_bytes(pickle.dumps(params))
save_file(
    {"images": images.astype(np.float32), "logits": logits.astype(np.float32)}, folder / "result.safetensors"
)
