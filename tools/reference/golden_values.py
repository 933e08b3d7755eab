"""The values that both sides of a comparison make by name: those of goldenValues in tools/testing."""

import numpy as np


def fnv1a(text: str) -> int:
    value = 0x811C9DC5
    for byte in text.encode("ascii"):
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def golden_values(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Uniform in [-1, 1), in row-major order: mulberry32 seeded by the FNV-1a hash of the name, rounded to float32."""
    count = int(np.prod(shape, dtype=np.int64))
    steps = np.arange(1, count + 1, dtype=np.uint64)
    state = ((fnv1a(name) + steps * 0x6D2B79F5) & 0xFFFFFFFF).astype(np.uint32)
    with np.errstate(over="ignore"):
        t = (state ^ (state >> np.uint32(15))) * (state | np.uint32(1))
        t = (t + (t ^ (t >> np.uint32(7))) * (t | np.uint32(61))) ^ t
        t = t ^ (t >> np.uint32(14))
    u = 2 * (t.astype(np.float64) / 2**32) - 1
    return u.astype(np.float32).astype(np.float64).reshape(shape)


def golden_weight(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Values of a weight by its published name: of a size that lets every part of a network act."""
    u = golden_values(name, shape)
    last = name.replace("/", ".").split(".")[-1]
    if last in ("gain", "skip_gain", "skipinit_gain"):
        return np.asarray(1 + 0.1 * u)
    if last in ("bias", "b"):
        return 0.05 * u
    if "squeeze_excite" in name or ".attn" in name:
        return u
    return 0.1 * u
