"""The random masks that a run of ours has, from its seed: the generator of tfjs's `randomUniform`, and our two derivations of seeds."""

import json

import numpy as np
from golden_values import fnv1a

M32 = 0xFFFFFFFF


def multiply(a: int, b: int) -> int:
    return (a * b) & M32


def run_seed(seed: int, *parts: str | int) -> int:
    """`deriveSeed(seed, ...parts)` of packages/data: of a step's masks, of a part of its batch."""
    value = fnv1a(json.dumps([seed, *parts], separators=(",", ":")))
    value = multiply(value ^ (value >> 16), 0x85EBCA6B)
    value = multiply(value ^ (value >> 13), 0xC2B2AE35)
    return (value ^ (value >> 16)) & 0x7FFFFFFF or 1


def layer_seed(seed: int, layer: str) -> int:
    """`deriveSeed(seed, layer)` of packages/nf-blocks."""
    value = fnv1a(f"{seed}/{layer}")
    value = multiply(value ^ (value >> 16), 0x85EBCA6B)
    return (value ^ (value >> 13)) & 0x7FFFFFFF or 1


def alea(seed: int, count: int) -> np.ndarray:
    """Uniform numbers in [0, 1) by Johannes Baagøe's Alea, seeded by the digits of `seed`."""
    n = float(0xEFC8249D)

    def mash(text: str) -> float:
        nonlocal n
        for character in text:
            n += ord(character)
            h = 0.02519603282416938 * n
            n = float(int(h) & M32)
            h = (h - n) * n
            n = float(int(h) & M32)
            n += (h - n) * 2.0**32
        return (int(n) & M32) * 2.0**-32

    state = [mash(" ") for _ in range(3)]
    for i in range(3):
        state[i] -= mash(str(seed))
        if state[i] < 0:
            state[i] += 1
    carry, numbers = 1, np.empty(count)
    for i in range(count):
        t = 2091639 * state[0] + carry * 2.0**-32
        carry = int(t)
        state = [state[1], state[2], t - carry]
        numbers[i] = state[2]
    return numbers


def mask(seed: int, layer: str, rate: float, shape: tuple[int, ...]) -> np.ndarray:
    """Ones and zeros of a layer's mask in the call with this seed, one with probability `1 - rate`."""
    u = alea(layer_seed(seed, layer), int(np.prod(shape))).astype(np.float32)
    return np.floor(u + np.float32(1 - rate)).astype(np.float64).reshape(shape)
