// Trains on two threads, and says how many there were and what came out.
import { setThreads } from '@nfnets/wasm-training';
import * as tf from '@tensorflow/tfjs';

const choice = await setThreads(2);
await tf.setBackend('wasm');
const x = tf.reshape(tf.sin(tf.range(0, 8 * 28 * 28 * 16)), [8, 28, 28, 16]);
const filter = tf.reshape(tf.cos(tf.range(0, 9 * 16 * 32)), [3, 3, 16, 32]);
const [dx, dfilter] = tf.grads((x, filter) => tf.square(tf.conv2d(x, filter, 1, 'same')))([x, filter]);
const norms = [dx, dfilter].map((gradient) => tf.norm(gradient).dataSync()[0]);
console.log(JSON.stringify({ choice, norms }));
