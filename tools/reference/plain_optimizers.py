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
