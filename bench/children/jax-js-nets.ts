import { GAMMA } from '@nfnets/nf-blocks';
import type { NetName } from '../nets/nets.js';
import type { JaxArray, JaxJs } from './jax-js.js';

/** By our names; kernels of convolutions `[out, in / groups, height, width]`. */
export type JaxWeights = Readonly<Record<string, JaxArray>>;

/** Logits of images `[batch, channels, height, width]`; both are used up. */
export type JaxNet = (weights: JaxWeights, images: JaxArray) => JaxArray;

/** The nets that jax-js can express here. */
export function jaxNet(jax: JaxJs, net: NetName): JaxNet | undefined {
  if (net === 'convnet') return convnet(jax);
  return net === 'nfnet-digits' ? nfnetDigits(jax) : undefined;
}

function convnet({ numpy: np, lax, nn }: JaxJs): JaxNet {
  const pool = (x: JaxArray) => lax.reduceWindow(x, (window) => np.max(window), [2, 2], [2, 2]);
  return (weights, images) => {
    const conv = (name: string, x: JaxArray) =>
      nn.relu(
        lax
          .convGeneralDilated(x, weights[`${name}/kernel`]!, [1, 1], 'VALID')
          .add(weights[`${name}/bias`]!.reshape([-1, 1, 1])),
      );
    const dense = (name: string, x: JaxArray) => np.matmul(x, weights[`${name}/kernel`]!).add(weights[`${name}/bias`]!);
    const x = conv('conv2', pool(conv('conv1', pool(conv('conv0', images)))));
    // Ours has the channels last.
    const flat = x.transpose([0, 2, 3, 1]).reshape([x.shape[0]!, -1]);
    return dense('linear', nn.relu(dense('dense', flat)));
  };
}

/** Name, output channels and the factor before the first convolutions. */
const BLOCKS = [
  ['nf_block_0', 32, 1],
  ['nf_block_1', 64, 1 / Math.sqrt(1.04)],
  ['nf_block_2', 128, 1 / Math.sqrt(1.04)],
] as const;

const FAN_IN = [1, 2, 3];
const PIXELS = [2, 3];

function nfnetDigits({ numpy: np, lax, nn }: JaxJs): JaxNet {
  const halve = (x: JaxArray) => {
    const [height, width] = x.shape.slice(2) as [number, number];
    const [bottom, right] = [height % 2, width % 2];
    const sum = (each: JaxArray) => lax.reduceWindow(each, (window) => window.sum(), [2, 2], [2, 2]);
    if (bottom + right === 0) return sum(x).mul(0.25);
    const padded = np.pad(x, [
      [0, 0],
      [0, 0],
      [0, bottom],
      [0, right],
    ]);
    return sum(padded).mul(np.array(pixelShares(height, width)).reshape([Math.ceil(height / 2), Math.ceil(width / 2)]));
  };
  return (weights, images) => {
    // The factor of what comes before, as that of its activation, is cheapest here.
    const conv = (name: string, x: JaxArray, factor: number, stride = 1, groups = 1) => {
      const kernel = weights[`${name}/kernel`]!;
      const centred = kernel.ref.sub(kernel.mean(FAN_IN, { keepdims: true }));
      const squaredSum = np.square(centred.ref).sum(FAN_IN, { keepdims: true });
      const gain = weights[`${name}/gain`]!.reshape([-1, 1, 1, 1]).mul(factor);
      const scaled = centred.mul(gain.div(np.sqrt(np.maximum(squaredSum, 1e-4))));
      return lax
        .convGeneralDilated(x, scaled, [stride, stride], 'SAME', { featureGroupCount: groups })
        .add(weights[`${name}/bias`]!.reshape([-1, 1, 1]));
    };
    const dense = (name: string, x: JaxArray, prefix = '') =>
      np.matmul(x, weights[`${name}/${prefix}kernel`]!).add(weights[`${name}/${prefix}bias`]!);

    let x = conv('stem_conv0', images, 1, 2);
    for (const [name, channels, beta] of BLOCKS) {
      const groups = channels / 32;
      const start = nn.relu(x);
      const shortcut = conv(`${name}/conv_shortcut`, halve(start.ref), beta * GAMMA.relu);
      let branch = conv(`${name}/conv0`, start, beta * GAMMA.relu);
      branch = conv(`${name}/conv1`, nn.relu(branch), GAMMA.relu, 2, groups);
      branch = conv(`${name}/conv1b`, nn.relu(branch), GAMMA.relu, 1, groups);
      branch = conv(`${name}/conv2`, nn.relu(branch), GAMMA.relu);
      const hidden = nn.relu(dense(`${name}/squeeze_excite`, branch.ref.mean(PIXELS), 'reduce_'));
      const scale = nn.sigmoid(dense(`${name}/squeeze_excite`, hidden, 'expand_')).mul(2 * 0.2);
      const share = scale.mul(weights[`${name}/skip_gain/gain`]!).reshape([-1, channels, 1, 1]);
      x = branch.mul(share).add(shortcut);
    }
    const features = nn.relu(conv('final_conv', x, 1)).mean(PIXELS);
    return dense('linear', features.mul(GAMMA.relu));
  };
}

/** 1 / the real pixels of each window of 2 x 2. */
function pixelShares(height: number, width: number): Float32Array {
  const along = (size: number) => Array.from({ length: Math.ceil(size / 2) }, (_, i) => (2 * i + 1 < size ? 0.5 : 1));
  const columns = along(width);
  return Float32Array.from(along(height).flatMap((row) => columns.map((column) => row * column)));
}
