"""A batch through a net in PyTorch: `torch_infer.py VARIANT SETUP`, VARIANT being default, channels-last, autocast
or autocast-channels-last."""

import json
import sys
import time

from lines import give_up, say

try:
    import torch
    from import_timm import timm
except ImportError as error:
    give_up(error)

from tensor_file import read_tensor_file
from torch_nets import build_net

variant, setup = sys.argv[1], json.loads(sys.argv[2])
net = build_net(setup["net"], read_tensor_file(f"{setup['folder']}/weights")).eval()
_, images = next(read_tensor_file(f"{setup['folder']}/images"))
images = torch.from_numpy(images.copy()).permute(0, 3, 1, 2).contiguous()
if variant.endswith("channels-last"):
    net = net.to(memory_format=torch.channels_last)
    images = images.contiguous(memory_format=torch.channels_last)

say({"version": f"PyTorch {torch.__version__}, timm {timm.__version__}"})
for line in sys.stdin:
    milliseconds = []
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=variant.startswith("autocast")):
        for _ in range(json.loads(line)["runs"]):
            start = time.perf_counter()
            logits = net(images).float().numpy()
            milliseconds.append((time.perf_counter() - start) * 1e3)
    say({"logits": logits[0].tolist(), "milliseconds": milliseconds})
