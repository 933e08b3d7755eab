"""A training step in PyTorch: `torch_step.py VARIANT SETUP`, VARIANT being default, channels-last, autocast,
autocast-channels-last or compile."""

import json
import sys
from functools import partial

from lines import answer_questions, give_up

try:
    import torch
    from import_timm import timm
except ImportError as error:
    give_up(error)

from tensor_file import read_tensor_file
from timm.utils.agc import adaptive_clip_grad
from torch_nets import build_net

variant, setup = sys.argv[1], json.loads(sys.argv[2])
net = build_net(setup["net"], read_tensor_file(f"{setup['folder']}/weights"))
_, images = next(read_tensor_file(f"{setup['folder']}/images"))
images = torch.from_numpy(images.copy()).permute(0, 3, 1, 2)
labels = torch.arange(images.shape[0]) % 10
if variant.endswith("channels-last"):
    net = net.to(memory_format=torch.channels_last)
    images = images.contiguous(memory_format=torch.channels_last)
else:
    images = images.contiguous()
forward = torch.compile(net) if variant == "compile" else net
clipped = [parameter for name, parameter in net.named_parameters() if not name.startswith(("linear.", "head.fc."))]
optimizer = (
    torch.optim.Adam(net.parameters(), fused=True)
    if setup["optimizer"] == "adam"
    else torch.optim.SGD(net.parameters(), momentum=0.9, nesterov=True, fused=True)
)


def step(clip, learning_rate):
    optimizer.param_groups[0]["lr"] = learning_rate
    optimizer.zero_grad()
    with torch.autocast("cpu", torch.bfloat16, enabled=variant.startswith("autocast")):
        loss = torch.nn.functional.cross_entropy(forward(images), labels)
    loss.backward()
    if clip:
        adaptive_clip_grad(clipped, setup["clipFactor"])
    optimizer.step()
    return loss.item()


version = f"PyTorch {torch.__version__}, timm {timm.__version__}"
answer_questions(version, partial(step, True), partial(step, False))
