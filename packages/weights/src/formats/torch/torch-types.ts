/** How the elements of a tensor lie in a checkpoint of torch. */
export interface ElementType {
  /** By safetensors' name, where it has one. */
  readonly dtype: string;
  readonly bytes: number;
}

const type = (dtype: string, bytes: number): ElementType => ({ dtype, bytes });

/** By torch's name of the type. */
export const TORCH_TYPES: Readonly<Record<string, ElementType>> = {
  float64: type('F64', 8),
  float32: type('F32', 4),
  float16: type('F16', 2),
  bfloat16: type('BF16', 2),
  int64: type('I64', 8),
  int32: type('I32', 4),
  int16: type('I16', 2),
  int8: type('I8', 1),
  uint64: type('U64', 8),
  uint32: type('U32', 4),
  uint16: type('U16', 2),
  uint8: type('U8', 1),
  bool: type('BOOL', 1),
  complex128: type('C128', 16),
  complex64: type('C64', 8),
  complex32: type('C32', 4),
  float8_e4m3fn: type('F8_E4M3', 1),
  float8_e5m2: type('F8_E5M2', 1),
  float8_e8m0fnu: type('F8_E8M0', 1),
  float8_e4m3fnuz: type('F8_E4M3FNUZ', 1),
  float8_e5m2fnuz: type('F8_E5M2FNUZ', 1),
  // Two elements of 4 bits.
  float4_e2m1fn_x2: type('F4_X2', 1),
};

/** What a checkpoint calls the storages of these types, and those of quantized tensors and of none in particular. */
export const STORAGE_TYPES: Readonly<Record<string, ElementType>> = {
  DoubleStorage: TORCH_TYPES['float64']!,
  FloatStorage: TORCH_TYPES['float32']!,
  HalfStorage: TORCH_TYPES['float16']!,
  BFloat16Storage: TORCH_TYPES['bfloat16']!,
  LongStorage: TORCH_TYPES['int64']!,
  IntStorage: TORCH_TYPES['int32']!,
  ShortStorage: TORCH_TYPES['int16']!,
  CharStorage: TORCH_TYPES['int8']!,
  ByteStorage: TORCH_TYPES['uint8']!,
  BoolStorage: TORCH_TYPES['bool']!,
  ComplexDoubleStorage: TORCH_TYPES['complex128']!,
  ComplexFloatStorage: TORCH_TYPES['complex64']!,
  QInt8Storage: type('QI8', 1),
  QUInt8Storage: type('QU8', 1),
  QInt32Storage: type('QI32', 4),
  QUInt4x2Storage: type('QU4_X2', 1),
  QUInt2x4Storage: type('QU2_X4', 1),
  UntypedStorage: TORCH_TYPES['uint8']!,
};
