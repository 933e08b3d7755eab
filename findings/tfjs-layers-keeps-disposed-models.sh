#!/usr/bin/env bash
# The weights of disposed models stay in memory as objects: tfjs-layers keeps the sorted layers of up to 100 models that ran.
#
# Package: @tensorflow/tfjs-layers 4.22.0 (with @tensorflow/tfjs-core and @tensorflow/tfjs-backend-cpu of the same version).
# Expected: after `model.dispose()`, and when nobody holds the model any more, its layers and variables can be collected.
# Seen: the executor's cache of orders, whose keys are the names of what is fetched and fed, has the symbolic tensors of each model that ran,
# with them its layers and their disposed variables. Names are numbered over the process, so every new model is another entry; the oldest go
# from the 101st on. With the flag TOPOLOGICAL_SORT_CACHE_MAX_ENTRIES at 1 they are collected.
# Why it matters here: a page or a process that builds a net for each run of a map grows by a net's objects a run. Values are freed either way.
#
# Exits with 0 while this is so, with 1 when it no longer is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-layers@4.22.0 \
  @tensorflow/tfjs-backend-cpu@4.22.0
cat >seen.mjs <<'JS'
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

/** Builds a model, runs it once and disposes it; a weak reference to its kernel. */
function runAndDispose() {
  const model = layers.sequential({ layers: [layers.layers.dense({ units: 4, inputShape: [3] })] });
  tf.tidy(() => {
    model.predict(tf.ones([2, 3]));
  });
  const kernel = new WeakRef(model.weights[0].read());
  model.dispose();
  return kernel;
}

/** How many kernels of ten such models are still there after a collection. */
async function alive() {
  const kernels = Array.from({ length: 10 }, runAndDispose);
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    globalThis.gc();
  }
  return kernels.filter((kernel) => kernel.deref() !== undefined).length;
}
const kept = await alive();
tf.env().set('TOPOLOGICAL_SORT_CACHE_MAX_ENTRIES', 1);
const keptBySmallCache = await alive();
console.log('tfjs-layers', layers.version_layers, 'on', tf.getBackend(), '; tensors left:', tf.memory().numTensors);
console.log('kernels of 10 disposed models still there:', kept, '; with a cache of one entry:', keptBySmallCache);
process.exitCode = kept === 10 && keptBySmallCache <= 2 ? 0 : 1;
JS
node --expose-gc seen.mjs
