"""A training step of the three-block net in JAX with optax's clipping, jitted: `jax_step.py SETUP`."""

import json
import sys

from lines import answer_questions, give_up

try:
    import jax
    import optax
except ImportError as error:
    give_up(error)

from jax import lax, nn
from jax import numpy as jnp
from tensor_file import read_tensor_file

SILU_GAMMA = 1.7881293296813965
setup = json.loads(sys.argv[1])
weights = {name: jnp.asarray(values) for name, values in read_tensor_file(f"{setup['folder']}/weights")}
_, images = next(read_tensor_file(f"{setup['folder']}/images"))
images = jnp.asarray(images)
labels = jnp.arange(images.shape[0]) % 10


def conv(weights, name, x, stride=1):
    kernel, gain, bias = (weights[f"{name}/{weight}"] for weight in ("kernel", "gain", "bias"))
    centred = kernel - kernel.mean((0, 1, 2))
    scale = gain * lax.rsqrt(jnp.maximum(jnp.square(centred).sum((0, 1, 2)), 1e-4))
    layout = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(x, centred * scale, (stride, stride), "SAME", dimension_numbers=layout) + bias


def activate(x):
    return SILU_GAMMA * nn.silu(x)


def halve(x):
    def window_sum(each):
        return lax.reduce_window(each, 0.0, lax.add, (1, 2, 2, 1), (1, 2, 2, 1), "SAME")

    return window_sum(x) / window_sum(jnp.ones((1, *x.shape[1:3], 1)))


def loss_of(weights):
    x = conv(weights, "stem", images, 2)
    for name, stride in (("block0", 1), ("block1", 2), ("block2", 2)):
        start = activate(x)
        branch = conv(weights, f"{name}/conv1", activate(conv(weights, f"{name}/conv0", start)), stride)
        branch = conv(weights, f"{name}/conv1b", activate(branch))
        branch = conv(weights, f"{name}/conv2", activate(branch))
        shortcut = conv(weights, f"{name}/conv_shortcut", start if stride == 1 else halve(start))
        x = 0.2 * weights[f"{name}/skip_gain/gain"] * branch + shortcut
    logits = activate(x).mean((1, 2)) @ weights["linear/kernel"] + weights["linear/bias"]
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()


def stepper(*transforms):
    optimizer = optax.chain(*transforms, optax.trace(0.9, nesterov=True))

    @jax.jit
    def update(weights, state, learning_rate):
        loss, gradients = jax.value_and_grad(loss_of)(weights)
        directions, state = optimizer.update(gradients, state, weights)
        return loss, jax.tree.map(lambda weight, each: weight - learning_rate * each, weights, directions), state

    now = [weights, optimizer.init(weights)]

    def step(learning_rate):
        loss, *now[:] = update(*now, learning_rate)
        return loss.item()

    return step


mask = {name: not name.startswith("linear/") for name in weights}
clipping = optax.masked(optax.adaptive_grad_clip(setup["clipFactor"]), mask)
answer_questions(f"JAX {jax.__version__}, optax {optax.__version__}", stepper(clipping), stepper())
