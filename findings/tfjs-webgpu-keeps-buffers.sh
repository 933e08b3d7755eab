#!/usr/bin/env bash
# The webgpu backend of TensorFlow.js never gives memory back to the device: the buffer of a disposed tensor waits for a tensor of exactly its size.
#
# Packages: @tensorflow/tfjs-backend-webgpu 4.22.0 (and @tensorflow/tfjs-core of the same version), webgpu 0.6.2 (Dawn in Node; its null device, so that no
# graphics card is needed).
# Expected: what waits is bounded, or a tensor takes the smallest buffer that it fits in.
# Seen: 200 tensors of 200 sizes around 0.25 MB, each disposed before the next, leave 50 MB allocated; 200 other sizes 100 MB. `tf.memory().numBytesInGPU`
# counts only what is used, and is 0.
# Why it matters here: every new size of batches or images (a smaller last batch, progressive resizing) costs the memory of a whole step once more, until the
# device runs out of it; only a new backend frees it. A plan that reuses buffers by lifetime must not take them from this pool.
#
# Exits with 0 while this is so, with 1 when it no longer is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-webgpu@4.22.0 webgpu@0.6.2
cat >seen.mjs <<'JS'
import { create, globals } from 'webgpu';

Object.assign(globalThis, globals);
const navigator = { userAgent: 'Node.js', gpu: create(['backend=null']) };
Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
const tf = await import('@tensorflow/tfjs-core');
await import('@tensorflow/tfjs-backend-webgpu');
await tf.setBackend('webgpu');
// A disposed tensor is released when the commands that use it are submitted.
tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', 1);

const MB = 2 ** 20;
function allocatedAfter(firstSize) {
  for (let i = 0; i < 200; i++) tf.fill([firstSize + i], 1).dispose();
  return Math.round(tf.memory().numBytesAllocatedInGPU / MB);
}
const once = allocatedAfter(MB / 16);
const twice = allocatedAfter(MB / 16 + 200);
const again = allocatedAfter(MB / 16 + 200);
const used = tf.memory().numBytesInGPU / MB;
console.log('tfjs-core', tf.version_core, 'on', tf.getBackend());
console.log(`MB allocated: ${once} after 200 sizes, ${twice} after 200 others, ${again} after the same once more; in use: ${used}`);
process.exit(once === 50 && twice === 100 && again === 100 && used === 0 ? 0 : 1);
JS
node seen.mjs
