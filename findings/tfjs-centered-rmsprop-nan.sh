#!/usr/bin/env bash
# tf.train.rmsprop with `centered` makes NaN of a weight whose gradient stays the same for some steps: its epsilon is on the wrong side.
#
# Package: @tensorflow/tfjs-core 4.22.0 (and @tensorflow/tfjs-backend-cpu of the same version).
# Expected: a step of rate * gradient / sqrt(variance + epsilon), as TensorFlow's centered RMSProp has it (torch adds epsilon to the root). The
# variance, mean of the squares less square of the mean, goes to 0 where a gradient is constant, and epsilon keeps the root away from it.
# Seen: tfjs takes epsilon off the variance, sqrt(mean of squares - (mean ^ 2 + epsilon)): of a variance below epsilon that is NaN, and so is
# the weight from then on.
# Why it matters here: a NaN of the optimizer's looks like a run that diverged, whatever its gradients are clipped to. Compiled steps are
# compared with this optimizer without `centered` only.
#
# Exits with 0 while this is so, with 1 when it no longer is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0
cat >seen.mjs <<'JS'
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

/** The step at which the weight is NaN: its gradient is 1 each time. */
function firstNaN(centered) {
  const weight = tf.variable(tf.scalar(1));
  const optimizer = tf.train.rmsprop(0.01, 0.9, 0, 1e-3, centered);
  for (let step = 1; step <= 200; step++) {
    optimizer.applyGradients({ [weight.name]: tf.scalar(1) });
    if (Number.isNaN(weight.dataSync()[0])) return step;
  }
  return undefined;
}
const [centered, plain] = [firstNaN(true), firstNaN(false)];
console.log('tfjs-core', tf.version_core, 'on', tf.getBackend());
console.log('NaN at step: centered', centered, ', not centered', plain);
process.exitCode = centered !== undefined && plain === undefined ? 0 : 1;
JS
node seen.mjs
