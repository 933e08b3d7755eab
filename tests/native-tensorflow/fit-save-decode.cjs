// What a program does with tfjs-node: trains, saves, loads and reads images. `exercise(tf, folder)` resolves to what came of it.
const { join } = require('node:path');
const { deflateSync } = require('node:zlib');

exports.exercise = async (tf, folder) => {
  const layer = tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'zeros' });
  const model = tf.sequential({ layers: [layer] });
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
  // y = 2 x + 1
  const [x, y] = [tf.tensor2d([[0], [1], [2], [3]]), tf.tensor2d([[1], [3], [5], [7]])];
  const { history } = await model.fit(x, y, { epochs: 200, batchSize: 4, verbose: 0 });

  const url = `file://${join(folder, 'model')}`;
  await model.save(url);
  const loaded = await tf.loadLayersModel(`${url}/model.json`);
  const predict = (network) => network.predict(tf.tensor2d([[10]])).dataSync()[0];

  const pixels = [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7];
  const png = tf.node.decodeImage(encodePng(2, 2, pixels));
  const jpeg = tf.node.decodeImage(await tf.node.encodeJpeg(tf.fill([8, 8, 3], 100, 'int32')));
  return {
    node: process.versions.node,
    losses: [history.loss[0], history.loss.at(-1)],
    predicted: predict(model),
    predictedByLoaded: predict(loaded),
    png: { shape: png.shape, values: [...png.dataSync()] },
    jpeg: { shape: jpeg.shape, values: [...new Set(jpeg.dataSync())] },
    topTwo: [...tf.topk(tf.tensor1d([1, 3, 2]), 2).indices.dataSync()],
  };
};

/** A PNG of 8-bit RGB, as its specification has it: a signature, and chunks with a checksum. */
function encodePng(width, height, rgb) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const rows = Array.from({ length: height }, (_, row) => [0, ...rgb.slice(row * width * 3, (row + 1) * width * 3)]);
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const size = Buffer.alloc(4);
    size.writeUInt32BE(data.length);
    const check = Buffer.alloc(4);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([size, body, check]);
  };
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  const image = deflateSync(Buffer.from(rows.flat()));
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', image), chunk('IEND', Buffer.alloc(0))]);
}

function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
