export { type ByteRange, type ByteSource, blobSource, bytesSource, joinedSource } from './byte-source.js';
export { type DataType, ELEMENT_SIZE } from './data-types.js';
export { fileSource } from './file-source.js';
export { floatValues, toFloat16 } from './float-values.js';
export { type OpenSafetensors, openSafetensors } from './open-safetensors.js';
export { readSafetensors, type SafetensorsFile } from './read-safetensors.js';
export { safetensorsHeader, type TensorEntry } from './safetensors-header.js';
export { Scratch } from './scratch.js';
export {
  assertReadable,
  byteLength,
  type ContiguousTensor,
  contiguousTensor,
  elementCount,
  type StoredTensor,
  show,
} from './stored-tensor.js';
export { TensorFileError } from './tensor-file-error.js';
export {
  safetensorsChunks,
  type TensorToWrite,
  type WriteSafetensorsOptions,
  writeSafetensors,
} from './write-safetensors.js';
