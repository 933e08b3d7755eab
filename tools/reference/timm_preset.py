"""Writes what timm computes with one of its presets on random weights.

    python tools/reference/timm_preset.py NAME SIDE SEED FOLDER

Needs timm and safetensors. Writes to the folder `weights.safetensors`, `gradients.safetensors` (of the cross-entropy of class
1, by every parameter) and `results.safetensors` (`images` as [batch, height, width, channels], `logits`).
"""

import sys
from pathlib import Path

import paths  # noqa: F401
import import_timm  # noqa: F401
import timm
import torch
from safetensors.torch import save_file

if __name__ == "__main__":
    name, side, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[4])
    torch.manual_seed(int(sys.argv[3]))
    model = timm.create_model(name).eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            # Branches that start at zero would not show; nor would biases.
            if key.endswith(("gain", "bn3.weight")):
                parameter.copy_(1 + 0.1 * torch.randn_like(parameter))
            elif key.endswith("bias"):
                parameter.copy_(0.05 * torch.randn_like(parameter))
        for key, buffer in model.named_buffers():
            if key.endswith(("running_mean", "running_var")):
                buffer.copy_(0.5 + torch.rand_like(buffer))
    images = torch.randn(2, 3, side, side)
    logits = model(images)
    torch.nn.functional.cross_entropy(logits, torch.tensor([1, 1])).backward()
    contiguous = lambda tensors: {key: value.detach().contiguous() for key, value in tensors.items()}  # noqa: E731
    save_file(contiguous(model.state_dict()), folder / "weights.safetensors")
    save_file(contiguous({key: value.grad for key, value in model.named_parameters()}), folder / "gradients.safetensors")
    save_file(contiguous({"images": images.permute(0, 2, 3, 1), "logits": logits}), folder / "results.safetensors")
