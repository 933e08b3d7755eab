/** Bytes per element of what a weight file may hold, by safetensors' names. */
export const ELEMENT_SIZE = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
} as const;

export type DataType = keyof typeof ELEMENT_SIZE;

/** Those that become float32 values. */
export const FLOAT_TYPES = ['F32', 'F16', 'BF16'] as const;
