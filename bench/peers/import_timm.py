"""Imports timm also where torchvision was built for another torch: timm needs none of the operators that are then missing."""

import torch

try:
    import torchvision  # noqa: F401
except RuntimeError:
    import sys

    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    register_fake = torch.library.register_fake
    torch.library.register_fake = lambda *_, **__: lambda function: function
    import torchvision  # noqa: F401

    torch.library.register_fake = register_fake

import timm  # noqa: E402, F401
