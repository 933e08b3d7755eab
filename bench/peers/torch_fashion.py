"""A training run in PyTorch on Fashion-MNIST: `torch_fashion.py VARIANT SETUP`, VARIANT being default or channels-last."""

import gzip
import json
import math
import sys
import time
from pathlib import Path

from lines import give_up, say

try:
    import numpy as np
    import torch
    from import_timm import timm
    from safetensors.torch import load_file
except ImportError as error:
    give_up(error)

from timm.models.nfnet import GammaAct, NfCfg, NormFreeNet
from timm.utils.agc import adaptive_clip_grad
from torch_nets import EPSILON

variant, setup = sys.argv[1], json.loads(sys.argv[2])
folder, data = Path(setup["folder"]), Path(setup["data"])
layout = torch.channels_last if variant == "channels-last" else torch.contiguous_format


def read_idx(name, offset):
    path = data / f"{name}.gz"
    content = gzip.decompress(path.read_bytes()) if path.exists() else (data / name).read_bytes()
    return np.frombuffer(content, np.uint8, offset=offset)


def read_part(prefix):
    pixels = read_idx(f"{prefix}-images-idx3-ubyte", 16).astype(np.float32)
    images = torch.from_numpy((pixels - setup["mean"]) / setup["std"]).reshape(-1, 1, 28, 28)
    labels = torch.from_numpy(read_idx(f"{prefix}-labels-idx1-ubyte", 8).astype(np.int64))
    return images.contiguous(memory_format=layout), labels


images, labels = read_part("train")
test_images, test_labels = read_part("t10k")
order = torch.from_numpy(np.fromfile(folder / "order.bin", "<i4").astype(np.int64)).reshape(setup["epochs"], -1)

# nfnet_digits: the blocks of NFNet-F0, small.
net = NormFreeNet(
    NfCfg(
        depths=(1, 1, 1),
        channels=(32, 64, 128),
        stem_type="3x3",
        stem_chs=16,
        group_size=16,
        bottle_ratio=0.5,
        extra_conv=True,
        gamma_in_act=True,
        same_padding=True,
        skipinit=True,
        num_features=256,
        act_layer="relu",
        attn_layer="se",
        attn_kwargs=dict(rd_ratio=0.5),
    ),
    num_classes=10,
    in_chans=1,
)
net.load_state_dict(load_file(folder / "weights.safetensors"))
for module in net.modules():
    # timm's multiplies the result of relu in place, and relu's gradient needs it.
    if isinstance(module, GammaAct):
        module.forward = lambda x, gamma=module.gamma: torch.relu_(x * gamma)
    if hasattr(module, "gain"):
        module.eps = EPSILON
        # A vector, so that clipping takes a layer's gains as one unit, as the paper's authors do.
        module.gain = torch.nn.Parameter(module.gain.detach().flatten())
net = net.to(memory_format=layout)
named = dict(net.named_parameters())
clipped = [parameter for name, parameter in named.items() if name != "head.fc.weight"]
decayed = [parameter for name, parameter in named.items() if name.endswith("weight")]
others = [parameter for name, parameter in named.items() if not name.endswith("weight")]
optimizer = torch.optim.SGD(
    [{"params": decayed, "weight_decay": setup["weightDecay"]}, {"params": others}],
    lr=0.0,
    momentum=setup["momentum"],
    nesterov=True,
    fused=True,
)
steps_per_epoch = len(labels) // setup["batchSize"]
total, warmup = setup["epochs"] * steps_per_epoch, setup["warmupEpochs"] * steps_per_epoch


def rate(step):
    if step <= warmup:
        return setup["learningRate"] * step / warmup
    return setup["learningRate"] * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (total - warmup)))


def train():
    losses = []
    net.train()
    for epoch in range(setup["epochs"]):
        total_loss = 0.0
        for index in range(steps_per_epoch):
            chosen = order[epoch, index * setup["batchSize"] : (index + 1) * setup["batchSize"]]
            for group in optimizer.param_groups:
                group["lr"] = rate(epoch * steps_per_epoch + index)
            optimizer.zero_grad()
            batch = images[chosen].contiguous(memory_format=layout)
            loss = torch.nn.functional.cross_entropy(
                net(batch), labels[chosen], label_smoothing=setup["labelSmoothing"]
            )
            loss.backward()
            adaptive_clip_grad(clipped, setup["clipFactor"])
            optimizer.step()
            total_loss += loss.item()
        losses.append(total_loss / steps_per_epoch)
    return losses


def accuracy():
    net.eval()
    with torch.inference_mode():
        hits = sum(
            (net(test_images[start : start + 500]).argmax(1) == test_labels[start : start + 500]).sum().item()
            for start in range(0, len(test_labels), 500)
        )
    return hits / len(test_labels)


say({"version": f"PyTorch {torch.__version__}, timm {timm.__version__}"})
for _ in sys.stdin:
    start = time.perf_counter()
    losses = train()
    seconds = time.perf_counter() - start
    say({"accuracy": accuracy(), "losses": losses, "seconds": seconds})
