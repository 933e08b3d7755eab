"""One training step in float64, by the authors' rules: what a fixture holds of a model."""

import numpy as np
import torch

LABELS = [3, 7]
CLASSES = 10
SMOOTHING = 0.1
CLIP_FACTOR = 0.01
CLIP_EPS = 1e-3
LEARNING_RATE = 0.1
MOMENTUM = 0.9
WEIGHT_DECAY = 2e-5


def loss_of(logits: torch.Tensor) -> torch.Tensor:
    targets = torch.nn.functional.one_hot(torch.tensor(LABELS), CLASSES) * (1 - SMOOTHING) + SMOOTHING / CLASSES
    return -(targets * torch.log_softmax(logits, -1)).sum(-1).mean()


def clip(weight: torch.Tensor, grad: torch.Tensor, unit_axis: int, clip_factor: float = CLIP_FACTOR) -> torch.Tensor:
    # Gains, biases, scalars, and kernels of one row or column count as one vector, as in the authors' code.
    is_vector = sum(side > 1 for side in weight.shape) <= 1
    axes = [axis for axis in range(weight.ndim) if is_vector or axis != unit_axis % weight.ndim]
    norm_of = lambda tensor: tensor.square().sum(axes, keepdim=True).sqrt()  # noqa: E731
    limit = clip_factor * norm_of(weight).clamp(min=CLIP_EPS)
    norm = norm_of(grad)
    return torch.where(norm > limit, grad * limit / norm.clamp(min=1e-6), grad)


def training_step(forward, weights: dict[str, torch.Tensor], classifier: str, unit_axis: int) -> dict:
    """
    `forward()` gives logits; `weights` are its parameters by published name; `classifier` is not clipped; `unit_axis` is the
    axis of the output channels in kernels.
    """
    logits = forward()
    loss = loss_of(logits)
    grads = dict(zip(weights, torch.autograd.grad(loss, list(weights.values()))))
    record = {"loss": loss.item(), "logits": logits.detach().flatten().tolist(), "weights": {}}
    with torch.no_grad():
        for name, weight in weights.items():
            grad = grads[name]
            clipped = grad if name == classifier else clip(weight, grad, unit_axis)
            no_decay = name.endswith(("gain", "bias", "/b"))
            update = clipped + (0 if no_decay else WEIGHT_DECAY * weight)
            # The first step of Nesterov momentum: the buffer is the update itself.
            weight -= LEARNING_RATE * (update + MOMENTUM * update)
            norms = [grad.norm(), clipped.norm(), weight.norm()]
            record["weights"][name] = [float(np.format_float_scientific(norm.item(), 8)) for norm in norms]
        record["lossAfter"] = loss_of(forward()).item()
    return record
