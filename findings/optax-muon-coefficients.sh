#!/usr/bin/env bash
# optax's Muon compares the number of Newton-Schulz coefficients with `ns_steps` the wrong way round.
#
# Package: optax 0.2.8 (`optax.contrib.muon`), with jax 0.10.2.
# Expected: with the five triples of the preset `dion`, 3 steps take three of them, as the line after the comparison means to, and 8 steps are
# refused with "Not enough coeffs to perform 8 steps", which is its message. The documentation lists the presets as `muon` and `dion`.
# Seen: 3 steps are refused with "Not enough coeffs to perform 3 steps", of which there are five; 8 steps are taken for five without a word, the
# same numbers as with `ns_steps=5`; and the preset `muon` is unknown (it is `standard`).
# Why it matters here: `muon` of @nfnets/optimizers is compared with it, at five steps alone; ours takes fewer from the front and repeats the last.
#
# Exits with 0 while this is so, with 1 when it no longer is.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q optax==0.2.8 jax==0.10.2
"$work/venv/bin/python" - <<'PY'
import jax
import optax
from optax.contrib import muon

print("optax", optax.__version__, "jax", jax.__version__)
weights = {"kernel": jax.numpy.array([[1.0, 2.0], [3.0, -1.0]])}


def update(**options):
    """The step of one gradient, or why there is none."""
    try:
        optimizer = muon(1.0, **options)
        return optimizer.update(weights, optimizer.init(weights), weights)[0]["kernel"].tolist()
    except ValueError as error:
        return str(error)


few, five, many = (update(ns_coeffs="dion", ns_steps=steps) for steps in (3, 5, 8))
named = update(ns_coeffs="muon")
print("3 steps:", few)
print("5 steps:", five)
print("8 steps:", many)
print("preset muon:", named)
is_so = few == "Not enough coeffs to perform 3 steps" and many == five and "Unknown" in str(named)
raise SystemExit(0 if is_so else 1)
PY
