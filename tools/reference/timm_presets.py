"""Writes what timm's presets are: exact counts, and a digest of the names and shapes of their weights.

    python tools/reference/timm_presets.py

Needs timm. Writes packages/models/src/__fixtures__/timm-presets.json.
"""

import hashlib
import json

from paths import FIXTURES
import import_timm  # noqa: F401
import timm
import torch
from timm.models.nfnet import model_cfgs


def describe(name: str) -> dict:
    with torch.device("meta"):
        model = timm.create_model(name)
    state = model.state_dict()
    rows = sorted(f"{key} [{','.join(map(str, value.shape))}]" for key, value in state.items())
    config = model.default_cfg
    size = config["input_size"][1]
    test_size = (config.get("test_input_size") or config["input_size"])[1]
    return {
        "parameters": sum(value.numel() for value in model.parameters()),
        "tensors": len(state),
        "macs": {"train": count_macs(model, size), "test": count_macs(model, test_size)},
        "trainSize": size,
        "testSize": test_size,
        "weights": hashlib.sha256("\n".join(rows).encode()).hexdigest(),
    }


def count_macs(model: torch.nn.Module, size: int) -> int:
    """Multiply-accumulates of convolutions and linear maps, by the shapes that pass through."""
    total = 0

    def add(module, _, output):
        nonlocal total
        weight = module.weight
        positions = output.numel() // output.shape[1]
        if isinstance(module, torch.nn.Conv1d):
            positions = output.shape[2]
        total += weight.numel() * positions

    handles = [
        module.register_forward_hook(add)
        for module in model.modules()
        if isinstance(module, (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Linear))
    ]
    with torch.no_grad():
        model.eval()(torch.empty(1, 3, size, size, device="meta"))
    for handle in handles:
        handle.remove()
    return total


if __name__ == "__main__":
    presets = {f"timm/{name}": describe(name) for name in model_cfgs}
    text = json.dumps({"source": f"timm {timm.__version__}", "presets": presets}, indent=1)
    (FIXTURES / "timm-presets.json").write_text(text + "\n")
