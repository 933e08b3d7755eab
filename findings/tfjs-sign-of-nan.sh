#!/usr/bin/env bash
# tf.sign of NaN is 0 on the cpu backend of TensorFlow.js, while its other elementwise functions, relu and step among them, keep NaN.
#
# Package: @tensorflow/tfjs-backend-cpu 4.22.0 (and @tensorflow/tfjs-core of the same version).
# Expected: NaN, as TensorFlow and NumPy have it, and as tf.relu, tf.step, tf.abs and tf.clipByValue give on the same backend.
# Seen: 0.
# Why it matters here: an update by the sign of a gradient (Lion, signSGD) whose gradient has broken moves nothing any more, without a NaN
# anywhere: the network looks as if it had converged. What is to be found by NaN must not go through tf.sign.
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

const x = tf.tensor1d([Number.NaN]);
const of = (f) => f(x).dataSync()[0];
console.log('tfjs-core', tf.version_core, 'on', tf.getBackend());
console.log('sign:', of(tf.sign));
console.log('relu, step, abs, clipByValue:', of(tf.relu), of(tf.step), of(tf.abs), of((x) => tf.clipByValue(x, 0, 1)));
process.exitCode = of(tf.sign) === 0 && Number.isNaN(of(tf.step)) ? 0 : 1;
JS
node seen.mjs
