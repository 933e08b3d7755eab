"""The nets of nets/nets.ts in PyTorch, with timm's layers, and the names of their parameters."""

import torch
from import_timm import timm
from timm.layers import ScaledStdConv2dSame, gelu_tanh
from timm.models.nfnet import GammaAct
from torch import nn
from torch.nn import functional
from torchvision.models.resnet import Bottleneck

SILU_GAMMA = 1.7881293296813965
RELU_GAMMA = 1.7139588594436646

# timm adds its epsilon to the variance of a kernel, and ours is a floor that these weights do not touch.
EPSILON = 1e-12


class Conv(ScaledStdConv2dSame):
    def __init__(self, in_channels, out_channels, kernel_size=1, stride=1, gamma=SILU_GAMMA, groups=1):
        # The gamma of the activation before it is cheapest here.
        super().__init__(in_channels, out_channels, kernel_size, stride, groups=groups, gamma=gamma)


class Block(nn.Module):
    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        middle = out_channels // 2
        self.stride = stride
        self.conv0 = Conv(in_channels, middle)
        self.conv1 = Conv(middle, middle, 3, stride)
        self.conv1b = Conv(middle, middle, 3)
        self.conv2 = Conv(middle, out_channels)
        self.conv_shortcut = Conv(in_channels, out_channels)
        self.skip_gain = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        start = functional.silu(x)
        shortcut = start
        if self.stride == 2:
            shortcut = functional.avg_pool2d(start, 2, 2, ceil_mode=True, count_include_pad=False)
        branch = self.conv1(functional.silu(self.conv0(start)))
        branch = self.conv2(functional.silu(self.conv1b(functional.silu(branch))))
        return 0.2 * self.skip_gain * branch + self.conv_shortcut(shortcut)


class ThreeBlocks(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = Conv(1, 32, 3, 2, gamma=1)
        self.block0 = Block(32, 32, 1)
        self.block1 = Block(32, 64, 2)
        self.block2 = Block(64, 128, 2)
        self.linear = nn.Linear(128, 10)

    def forward(self, x):
        x = self.block2(self.block1(self.block0(self.stem(x))))
        return self.linear(SILU_GAMMA * functional.silu(x).mean((2, 3)))


class SqueezeExcite(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.reduce = nn.Linear(channels, channels // 2)
        self.expand = nn.Linear(channels // 2, channels)

    def forward(self, x):
        hidden = functional.relu(self.reduce(x.mean((2, 3))))
        return 2 * torch.sigmoid(self.expand(hidden))[:, :, None, None]


class DigitsBlock(nn.Module):
    def __init__(self, in_channels, out_channels, beta):
        super().__init__()
        middle = out_channels // 2
        # As that of the activation, the factor before the first convolutions.
        first, gamma, groups = beta * RELU_GAMMA, RELU_GAMMA, middle // 16
        self.conv0 = Conv(in_channels, middle, gamma=first)
        self.conv1 = Conv(middle, middle, 3, 2, gamma, groups)
        self.conv1b = Conv(middle, middle, 3, 1, gamma, groups)
        self.conv2 = Conv(middle, out_channels, gamma=gamma)
        self.conv_shortcut = Conv(in_channels, out_channels, gamma=first)
        self.squeeze_excite = SqueezeExcite(out_channels)
        self.skip_gain = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        start = functional.relu(x)
        pooled = functional.avg_pool2d(start, 2, 2, ceil_mode=True, count_include_pad=False)
        branch = self.conv1(functional.relu(self.conv0(start)))
        branch = self.conv2(functional.relu(self.conv1b(functional.relu(branch))))
        return 0.2 * self.skip_gain * self.squeeze_excite(branch) * branch + self.conv_shortcut(pooled)


class NFNetDigits(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem_conv0 = Conv(1, 16, 3, 2, gamma=1)
        self.nf_block_0 = DigitsBlock(16, 32, 1)
        self.nf_block_1 = DigitsBlock(32, 64, 1.04**-0.5)
        self.nf_block_2 = DigitsBlock(64, 128, 1.04**-0.5)
        self.final_conv = Conv(128, 256, gamma=1)
        self.linear = nn.Linear(256, 10)

    def forward(self, x):
        x = self.nf_block_2(self.nf_block_1(self.nf_block_0(self.stem_conv0(x))))
        return self.linear(RELU_GAMMA * functional.relu(self.final_conv(x)).mean((2, 3)))


class ResNetDigits(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = self.stage(16, 16)
        self.layer2 = self.stage(64, 32)
        self.layer3 = self.stage(128, 64)
        self.linear = nn.Linear(256, 10)

    @staticmethod
    def stage(in_channels, middle):
        out_channels = 4 * middle
        shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, 2, bias=False), nn.BatchNorm2d(out_channels))
        return nn.Sequential(Bottleneck(in_channels, middle, 2, shortcut))

    def forward(self, x):
        x = functional.relu(self.bn1(self.conv1(x)))
        return self.linear(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


class Convnet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv0 = nn.Conv2d(1, 16, 3)
        self.conv1 = nn.Conv2d(16, 32, 3)
        self.conv2 = nn.Conv2d(32, 32, 3)
        self.dense = nn.Linear(288, 64)
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = functional.max_pool2d(functional.relu(self.conv0(x)), 2)
        x = functional.max_pool2d(functional.relu(self.conv1(x)), 2)
        x = functional.relu(self.conv2(x)).flatten(1)
        return self.linear(functional.relu(self.dense(x)))


def nfnet_f0():
    net = timm.create_model("dm_nfnet_f0", num_classes=10)
    # DeepMind's gelu, and ours, is the approximation by tanh.
    for module in net.modules():
        if isinstance(module, GammaAct):
            module.act_fn = gelu_tanh
    return net


NETS = {
    "three-blocks": ThreeBlocks,
    "nf-resnet26": lambda: timm.create_model("nf_resnet26", num_classes=10),
    "nf-resnet26-64": lambda: timm.create_model("nf_resnet26", num_classes=10),
    "nfnet-f0": nfnet_f0,
    "nfnet-digits": NFNetDigits,
    "resnet-digits": ResNetDigits,
    "convnet": Convnet,
}


def torch_name(net, name):
    """The name here of a weight of ours."""
    layer, weight = name.rsplit("/", 1)
    if net == "nfnet-f0":
        return timm_name(layer, weight)
    if layer.endswith("/skip_gain"):
        return layer.replace("/", ".")
    weight = {"gamma": "weight", "beta": "bias"}.get(weight, weight)
    if layer.endswith("/squeeze_excite"):
        weight = weight.replace("_", ".")
    return f"{layer}.{weight}".replace("/", ".").replace("kernel", "weight")


F0_BLOCKS = [f"stages.{stage}.{block}" for stage, depth in enumerate([1, 2, 6, 3]) for block in range(depth)]
F0_LAYERS = {
    "conv0": "conv1",
    "conv1": "conv2",
    "conv1b": "conv2b",
    "conv2": "conv3",
    "conv_shortcut": "downsample.conv",
}
F0_WEIGHTS = {
    "kernel": "weight",
    "reduce_kernel": "fc1.weight",
    "reduce_bias": "fc1.bias",
    "expand_kernel": "fc2.weight",
    "expand_bias": "fc2.bias",
}


def timm_name(layer, weight):
    weight = F0_WEIGHTS.get(weight, weight)
    if layer.startswith("stem_conv"):
        return f"stem.conv{int(layer[-1]) + 1}.{weight}"
    if layer == "linear":
        return f"head.fc.{weight}"
    if layer == "final_conv":
        return f"final_conv.{weight}"
    block, layer = layer.removeprefix("nf_block_").split("/")
    block = F0_BLOCKS[int(block)]
    if layer == "skip_gain":
        return f"{block}.skipinit_gain"
    if layer == "squeeze_excite":
        return f"{block}.attn_last.{weight}"
    return f"{block}.{F0_LAYERS[layer]}.{weight}"


def build_net(name, weights):
    """The net `name` with `weights`, pairs of our name and an array in our layout."""
    net = NETS[name]().train()
    for module in net.modules():
        if hasattr(module, "gain"):
            module.eps = EPSILON
            # A vector, so that clipping takes a layer's gains as one unit, as the paper's authors do.
            module.gain = nn.Parameter(module.gain.detach().flatten())
    parameters = dict(net.named_parameters())
    for ours, values in weights:
        # The averages of batch normalization, which no step of training reads.
        if ours.rsplit("/", 1)[1].startswith("moving_"):
            continue
        parameter = parameters.pop(torch_name(name, ours))
        value = torch.from_numpy(values.copy())
        if value.ndim == 4:
            value = value.permute(3, 2, 0, 1)
        if name == "convnet" and ours == "dense/kernel":
            # Behind images of 3 x 3 x 32, which have their channels first here.
            value = value.reshape(3, 3, 32, 64).permute(2, 0, 1, 3).reshape(288, 64)
        if value.ndim == 2:
            value = value.T
        # Squeeze-excite's linear maps are convolutions in timm.
        with torch.no_grad():
            parameter.copy_(value.reshape(parameter.shape))
    if parameters:
        raise ValueError(f"no weights for {', '.join(parameters)}")
    return net
