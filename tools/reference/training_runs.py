"""Writes the losses of 200 training steps in torch, one run for each kind of step that the trainer has.

    python tools/reference/training_runs.py

Needs torch. Writes packages/trainer/src/loop/__fixtures__/training-runs.json. The net is the authors' small NFNet of authors_families.py
with dropout and stochastic depth, in float64; weights and batches are golden values, masks those of masks.py.
"""

import json
import math

import torch
from authors_families import Net
from golden_values import golden_values
from masks import mask, run_seed
from paths import ROOT
from train_step import CLASSES, SMOOTHING, clip

STEPS = 200
EVALUATED_EVERY = 20
SEED = 4
BATCH = 20
SIDE = 12
DROP_RATE = 0.25
STOCHASTIC_DEPTH_RATE = 0.3
WARMUP = 20
MOMENTUM = 0.9
WEIGHT_DECAY = 1e-3
EMA_DECAY = 0.95
CLIP = 0.05

NET = dict(
    module="NFNet", block="nf_block", act="gelu", stem=[(8, 2), (16, 1)],
    widths=[16, 32], depths=[1, 2], strides=[1, 2], group=8, final=32,
)  # fmt: skip
# At higher rates a run is chaotic: rounding alone makes another one of it. Without clipping that begins earlier.
RUNS = {
    "plain": {"highest": 0.01},
    "AGC": {"clip": CLIP},
    "accumulated": {"clip": CLIP, "micro_batches": 4},
    "SAM": {"clip": CLIP, "rho": 0.05},
    "SAM on a fifth of the batch": {"clip": CLIP, "rho": 0.05, "share": 0.2},
    "SAM of each half": {"clip": CLIP, "rho": 0.05, "micro_batches": 2},
    "ASAM": {"clip": CLIP, "rho": 0.5, "adaptive": True},
}


class MaskedNet(Net):
    seed = None

    def masked(self, layer, rate, shape):
        return torch.from_numpy(mask(self.seed, layer, rate, shape))

    def dropout(self, x):
        return x if self.seed is None else x * self.masked("dropout", DROP_RATE, tuple(x.shape)) / (1 - DROP_RATE)

    def stochastic_depth(self, index, branch):
        rate = STOCHASTIC_DEPTH_RATE * index / sum(self.config["depths"])
        if self.seed is None or rate == 0:
            return branch
        return branch * self.masked(f"nf_block_{index}/stochastic_depth", rate, (len(branch), 1, 1, 1))


def batch_of(name):
    """Images of a class have its pattern in them."""
    labels = ((golden_values(f"labels {name}", (BATCH,)) + 1) / 2 * CLASSES).astype(int)
    patterns = golden_values("patterns", (CLASSES, SIDE, SIDE, 3))
    images = golden_values(f"images {name}", (BATCH, SIDE, SIDE, 3)) + patterns[labels]
    return torch.from_numpy(images).permute(0, 3, 1, 2), torch.from_numpy(labels)


def learning_rate(step, highest):
    if step <= WARMUP:
        return highest * step / WARMUP
    return highest / 2 * (1 + math.cos(math.pi * (step - WARMUP) / (STEPS - WARMUP)))


class Run:
    def __init__(self, highest=0.02, clip=None, micro_batches=1, rho=None, share=1.0, adaptive=False):
        self.clip, self.micro_batches, self.rho, self.share, self.adaptive = clip, micro_batches, rho, share, adaptive
        self.highest = highest
        self.net = MaskedNet(NET)
        self.net.forward(batch_of(0)[0])
        self.weights = self.net.weights
        self.momenta = {name: torch.zeros_like(weight) for name, weight in self.weights.items()}
        self.averages = {name: weight.detach().clone() for name, weight in self.weights.items()}

    def loss(self, images, labels, seed, smoothing):
        self.net.seed = seed
        targets = torch.nn.functional.one_hot(labels, CLASSES) * (1 - smoothing) + smoothing / CLASSES
        return -(targets * torch.log_softmax(self.net.forward(images), -1)).sum(-1).mean()

    def gradients(self, images, labels, seed):
        loss = self.loss(images, labels, seed, SMOOTHING)
        return loss.item(), torch.autograd.grad(loss, list(self.weights.values()))

    def part(self, images, labels, seed):
        """Loss and gradients of a part of the batch, by SAM where there is a radius."""
        if self.rho is None:
            return self.gradients(images, labels, seed)
        count = round(len(images) * self.share)
        loss, ascent = self.gradients(images[:count], labels[:count], seed)
        start = [weight.detach().clone() for weight in self.weights.values()]
        sizes = [weight.abs() if self.adaptive else torch.ones_like(weight) for weight in start]
        norm = sum((size * gradient).square().sum() for size, gradient in zip(sizes, ascent)).sqrt()
        with torch.no_grad():
            for weight, size, gradient in zip(self.weights.values(), sizes, ascent):
                weight += self.rho * size**2 * gradient / norm
        loss_above, descent = self.gradients(images, labels, seed)
        with torch.no_grad():
            for weight, value in zip(self.weights.values(), start):
                weight.copy_(value)
        return (loss if self.share == 1 else loss_above), descent

    def step(self, t):
        images, labels = batch_of(t)
        seed = run_seed(SEED, "masks", t)
        size = BATCH // self.micro_batches
        parts = [
            self.part(
                images[i * size : (i + 1) * size],
                labels[i * size : (i + 1) * size],
                seed if self.micro_batches == 1 else run_seed(seed, "part", i),
            )
            for i in range(self.micro_batches)
        ]
        gradients = [sum(each) / len(parts) for each in zip(*(gradients for _, gradients in parts))]
        with torch.no_grad():
            for (name, weight), gradient in zip(self.weights.items(), gradients):
                if self.clip is not None and name != "NFNet/~/linear/w":
                    gradient = clip(weight, gradient, -1, self.clip)
                if weight.ndim >= 2:
                    gradient = gradient + WEIGHT_DECAY * weight
                momentum = self.momenta[name].mul_(MOMENTUM).add_(gradient)
                weight -= learning_rate(t, self.highest) * (gradient + MOMENTUM * momentum)
                decay = min(EMA_DECAY, (1 + t) / (10 + t))
                self.averages[name].mul_(decay).add_(weight, alpha=1 - decay)
        return sum(loss for loss, _ in parts) / len(parts)

    @torch.no_grad()
    def evaluate(self):
        """Loss of a batch of its own, by the averages."""
        kept = {name: weight.clone() for name, weight in self.weights.items()}
        for name, weight in self.weights.items():
            weight.copy_(self.averages[name])
        loss = self.loss(*batch_of("evaluation"), None, 0).item()
        for name, weight in self.weights.items():
            weight.copy_(kept[name])
        return loss


def record(options):
    run = Run(**options)
    losses, averages = [], []
    for t in range(STEPS):
        losses.append(run.step(t))
        if (t + 1) % EVALUATED_EVERY == 0:
            averages.append(run.evaluate())
    return {"losses": losses, "averages": averages}


if __name__ == "__main__":
    torch.set_num_threads(1)
    fixture = {name: record(options) for name, options in RUNS.items()}
    for name, run in fixture.items():
        print(name, *(f"{loss:.4f}" for loss in run["losses"][::25] + run["averages"][-1:]))
    rounded = {
        name: {key: [float(f"{value:.8g}") for value in values] for key, values in run.items()} for name, run in fixture.items()
    }
    path = ROOT / "packages/trainer/src/loop/__fixtures__/training-runs.json"
    path.write_text(json.dumps(rounded, allow_nan=False) + "\n")
