#!/usr/bin/env bash
# tf.loadLayersModel hands the constructor of a layer an option that getConfig did not write and no documentation names:
# `customObjects`, set on the config object itself.
#
# Package: @tensorflow/tfjs-layers 4.22.0 (and @tensorflow/tfjs-core, @tensorflow/tfjs-backend-cpu of the same version).
# Expected: a layer's constructor gets, through fromConfig, the config that getConfig returned when the model was saved.
# Seen: the config has one more key, `customObjects: {}`, beside those written (name, trainable, strength).
# Why it matters here: a layer that refuses options it does not know, so that a misspelt one is not ignored, cannot be loaded from its
# own saved model unless it knows this name too.
#
# Exits with 0 while this is so, with 1 when it no longer is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-layers@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0
cat >seen.mjs <<'JS'
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

const got = [];
class Scale extends tfl.layers.Layer {
  static className = 'Scale';
  constructor(args) {
    super(args);
    got.push(Object.keys(args).sort());
    this.strength = args.strength;
  }
  call(inputs) {
    return tf.mul(Array.isArray(inputs) ? inputs[0] : inputs, this.strength);
  }
  computeOutputShape(shape) {
    return shape;
  }
  getConfig() {
    return { ...super.getConfig(), strength: this.strength };
  }
}
tf.serialization.registerClass(Scale);

const input = tfl.input({ shape: [2] });
const layer = new Scale({ strength: 3, name: 'scale' });
const model = tfl.model({ inputs: input, outputs: layer.apply(input) });
const written = Object.keys(layer.getConfig()).sort();
let artifacts;
await model.save(tf.io.withSaveHandler(async (saved) => {
  artifacts = saved;
  return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
}));
await tfl.loadLayersModel(tf.io.fromMemory(artifacts));
console.log('tfjs-layers', tfl.version_layers);
console.log('written by getConfig:     ', written.join(', '));
console.log('given to the constructor: ', got.at(-1).join(', '));
process.exitCode = got.at(-1).includes('customObjects') && !written.includes('customObjects') ? 0 : 1;
JS
node seen.mjs
