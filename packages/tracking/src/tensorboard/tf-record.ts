import { joinBytes } from './bytes.js';
import { crc32c } from './crc32c.js';

/**
 * Frames data as a record of a TFRecord file: length (uint64), its checksum, the data, their checksum, all little-endian.
 *
 * The checksums are masked as TensorFlow masks them: rotated right by 15 bits, plus 0xa282ead8.
 */
export function tfRecord(data: Uint8Array): Uint8Array {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(data.length), true);
  return joinBytes([length, maskedChecksum(length), data, maskedChecksum(data)]);
}

function maskedChecksum(bytes: Uint8Array): Uint8Array {
  const crc = crc32c(bytes);
  const masked = new Uint8Array(4);
  new DataView(masked.buffer).setUint32(0, ((crc >>> 15) | (crc << 17)) + 0xa282ead8, true);
  return masked;
}
