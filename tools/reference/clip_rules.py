"""Writes where a small convolutional network goes in 20 steps behind each clipping rule, in float64.

    python tools/reference/clip_rules.py

Needs torch. Writes packages/agc/src/__fixtures__/rules.json. Each rule is written from its paper, tensor by tensor, without regard for
how fast it is; weights have the layout of tfjs, [height, width, in, out] and [in, out].
"""

import json
import math
from collections.abc import Callable

from paths import ROOT
import numpy as np
import torch
from golden_values import golden_values

STEPS = 20
# Which of the 20 states the fixture holds.
KEPT = (1, 2, 20)
# In these steps the loss is so many times as large: a spike.
SPIKES = {6: 20.0, 14: 40.0}
RATE = 0.1
SHAPES = {
    "conv/kernel": (3, 3, 2, 4),
    "conv/bias": (4,),
    "gain": (),
    "dense/kernel": (4, 3),
    "dense/bias": (3,),
}

Tensors = dict[str, torch.Tensor]
# Gradients and weights in, gradients out; what it remembers it keeps itself.
Rule = Callable[[Tensors, Tensors], Tensors]


def norm_of_all(gradients: Tensors) -> torch.Tensor:
    return torch.sqrt(sum((g * g).sum() for g in gradients.values()))


def ada_gc(relativeFactor=1.05, maxNorm=1.0, beta=0.98, warmupSteps=100) -> Rule:
    means: dict[str, float] = {}
    steps = 0

    def apply(gradients: Tensors, _weights: Tensors) -> Tensors:
        nonlocal steps
        steps += 1
        clipped = {}
        of_all = norm_of_all(gradients).item()
        for name, g in gradients.items():
            norm = g.norm().item()
            if steps <= warmupSteps:
                factor = min(1.0, maxNorm / of_all)
            else:
                factor = min(1.0, relativeFactor * means[name] / norm)
            clipped[name] = g * factor
            if steps <= warmupSteps:
                means[name] = min(means.get(name, float("inf")), norm * factor)
            else:
                means[name] = beta * means[name] + (1 - beta) * norm * factor
        return clipped

    return apply


def adaptive_grad_clip(clipFactor=0.01, eps=1e-3, unit="output", form="hard") -> Rule:
    step = -1

    def factor_now() -> float:
        if not isinstance(clipFactor, dict):
            return clipFactor
        start, end, shape = clipFactor["from"], clipFactor["to"], clipFactor.get("shape", "linear")
        done = min(1.0, step / clipFactor["steps"])
        if shape == "exponential":
            return start ** (1 - done) * end**done
        share = done if shape == "linear" else (1 - math.cos(math.pi * done)) / 2
        return start + share * (end - start)

    def unit_norms(x: torch.Tensor, name: str) -> torch.Tensor:
        if unit == "gain-apart" and name.endswith("gain"):
            return x.abs()
        if unit == "tensor" or x.ndim < 2:
            return x.norm()
        return torch.linalg.vector_norm(x, dim=tuple(range(x.ndim - 1)))

    def apply(gradients: Tensors, weights: Tensors) -> Tensors:
        nonlocal step
        step += 1
        clipped = {}
        for name, g in gradients.items():
            limits = factor_now() * unit_norms(weights[name], name).clamp(min=eps)
            ratios = unit_norms(g, name) / limits
            clipped[name] = g / (ratios.clamp(min=1) if form == "hard" else torch.sqrt(1 + ratios**2))
        return clipped

    return apply


def scaled(gradients: Tensors, target: float) -> Tensors:
    """All gradients together, so that their norm is at most `target`."""
    factor = min(1.0, target / norm_of_all(gradients).item())
    return {name: g * factor for name, g in gradients.items()}


def z_clip(mode="reciprocal", zThreshold=2.5, alpha=0.97, warmupSteps=25, eps=1e-6, maxNorm=float("inf")) -> Rule:
    norms: list[float] = []
    mean = variance = 0.0

    def apply(gradients: Tensors, _weights: Tensors) -> Tensors:
        nonlocal mean, variance
        norm = norm_of_all(gradients).item()
        if len(norms) < warmupSteps:
            norms.append(norm)
            mean = sum(norms) / len(norms)
            variance = sum((x - mean) ** 2 for x in norms) / len(norms)
            return scaled(gradients, maxNorm)
        deviation = variance**0.5
        z = (norm - mean) / (deviation + eps)
        seen = norm
        if mode == "percentile":
            seen = min(norm, mean + zThreshold * deviation)
        elif z > zThreshold:
            seen = mean if mode == "mean" else mean + zThreshold * deviation / (z / zThreshold)
        mean = alpha * mean + (1 - alpha) * seen
        variance = alpha * variance + (1 - alpha) * (seen - mean) ** 2
        return scaled(gradients, min(seen, maxNorm))

    return apply


def auto_clip(percentile=10.0, window=1000) -> Rule:
    norms: list[float] = []

    def apply(gradients: Tensors, _weights: Tensors) -> Tensors:
        norms.append(norm_of_all(gradients).item())
        return scaled(gradients, float(np.percentile(norms[-window:], percentile)))

    return apply


def spike_clip(threshold=5000.0, beta=0.999, warmupSteps=19) -> Rule:
    squares: Tensors = {}
    steps = 0

    def apply(gradients: Tensors, _weights: Tensors) -> Tensors:
        nonlocal steps
        steps += 1
        clipped = {}
        for name, g in gradients.items():
            v = squares.get(name, torch.zeros_like(g))
            if steps > warmupSteps:
                g = torch.where(g**2 > threshold * v, torch.sign(g) * torch.sqrt(threshold * v), g)
            squares[name] = beta * v + (1 - beta) * g**2
            clipped[name] = g
        return clipped

    return apply


def ada_clip(gamma3=0.999) -> Rule:
    means: dict[str, float] = {}
    steps = 0

    def apply(gradients: Tensors, _weights: Tensors) -> Tensors:
        nonlocal steps
        steps += 1
        clipped = {}
        for name, g in gradients.items():
            largest = g.abs().max().item()
            means[name] = gamma3 * means.get(name, 0.0) + (1 - gamma3) * largest
            limit = means[name] / (1 - gamma3**steps)
            clipped[name] = torch.where(g.abs() > limit, g / largest * limit, g)
        return clipped

    return apply


def ada_gn(gamma1=0.7, gamma2=0.9, eps=1e-8) -> Rule:
    means: dict[str, tuple[float, float]] = {}
    steps = 0

    def apply(gradients: Tensors, _weights: Tensors) -> Tensors:
        nonlocal steps
        steps += 1
        scaled_ones = {}
        for name, g in gradients.items():
            norm = g.norm().item()
            mean, square = means.get(name, (0.0, 0.0))
            mean, square = gamma1 * mean + (1 - gamma1) * norm, gamma2 * square + (1 - gamma2) * norm**2
            means[name] = (mean, square)
            size = (mean / (1 - gamma1**steps)) / ((square / (1 - gamma2**steps)) ** 0.5 + eps)
            scaled_ones[name] = g / norm * size
        return scaled_ones

    return apply


def spectral_clip(maxNorm=0.1, form="soft") -> Rule:
    def clip(sizes: torch.Tensor) -> torch.Tensor:
        return sizes.clamp(max=maxNorm) if form == "hard" else sizes / torch.sqrt(1 + (sizes / maxNorm) ** 2)

    def apply(gradients: Tensors, _weights: Tensors) -> Tensors:
        clipped = {}
        for name, g in gradients.items():
            # A vector is a matrix of one column.
            matrix = g.reshape(-1, g.shape[-1] if g.ndim > 1 else 1)
            left, sizes, right = torch.linalg.svd(matrix, full_matrices=False)
            clipped[name] = ((left * clip(sizes)) @ right).reshape(g.shape)
        return clipped

    return apply


RULES: dict[str, Callable[..., Rule]] = {
    "adaClip": ada_clip,
    "adaGC": ada_gc,
    "adaGN": ada_gn,
    "adaptiveGradClip": adaptive_grad_clip,
    "autoClip": auto_clip,
    "spectralClip": spectral_clip,
    "spikeClip": spike_clip,
    "zClip": z_clip,
}
CASES = {
    "adaGC": {"maxNorm": 0.5, "warmupSteps": 4},
    "adaGC after a long warm-up": {"maxNorm": 0.5, "warmupSteps": 12, "beta": 0.9, "relativeFactor": 1.2},
    "adaptiveGradClip": {"clipFactor": 0.02},
    "adaptiveGradClip, soft": {"clipFactor": 0.05, "form": "soft"},
    "adaptiveGradClip of tensors": {"clipFactor": 0.02, "unit": "tensor"},
    "adaptiveGradClip by a line": {"clipFactor": {"from": 0.2, "to": 0.01, "steps": 9}},
    "adaptiveGradClip by a cosine": {
        "clipFactor": {"from": 0.2, "to": 0.01, "steps": 12, "shape": "cosine"},
        "form": "soft",
        "unit": "tensor",
    },
    "adaptiveGradClip by a ratio": {
        "clipFactor": {"from": 0.005, "to": 0.1, "steps": 30, "shape": "exponential"},
        "unit": "gain-apart",
    },
    "spectralClip": {},
    "spectralClip at a low limit": {"maxNorm": 0.01},
    "spectralClip, hard": {"maxNorm": 0.05, "form": "hard"},
    "spectralClip, hard, at a low limit": {"maxNorm": 0.01, "form": "hard"},
    "zClip": {"warmupSteps": 5},
    "zClip to the mean": {"mode": "mean", "warmupSteps": 5, "zThreshold": 1.5, "alpha": 0.8, "maxNorm": 0.6},
    "zClip at a percentile": {"mode": "percentile", "warmupSteps": 4, "zThreshold": 1, "alpha": 0.9},
    "autoClip": {},
    "autoClip of few norms": {"percentile": 70, "window": 6},
    "spikeClip": {"threshold": 900, "warmupSteps": 3},
    "spikeClip of a short memory": {"threshold": 2, "beta": 0.9, "warmupSteps": 5},
    "adaClip": {},
    "adaClip of a short memory": {"gamma3": 0.7},
    "adaGN": {},
    "adaGN of a long memory": {"gamma1": 0.9, "gamma2": 0.99, "eps": 0.01},
}


def loss_of(weights: Tensors, step: int) -> torch.Tensor:
    """Cross entropy of conv - tanh - mean over pixels - times gain - dense, on 8 images of 6 x 6."""
    images = torch.tensor(golden_values(f"images {step}", (8, 6, 6, 2)))
    kernel = weights["conv/kernel"].permute(3, 2, 0, 1)
    x = torch.nn.functional.conv2d(images.permute(0, 3, 1, 2), kernel, weights["conv/bias"])
    x = torch.tanh(x).mean((2, 3)) * weights["gain"]
    logits = x @ weights["dense/kernel"] + weights["dense/bias"]
    return torch.nn.functional.cross_entropy(logits, torch.arange(8) % 3) * SPIKES.get(step, 1.0)


def run(rule: Rule) -> dict:
    weights = {name: torch.tensor(golden_values(name, shape), requires_grad=True) for name, shape in SHAPES.items()}
    states = {}
    for step in range(1, STEPS + 1):
        gradients = dict(zip(weights, torch.autograd.grad(loss_of(weights, step), list(weights.values()))))
        with torch.no_grad():
            for name, g in rule(gradients, weights).items():
                weights[name] -= RATE * g
        if step in KEPT:
            states[step] = {name: weight.detach().flatten().tolist() for name, weight in weights.items()}
    return states


def main() -> None:
    cases = {name: {"args": args, "states": run(RULES[name.split()[0].rstrip(",")](**args))} for name, args in CASES.items()}
    path = ROOT / "packages/agc/src/__fixtures__/rules.json"
    path.write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
