"""A training step in PyTorch over processes, by DistributedDataParallel with gloo: `torch_ddp.py SETUP SAMPLES PORT INDEX SIZE`. All
of SIZE processes are started, and asked the same; the first one answers."""

import json
import os
import sys

from lines import answer_questions, give_up

try:
    import torch
    from import_timm import timm
except ImportError as error:
    give_up(error)

from tensor_file import read_tensor_file
from timm.utils.agc import adaptive_clip_grad
from torch import distributed
from torch.nn.parallel import DistributedDataParallel
from torch_nets import build_net

setup = json.loads(sys.argv[1])
samples, port, index, size = map(int, sys.argv[2:])
torch.set_num_threads(1)
if size > 1:
    address = f"tcp://127.0.0.1:{port}"
    distributed.init_process_group("gloo", init_method=address, rank=index, world_size=size)
net = build_net(setup["net"], read_tensor_file(f"{setup['folder']}/weights"))
_, images = next(read_tensor_file(f"{setup['folder']}/images"))
own = slice(samples * index // size, samples * (index + 1) // size)
images = torch.from_numpy(images[own].copy()).permute(0, 3, 1, 2)
images = images.contiguous(memory_format=torch.channels_last) if setup["channelsLast"] else images.contiguous()
if setup["channelsLast"]:
    net = net.to(memory_format=torch.channels_last)
labels = torch.arange(samples)[own] % 10
clipped = [parameter for name, parameter in net.named_parameters() if not name.startswith(("linear.", "head.fc."))]
optimizer = torch.optim.SGD(net.parameters(), momentum=0.9, nesterov=True, fused=True)
forward = DistributedDataParallel(net) if size > 1 else net


def step(learning_rate):
    optimizer.param_groups[0]["lr"] = learning_rate
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(forward(images), labels)
    loss.backward()
    adaptive_clip_grad(clipped, setup["clipFactor"])
    optimizer.step()
    mean = loss.detach()
    if size > 1:
        distributed.all_reduce(mean)
    return mean.item() / size


if index > 0:
    sys.stdout = open(os.devnull, "w")
answer_questions(f"PyTorch {torch.__version__}, timm {timm.__version__}", step, step)
