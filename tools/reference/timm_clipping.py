"""Writes where a few weights go in 20 steps of SGD behind timm's adaptive gradient clipping, in float64.

    python tools/reference/timm_clipping.py

Needs torch and timm. Writes packages/agc/src/__fixtures__/timm.json. Weights have the layout of tfjs; timm gets them in torch's, where a
gain of a convolution is [out, 1, 1, 1], and a bias [out].
"""

import json

from paths import ROOT
import import_timm  # noqa: F401
import torch
from golden_values import golden_values
from timm.utils.agc import adaptive_clip_grad

STEPS = 20
# Which of the 20 states the fixture holds.
KEPT = (1, 2, 20)
# One of the kernels has one input and one pixel, so that in the layout of tfjs it squeezes to a vector.
SHAPES = {
    "conv/kernel": (3, 3, 2, 4),
    "conv/gain": (4,),
    "conv/bias": (4,),
    "point/kernel": (1, 1, 1, 3),
    "skip/gain": (),
    "dense/kernel": (5, 4),
    "dense/bias": (4,),
    "head/kernel": (5, 1),
}
CASES = {
    "adaptiveGradClip 0.01": {"clipFactor": 0.01},
    "adaptiveGradClip 0.16": {"clipFactor": 0.16, "eps": 0.1},
}


def to_torch(name: str, values: torch.Tensor) -> torch.Tensor:
    """As timm's layers hold it."""
    if name == "conv/gain":
        return values.reshape(-1, 1, 1, 1).clone()
    if values.ndim == 4:
        return values.permute(3, 2, 0, 1).contiguous()
    return values.T.contiguous() if values.ndim == 2 else values.clone()


def from_torch(name: str, values: torch.Tensor) -> torch.Tensor:
    if name == "conv/gain":
        return values.reshape(-1)
    if values.ndim == 4:
        return values.permute(2, 3, 1, 0)
    return values.T if values.ndim == 2 else values


def run(clipFactor: float, eps: float = 1e-3) -> dict:
    golden = {name: torch.tensor(golden_values(name, shape), dtype=torch.float64) for name, shape in SHAPES.items()}
    # The gain of the branch is below the floor of the norm.
    golden["skip/gain"] *= 1e-4
    weights = {name: to_torch(name, values).requires_grad_() for name, values in golden.items()}
    optimizer = torch.optim.SGD(weights.values(), lr=0.1, momentum=0.9, nesterov=True)
    states = {}
    for step in range(1, STEPS + 1):
        for name, weight in weights.items():
            values = torch.tensor(golden_values(f"{name} {step}", SHAPES[name]), dtype=torch.float64)
            # Partly the weight's own, as of a loss: moves then matter for those that follow.
            weight.grad = to_torch(name, values) + 0.5 * weight.detach()
        adaptive_clip_grad(list(weights.values()), clip_factor=clipFactor, eps=eps)
        optimizer.step()
        if step in KEPT:
            states[step] = {name: from_torch(name, w.detach()).flatten().tolist() for name, w in weights.items()}
    return states


def main() -> None:
    cases = {name: {"args": args, "states": run(**args)} for name, args in CASES.items()}
    path = ROOT / "packages/agc/src/__fixtures__/timm.json"
    path.write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
