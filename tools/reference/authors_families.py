"""Writes what the authors' formulas give with a small net of each of their families, written here once more in torch.

    python tools/reference/authors_families.py

Needs torch. Writes packages/models/src/__fixtures__/authors-*.json. Sources: Brock et al. 2021 (both papers) and the
authors' nfnet.py, nf_resnet.py, nf_regnet.py and base.py, for the figures and the order of operations.
"""

import json
import math

import torch
import torch.nn.functional as F
from golden_values import golden_values, golden_weight
from paths import FIXTURES
from train_step import CLASSES, training_step

SIDE = 40
ALPHA = 0.2
GAMMA = {"gelu": 1.7015043497085571, "relu": 1.7139588594436646, "silu": 1.7881293296813965}
FUNCTIONS = {"gelu": lambda x: F.gelu(x, approximate="tanh"), "relu": F.relu, "silu": F.silu}

NETS = {
    "nfnet": dict(
        module="NFNet", block="nf_block", act="gelu", stem=[(16, 2), (32, 1), (64, 1), (16, 2)],
        widths=[32, 48, 64, 64], depths=[1, 2, 1, 1], strides=[1, 2, 2, 2], group=8, final=96,
    ),
    "nf_resnet": dict(
        module="NF_ResNet", block="nf_res_block", act="relu", stem=16,
        widths=[32, 64, 96, 128], depths=[1, 2, 1, 1], strides=[1, 2, 2, 2], se=None,
    ),
    "nf_seresnet": dict(
        module="NF_ResNet", block="nf_res_block", act="relu", stem=16,
        widths=[32, 64, 96, 128], depths=[1, 2, 1, 1], strides=[1, 2, 2, 2], se=0.25,
    ),
    "nf_regnet": dict(
        module="NF_RegNet", block="nf_block", act="silu", stem=18,
        widths=[18, 30, 42, 54], depths=[1, 2, 1, 1], strides=[2, 2, 2, 2], group=8, final=157,
    ),
}  # fmt: skip


class Net:
    """A network that makes each weight when it first needs it, under its Haiku name and in its Haiku layout."""

    def __init__(self, config):
        self.config = config
        self.weights = {}

    def weight(self, name, *shape):
        name = f"{self.config['module']}/~/{name}"
        if name not in self.weights:
            self.weights[name] = torch.from_numpy(golden_weight(name, shape)).requires_grad_()
        return self.weights[name]

    def act(self, x):
        return FUNCTIONS[self.config["act"]](x) * GAMMA[self.config["act"]]

    def conv(self, name, x, channels, side=1, stride=1, groups=1):
        kernel = self.weight(f"{name}/w", side, side, x.shape[1] // groups, channels)
        fan_in = kernel[..., 0].numel()
        mean = kernel.mean((0, 1, 2))
        variance = kernel.var((0, 1, 2), unbiased=False)
        scale = self.weight(f"{name}/gain", channels) / (variance * fan_in).clamp(min=1e-4).sqrt()
        kernel = ((kernel - mean) * scale).permute(3, 2, 0, 1)
        bias = self.weight(f"{name}/bias", channels)
        return F.conv2d(pad_same(x, side, stride), kernel, bias, stride, groups=groups)

    def linear(self, name, x, channels):
        return x @ self.weight(f"{name}/w", x.shape[1], channels) + self.weight(f"{name}/b", channels)

    def squeeze_excite(self, name, x, ratio):
        hidden = F.relu(self.linear(f"{name}/linear", x.mean((2, 3)), max(1, int(x.shape[1] * ratio))))
        excitation = torch.sigmoid(self.linear(f"{name}/linear_1", hidden, x.shape[1]))
        return 2 * excitation[:, :, None, None] * x

    def forward(self, x):
        config = self.config
        family = config["module"]
        if family == "NFNet":
            for i, (channels, stride) in enumerate(config["stem"]):
                x = self.conv(f"stem_conv{i}", x if i == 0 else self.act(x), channels, 3, stride)
        else:
            x = self.conv("initial_conv", x, config["stem"], 7 if family == "NF_ResNet" else 3, 2)
        if family == "NF_ResNet":
            x = F.max_pool2d(pad_same(x, 3, 2, -math.inf), 3, 2)
        index = 0
        deviation = 1.0
        for channels, depth, stride in zip(config["widths"], config["depths"], config["strides"]):
            for block in range(depth):
                x = self.block(index, x, channels, stride if block == 0 else 1, 1 / deviation)
                deviation = math.sqrt((1.0 if block == 0 else deviation**2) + ALPHA**2)
                index += 1
        if family != "NF_ResNet":
            x = self.conv("final_conv", x, config["final"])
        return self.linear("linear", self.dropout(self.act(x).mean((2, 3))), CLASSES)

    def dropout(self, x):
        return x

    def stochastic_depth(self, index, branch):
        return branch

    def block(self, index, x, channels, stride, beta):
        config = self.config
        family = config["module"]
        name = config["block"] + (f"_{index}" if index else "")
        inner = lambda part: f"{name}/~/{part}"  # noqa: E731
        start = self.act(x) * beta
        shortcut = x
        if stride > 1 or x.shape[1] != channels:
            if family == "NF_ResNet":
                shortcut = self.conv(inner("conv_shortcut"), start, channels, 1, stride)
            else:
                pooled = F.avg_pool2d(start, 2, 2, ceil_mode=True, count_include_pad=False) if stride > 1 else start
                shortcut = self.conv(inner("conv_shortcut"), pooled, channels)
        if family == "NF_ResNet":
            mid, groups = int(channels * 0.25), 1
        else:
            width = int(channels * 0.5) if family == "NFNet" else int(x.shape[1] * (2.25 if index else 1))
            groups = width // config["group"]
            mid = groups * config["group"]
        branch = self.conv(inner("conv0"), start, mid)
        branch = self.conv(inner("conv1"), self.act(branch), mid, 3, stride, groups)
        if family == "NFNet":
            branch = self.conv(inner("conv1b"), self.act(branch), mid, 3, 1, groups)
        if family == "NF_RegNet":
            branch = self.squeeze_excite(inner("squeeze_excite/~"), branch, 0.5)
        branch = self.conv(inner("conv2"), self.act(branch), channels)
        ratio = 0.5 if family == "NFNet" else config.get("se")
        if family != "NF_RegNet" and ratio:
            branch = self.squeeze_excite(inner("squeeze_excite/~"), branch, ratio)
        branch = self.stochastic_depth(index, branch)
        return branch * self.weight(f"{name}/skip_gain") * ALPHA + shortcut


def pad_same(x, side, stride, value=0.0):
    pads = []
    for size in (x.shape[3], x.shape[2]):
        total = max((math.ceil(size / stride) - 1) * stride + side - size, 0)
        pads += [total // 2, total - total // 2]
    return F.pad(x, pads, value=value)


if __name__ == "__main__":
    images = torch.from_numpy(golden_values("input", (2, SIDE, SIDE, 3)) * 3**0.5).permute(0, 3, 1, 2)
    for name, config in NETS.items():
        net = Net(config)
        net.forward(images)
        record = training_step(lambda: net.forward(images), net.weights, f"{config['module']}/~/linear/w", -1)
        (FIXTURES / f"authors-{name}.json").write_text(json.dumps({"source": "the authors' formulas", **record}, indent=0) + "\n")
