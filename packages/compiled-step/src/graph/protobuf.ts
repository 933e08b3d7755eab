import { BinaryWriter } from '@bufbuild/protobuf/wire';

const [VARINT, BYTES] = [0, 2];
const tag = (field: number, wireType: number) => (field << 3) | wireType;

/** How TensorFlow's messages are written, field by field. */
export const protobuf = {
  /** What stands before a field. */
  tag,
  message(write: (writer: BinaryWriter) => void): Uint8Array {
    const writer = new BinaryWriter();
    write(writer);
    return writer.finish();
  },
  bytes: (writer: BinaryWriter, field: number, value: Uint8Array): BinaryWriter =>
    writer.uint32(tag(field, BYTES)).bytes(value),
  text: (writer: BinaryWriter, field: number, value: string): BinaryWriter =>
    writer.uint32(tag(field, BYTES)).string(value),
  integer: (writer: BinaryWriter, field: number, value: number): BinaryWriter =>
    writer.uint32(tag(field, VARINT)).int32(value),
} as const;
