"""A net as an ONNX file, for inference: `export_onnx.py SETUP` writes `net.onnx` into the setup's folder."""

import json
import sys

from lines import give_up, say

try:
    import onnx  # noqa: F401 (torch's exporter needs it)
    import torch
    from import_timm import timm
except ImportError as error:
    give_up(error)

from tensor_file import read_tensor_file
from torch_nets import build_net


class Folded(torch.nn.Module):
    """A scaled weight-standardized convolution with its kernel standardized once: what is deployed."""

    def __init__(self, conv):
        super().__init__()
        weight = torch.nn.functional.batch_norm(
            conv.weight.reshape(1, conv.out_channels, -1),
            None,
            None,
            weight=(conv.gain * conv.scale).view(-1),
            training=True,
            momentum=0.0,
            eps=conv.eps,
        ).reshape_as(conv.weight)
        self.conv = torch.nn.Conv2d(
            conv.in_channels, conv.out_channels, conv.kernel_size, conv.stride, conv.padding, groups=conv.groups
        )
        self.conv.weight.data, self.conv.bias.data = weight.detach(), conv.bias.data
        self.same_pad = conv.same_pad

    def forward(self, x):
        if self.same_pad:
            pads = []
            for size, kernel, stride in zip(reversed(x.shape[2:]), self.conv.kernel_size, self.conv.stride):
                total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
                pads += [total // 2, total - total // 2]
            x = torch.nn.functional.pad(x, pads)
        return self.conv(x)


def fold(module):
    for name, child in module.named_children():
        if hasattr(child, "gain") and hasattr(child, "scale"):
            setattr(module, name, Folded(child))
        else:
            fold(child)


setup = json.loads(sys.argv[1])
net = build_net(setup["net"], read_tensor_file(f"{setup['folder']}/weights")).eval()
fold(net)
_, images = next(read_tensor_file(f"{setup['folder']}/images"))
images = torch.from_numpy(images.copy()).permute(0, 3, 1, 2).contiguous()
with torch.inference_mode():
    # A static shape, so that the paddings are numbers. The newer exporter wants packages that are not needed here.
    torch.onnx.export(
        net,
        (images,),
        f"{setup['folder']}/net.onnx",
        dynamo=False,
        input_names=["images"],
        output_names=["logits"],
        opset_version=18,
    )
say({"version": f"PyTorch {torch.__version__}, timm {timm.__version__}"})
