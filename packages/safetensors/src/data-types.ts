/** Bytes per element of what a weight file may hold, by safetensors' names. Elements of 4 and 6 bits lie packed. */
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
  C64: 8,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  F8_E4M3FNUZ: 1,
  F8_E5M2FNUZ: 1,
  F6_E2M3: 0.75,
  F6_E3M2: 0.75,
  F4: 0.5,
} as const;

export type DataType = keyof typeof ELEMENT_SIZE;

/** Those that become float32 values; the values of F64 are rounded. */
export const FLOAT_TYPES = ['F32', 'F16', 'BF16', 'F64'] as const;

/** What a type that the format gets later may be called. */
const TYPE_NAME = /^[A-Z][A-Z0-9_]{0,31}$/;

export function isDataType(name: unknown): name is DataType {
  return typeof name === 'string' && Object.hasOwn(ELEMENT_SIZE, name);
}

/** Whether `name` is that of a type, known or not. */
export function isTypeName(name: unknown): name is string {
  return typeof name === 'string' && TYPE_NAME.test(name);
}
