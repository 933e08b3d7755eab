"""Optimizers written from their papers, one weight at a time, for float64: where torch, timm and optax have none, or none in float64."""

import torch


class StableAdamW(torch.optim.Optimizer):
    """Wortsman et al. 2023 (arXiv 2304.13013), algorithm 2: means by betas that grow, instead of a correction after the fact."""

    def __init__(self, groups, lr, betas=(0.9, 0.99), eps=1e-6):
        super().__init__(groups, {"lr": lr, "weight_decay": 0})
        self.betas, self.eps, self.steps = betas, eps, 0

    @torch.no_grad()
    def step(self):
        self.steps += 1
        beta1, beta2 = (beta * (1 - beta ** (self.steps - 1)) / (1 - beta**self.steps) for beta in self.betas)
        for group in self.param_groups:
            for weight in group["params"]:
                state, gradient = self.state[weight], weight.grad
                zero = torch.zeros_like(weight)
                state["v"] = beta1 * state.get("v", zero) + (1 - beta1) * gradient
                state["u"] = beta2 * state.get("u", zero) + (1 - beta2) * gradient**2
                rms = (gradient**2 / state["u"].clamp(min=self.eps**2)).mean().sqrt().item()
                rate = group["lr"] / max(1, rms)
                step = state["v"] / (state["u"].sqrt() + self.eps)
                weight.copy_(weight - rate * group["weight_decay"] * weight - rate * step)


# Jordan's, and those of Amsel et al. 2025 to nine digits, as the package has them.
QUINTICS = {
    "original": [(3.4445, -4.775, 2.0315)],
    "polarExpress": [
        (8.23731249, -23.15774741, 16.68056841),
        (4.082442, -2.893047735, 0.525284926),
        (3.926347992, -2.854746803, 0.531802242),
        (3.298218713, -2.424541981, 0.486320084),
        (2.297036943, -1.636625581, 0.400262846),
        (1.876380535, -1.234789658, 0.358918875),
        (1.856442349, -1.213244988, 0.356800349),
        (1.875, -1.25, 0.375),
    ],
}


class Muon(torch.optim.Optimizer):
    """kellerjordan.github.io/posts/muon: of weights [..., in, out], each `[in, out]` or all of them as one matrix.

    The steps are made of singular values, which is what Newton-Schulz comes to: no product of matrices is shared with it.
    """

    def __init__(self, groups, lr, momentum=0.95, nesterov=True, quintics="original", steps=5, batched=False, rms=False):
        super().__init__(groups, {"lr": lr, "weight_decay": 0})
        self.momentum, self.nesterov, self.batched, self.rms = momentum, nesterov, batched, rms
        listed = QUINTICS[quintics]
        self.quintics = [listed[min(i, len(listed) - 1)] for i in range(steps)]

    def orthogonalized(self, matrix):
        left, values, right = torch.linalg.svd(matrix, full_matrices=False)
        values = values / matrix.norm()
        for a, b, c in self.quintics:
            values = a * values + b * values**3 + c * values**5
        rows, columns = matrix.shape
        scale = 0.2 * max(rows, columns) ** 0.5 if self.rms else max(1, columns / rows) ** 0.5
        return scale * (left * values) @ right

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for weight in group["params"]:
                state = self.state[weight]
                state["m"] = self.momentum * state.get("m", torch.zeros_like(weight)) + weight.grad
                moved = weight.grad + self.momentum * state["m"] if self.nesterov else state["m"]
                shape = weight.shape if self.batched else (-1, weight.shape[-1])
                matrices = moved.reshape(-1, *moved.reshape(shape).shape[-2:])
                step = torch.stack([self.orthogonalized(each) for each in matrices]) / len(matrices) ** 0.5
                weight.copy_((1 - group["lr"] * group["weight_decay"]) * weight - group["lr"] * step.reshape(weight.shape))
