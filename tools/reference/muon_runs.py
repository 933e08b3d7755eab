"""Writes where the Muon of torch, timm and optax, and one written from its description, take a few weights in 20 steps.

    python tools/reference/muon_runs.py

Needs torch, timm and optax (with jax). Writes packages/optimizers/src/__fixtures__/muon.json. All in float64: torch's and timm's
Newton-Schulz steps, which are made for bfloat16, are told to.
"""

import functools
import json

from golden_values import golden_values
from paths import ROOT
from plain_optimizers import Muon as PlainMuon
import import_timm  # noqa: F401
import jax
import optax
import timm.optim.muon as timm_muon
import torch
from optax.contrib import MuonDimensionNumbers

jax.config.update("jax_enable_x64", True)
timm_muon.zeropower_via_newtonschulz = functools.partial(timm_muon.zeropower_via_newtonschulz, dtype=torch.float64)
torch.Tensor.bfloat16 = torch.Tensor.clone

STEPS = 20
# Which of the 20 states the fixture holds.
KEPT = (1, 20)
# Convolutions and dense kernels, tall and wide, and what is left to the fallback: the head, a bias and a gain.
KERNELS = {"conv/kernel": (3, 3, 2, 4), "expand/kernel": (1, 1, 4, 6), "wide/kernel": (4, 7), "tall/kernel": (7, 4)}
OTHERS = {"head/kernel": (5, 4), "conv/bias": (4,), "gain": ()}
SHAPES = {**KERNELS, **OTHERS}
RATE = 0.02


def to_torch(array):
    """[..., in, out] as [out, in, ...]; vectors and scalars as they are."""
    return array if array.ndim < 2 else array.permute(array.ndim - 1, array.ndim - 2, *range(array.ndim - 2))


def from_torch(array):
    return array if array.ndim < 2 else array.permute(*range(2, array.ndim), 1, 0)


def as_is(array):
    return array


def flat(array):
    """As torch's own takes them: out x (all the rest)."""
    return to_torch(array).reshape(array.shape[-1], -1) if array.ndim > 2 else to_torch(array)


def unflat(name):
    def back(array):
        shape = SHAPES[name]
        return from_torch(array.reshape(shape[-1], shape[-2], *shape[:-2])) if len(shape) > 2 else from_torch(array)

    return back


def torch_run(make, to=to_torch, back=lambda name: from_torch, decay=0.0):
    """`make` gets groups: matrices, the head, biases and gains, of which the first two are decayed."""

    def run():
        golden = lambda name, key: torch.tensor(golden_values(key, SHAPES[name]), dtype=torch.float64)  # noqa: E731
        weights = {name: to(golden(name, name)).contiguous().requires_grad_() for name in SHAPES}
        group = lambda names, decay: {"params": [weights[name] for name in names], "weight_decay": decay}  # noqa: E731
        optimizers = make(group(KERNELS, decay), group(["head/kernel"], decay), group(["conv/bias", "gain"], 0))
        for step in range(1, STEPS + 1):
            for optimizer in optimizers:
                for each in optimizer.param_groups:
                    each["lr"] = each.setdefault("base", each["lr"]) * (1 - step / 40)
            for name, weight in weights.items():
                weight.grad = to(golden(name, f"{name} {step}")) + 0.5 * weight.detach()
            for optimizer in optimizers:
                optimizer.step()
            if step in KEPT:
                yield step, {name: back(name)(weight.detach()).flatten().tolist() for name, weight in weights.items()}

    return run


def adam_w(*groups):
    return torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.95), eps=1e-8)


def sgd(*groups):
    return torch.optim.SGD(groups, lr=RATE / 2, momentum=0.9, nesterov=True)


def timm_run(decay=0.0, **options):
    """With Nesterov's momentum timm's fallback is NAdamW: then AdamW beside it, as ours is."""

    def make(matrices, head, others):
        if options.get("nesterov"):
            return [timm_muon.Muon([matrices], lr=RATE, **options), adam_w(head, others)]
        return [timm_muon.Muon([matrices, {**head, "use_fallback": True}, others], lr=RATE, **options)]

    return torch_run(make, decay=decay)


def torch_muon_run(decay=0.0, **options):
    make = lambda matrices, *others: [torch.optim.Muon([matrices], lr=RATE, **options), adam_w(*others)]  # noqa: E731
    return torch_run(make, flat, unflat, decay)


def plain_run(others=adam_w, decay=0.0, **options):
    make = lambda matrices, *rest: [PlainMuon([matrices], lr=RATE, **options), others(*rest)]  # noqa: E731
    return torch_run(make, as_is, lambda name: as_is, decay)


def optax_run(**options):
    """Without Nesterov's momentum, whose bias optax corrects as NAdam does."""
    matrices = {
        name: None if name in OTHERS else MuonDimensionNumbers(tuple(range(len(shape) - 1)), len(shape) - 1)
        for name, shape in SHAPES.items()
    }
    # Rates of step 1, 2, ...; optax counts from 0.
    rate = lambda count: RATE * (1 - (count + 1) / 40)  # noqa: E731
    optimizer = optax.contrib.muon(
        rate, nesterov=False, adam_b2=0.95, muon_weight_dimension_numbers=matrices, **options
    )

    def run():
        weights = {name: jax.numpy.array(golden_values(name, shape)) for name, shape in SHAPES.items()}
        state = optimizer.init(weights)
        for step in range(1, STEPS + 1):
            gradients = {
                name: golden_values(f"{name} {step}", SHAPES[name]) + 0.5 * weight for name, weight in weights.items()
            }
            updates, state = optimizer.update(gradients, state, weights)
            weights = optax.apply_updates(weights, updates)
            if step in KEPT:
                yield step, {name: weight.flatten().tolist() for name, weight in weights.items()}

    return run


RMS = {"adjustLearningRate": "matchRmsAdamW"}

CASES = {
    "torch": ({"weightDecay": 0.1}, torch_muon_run(decay=0.1)),
    "torch, matchRmsAdamW": (RMS, torch_muon_run(adjust_lr_fn="match_rms_adamw")),
    "timm, flatten": (
        {"weightDecay": 0.1, "nesterov": False, "nsCoefficients": "quintic", "eps": 1e-7, **RMS},
        timm_run(decay=0.1),
    ),
    "timm, batched": (
        {"weightDecay": 0.1, "convMode": "batched"},
        timm_run(0.1, conv_mode="batched", nesterov=True, ns_coefficients="original", adjust_lr_fn="original"),
    ),
    "timm, polarExpress": (
        {"convMode": "batched", "nsCoefficients": "polarExpress", "nsSteps": 7, **RMS},
        timm_run(conv_mode="batched", nesterov=True, ns_coefficients="polar_express", ns_steps=7),
    ),
    "optax": ({"nesterov": False}, optax_run()),
    "optax, quintic": (
        {"nesterov": False, "nsCoefficients": "quintic", **RMS},
        optax_run(ns_coeffs="dion", consistent_rms=0.2),
    ),
    "plain, polarExpress of 3 steps": (
        {"momentum": 0.8, "nsCoefficients": "polarExpress", "nsSteps": 3, "convMode": "batched", "weightDecay": 0.1},
        plain_run(momentum=0.8, quintics="polarExpress", steps=3, batched=True, decay=0.1),
    ),
    "plain, sgd": (
        {"momentum": 0.9, "fallback": "sgd", "fallbackRateFactor": 0.5},
        plain_run(sgd, momentum=0.9),
    ),
}

fixture = {
    name: {
        "args": {"learningRate": RATE, "exclude": ["head"], **args},
        "states": {
            step: {weight: [round(value, 9) for value in values] for weight, values in state.items()}
            for step, state in run()
        },
    }
    for name, (args, run) in CASES.items()
}
path = ROOT / "packages/optimizers/src/__fixtures__/muon.json"
path.write_text(json.dumps({"shapes": SHAPES, "cases": fixture}) + "\n")
