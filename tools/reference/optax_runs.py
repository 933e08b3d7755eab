"""Writes where optax's clipping and optimizers take a few weights in 20 steps.

    python tools/reference/optax_runs.py

Needs optax (with jax). Writes optax.json into packages/agc/src/__fixtures__ and packages/optimizers/src/__fixtures__.
"""

import json

from golden_values import golden_values
from paths import ROOT
import jax
import optax

jax.config.update("jax_enable_x64", True)

STEPS = 20
# Which of the 20 states the fixtures hold.
KEPT = (1, 2, 20)

# Weights that are clipped by units of their own, by rank. A gain of next to nothing shows the floor of the norm.
CLIPPED = {"conv/kernel": (3, 3, 2, 4), "dense/kernel": (5, 4), "dense/bias": (4,), "gain": ()}
STEPPED = {"kernel": (3, 4), "bias": (4,), "gain": ()}


def sgd():
    return optax.sgd(0.1, momentum=0.9, nesterov=True)


CLIPPINGS = {
    "adaptiveGradClip 0.01": ({"clipFactor": 0.01}, optax.adaptive_grad_clip(0.01)),
    "adaptiveGradClip 0.16": ({"clipFactor": 0.16, "eps": 0.1}, optax.adaptive_grad_clip(0.16, eps=0.1)),
    "clipByBlockRms 1": ({}, optax.clip_by_block_rms(1.0)),
    "clipByBlockRms 0.3": ({"threshold": 0.3}, optax.clip_by_block_rms(0.3)),
    "clipByGlobalNorm 1": ({"maxNorm": 1}, optax.clip_by_global_norm(1.0)),
    "clipByGlobalNorm 100": ({"maxNorm": 100}, optax.clip_by_global_norm(100.0)),
    "clipByValue 0.3": ({"maxValue": 0.3}, optax.clip(0.3)),
}

IS_DECAYED = {"kernel": True, "bias": False, "gain": False}


def falling(rate: float):
    """The rate of step 1, 2, ... as optimizers.py has it; optax counts from 0."""
    return lambda count: rate * (1 - (count + 1) / 40)


def by_kind(kernels, others):
    """Kernels by one optimizer, biases and gains by another, as ours do that scale steps."""
    return optax.partition(
        {True: kernels, False: others}, {name: bool(decayed) for name, decayed in IS_DECAYED.items()}
    )


OPTIMIZERS = {
    "adamW": (
        {"learningRate": 0.01, "weightDecay": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-4},
        optax.adamw(falling(0.01), b1=0.8, b2=0.95, eps=1e-4, weight_decay=0.1, mask=IS_DECAYED),
    ),
    "lamb": (
        {"learningRate": 0.02, "weightDecay": 0.1},
        by_kind(optax.lamb(falling(0.02), weight_decay=0.1), optax.adam(falling(0.02), eps=1e-6)),
    ),
    # Without decay, which ours adds to the norm below the line and optax to the gradient before its norm is taken, and at one
    # rate, which optax keeps in the velocity.
    "lars": (
        {"learningRate": 2, "trustCoefficient": 0.02},
        by_kind(
            optax.lars(2, trust_coefficient=0.02, momentum=0.9),
            optax.sgd(2, momentum=0.9),
        ),
    ),
    "lars with nesterov": (
        {"learningRate": 2, "nesterov": True},
        by_kind(optax.lars(2, momentum=0.9, nesterov=True), optax.sgd(2, momentum=0.9, nesterov=True)),
    ),
    "rmspropTF": (
        {"learningRate": 0.05, "decay": 0.8, "eps": 1e-3},
        optax.rmsprop(falling(0.05), decay=0.8, eps=1e-3, initial_scale=1.0),
    ),
    "rmspropTF with momentum": (
        {"learningRate": 0.05, "momentum": 0.9, "eps": 1e-3},
        optax.rmsprop(falling(0.05), decay=0.9, eps=1e-3, initial_scale=1.0, momentum=0.9),
    ),
}


def run(optimizer, shapes: dict, scale) -> dict:
    weights = {name: jax.numpy.array(scale(name) * golden_values(name, shape)) for name, shape in shapes.items()}
    state = optimizer.init(weights)
    states = {}
    for step in range(1, STEPS + 1):
        # Partly the weight's own, as of a loss: moves then matter for those that follow.
        gradients = {
            name: golden_values(f"{name} {step}", shapes[name]) + 0.5 * weight for name, weight in weights.items()
        }
        updates, state = optimizer.update(gradients, state, weights)
        weights = optax.apply_updates(weights, updates)
        if step in KEPT:
            states[step] = {name: weight.flatten().tolist() for name, weight in weights.items()}
    return states


def write(package: str, fixture: dict) -> None:
    path = ROOT / f"packages/{package}/src/__fixtures__/optax.json"
    path.write_text(json.dumps(fixture) + "\n")


write(
    "agc",
    {
        name: {"args": args, "states": run(optax.chain(clipping, sgd()), CLIPPED, lambda n: 1e-4 if n == "gain" else 1)}
        for name, (args, clipping) in CLIPPINGS.items()
    },
)
write(
    "optimizers",
    {
        name: {
            "args": args,
            **({"rate": "constant"} if name.startswith("lars") else {}),
            "states": run(each, STEPPED, lambda n: 1),
        }
        for name, (args, each) in OPTIMIZERS.items()
    },
)
