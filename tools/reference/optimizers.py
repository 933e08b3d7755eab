"""Writes where torch's and timm's optimizers, and those of plain_optimizers.py, take a few weights in 20 steps.

    python tools/reference/optimizers.py

Needs torch and timm. Writes packages/optimizers/src/__fixtures__/references.json.
"""

import json

from paths import ROOT
import import_timm  # noqa: F401
import torch
from golden_values import golden_values
from plain_optimizers import StableAdamW
from timm.optim import AdamWLegacy, Lamb, Lars, RMSpropTF, SGDW

STEPS = 20
SHAPES = {"kernel": (3, 4), "bias": (4,), "gain": ()}
# Which of the 20 states the fixture holds.
KEPT = (1, 2, 20)

# Kernels are decayed, biases and gains are not: two groups.
CASES = {
    "sgd": ({"learningRate": 0.1}, lambda groups: torch.optim.SGD(groups, lr=0.1, momentum=0.9, nesterov=True)),
    "sgd without nesterov": (
        {"learningRate": 0.1, "momentum": 0.7, "nesterov": False},
        lambda groups: torch.optim.SGD(groups, lr=0.1, momentum=0.7),
    ),
    "adam": ({"learningRate": 0.01}, lambda groups: torch.optim.Adam(groups, lr=0.01)),
    "adamW": (
        {"learningRate": 0.01, "weightDecay": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-4},
        lambda groups: torch.optim.AdamW(groups, lr=0.01, betas=(0.8, 0.95), eps=1e-4),
    ),
    "stableAdamW": (
        {"learningRate": 0.01, "weightDecay": 0.1},
        lambda groups: StableAdamW(groups, lr=0.01),
    ),
    "stableAdamW of a short memory": (
        {"learningRate": 0.01, "weightDecay": 0.1, "beta1": 0.8, "beta2": 0.7, "eps": 1e-4},
        lambda groups: StableAdamW(groups, lr=0.01, betas=(0.8, 0.7), eps=1e-4),
    ),
    "lars": (
        {"learningRate": 2, "weightDecay": 0.05, "trustCoefficient": 0.02},
        lambda groups: Lars(groups, lr=2, momentum=0.9, trust_coeff=0.02),
    ),
    "lars with nesterov": (
        {"learningRate": 2, "weightDecay": 1e-4, "nesterov": True},
        lambda groups: Lars(groups, lr=2, momentum=0.9, nesterov=True),
    ),
    "lamb": (
        {"learningRate": 0.02, "weightDecay": 0.1},
        lambda groups: Lamb(groups, lr=0.02, max_grad_norm=None),
    ),
    "rmspropTF": ({"learningRate": 0.05}, lambda groups: RMSpropTF(groups, lr=0.05)),
    "rmspropTF with momentum": (
        {"learningRate": 0.05, "decay": 0.8, "momentum": 0.9, "eps": 1e-3},
        lambda groups: RMSpropTF(groups, lr=0.05, alpha=0.8, momentum=0.9, eps=1e-3),
    ),
    "rmspropTF with the rate outside": (
        {"learningRate": 0.05, "momentum": 0.9, "eps": 1e-3, "rateInMomentum": False},
        lambda groups: RMSpropTF(groups, lr=0.05, momentum=0.9, eps=1e-3, lr_in_momentum=False),
    ),
    "sgd, cautious": (
        {"learningRate": 0.1, "cautious": True},
        lambda groups: SGDW(groups, lr=0.1, momentum=0.9, nesterov=True, caution=True),
    ),
    "sgd without nesterov, cautious": (
        {"learningRate": 0.1, "nesterov": False, "cautious": True},
        lambda groups: SGDW(groups, lr=0.1, momentum=0.9, caution=True),
    ),
    "adamW, cautious": (
        {"learningRate": 0.01, "weightDecay": 0.1, "cautious": True},
        lambda groups: AdamWLegacy(groups, lr=0.01, caution=True),
    ),
    "lamb, cautious": (
        {"learningRate": 0.02, "weightDecay": 0.1, "cautious": True},
        lambda groups: Lamb(groups, lr=0.02, max_grad_norm=None, caution=True),
    ),
    "rmspropTF with momentum, cautious": (
        {"learningRate": 0.05, "momentum": 0.9, "eps": 1e-3, "cautious": True},
        lambda groups: RMSpropTF(groups, lr=0.05, momentum=0.9, eps=1e-3, caution=True),
    ),
    "rmspropTF with the rate outside, cautious": (
        {"learningRate": 0.05, "momentum": 0.9, "eps": 1e-3, "rateInMomentum": False, "cautious": True},
        lambda groups: RMSpropTF(groups, lr=0.05, momentum=0.9, eps=1e-3, lr_in_momentum=False, caution=True),
    ),
}


def run(args: dict, make) -> dict:
    weights = {
        name: torch.tensor(golden_values(name, shape), dtype=torch.float64, requires_grad=True)
        for name, shape in SHAPES.items()
    }
    decay = args.get("weightDecay", 0)
    optimizer = make(
        [
            {"params": [weights["kernel"]], "weight_decay": decay},
            {"params": [weights["bias"], weights["gain"]], "weight_decay": 0},
        ]
    )
    states = {}
    for step in range(1, STEPS + 1):
        # The rate changes, so that it matters where it enters.
        for group in optimizer.param_groups:
            group["lr"] = args["learningRate"] * (1 - step / 40)
        for name, weight in weights.items():
            # Partly the weight's own, as of a loss: moves then matter for those that follow.
            golden = torch.tensor(golden_values(f"{name} {step}", SHAPES[name]), dtype=torch.float64)
            weight.grad = golden + 0.5 * weight.detach()
        optimizer.step()
        if step in KEPT:
            states[step] = {name: weight.detach().flatten().tolist() for name, weight in weights.items()}
    return {"args": args, "states": states}


fixture = {name: run(args, make) for name, (args, make) in CASES.items()}
path = ROOT / "packages/optimizers/src/__fixtures__/references.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(fixture) + "\n")
