import type { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { OpAttribute, TensorFlowBinding, TensorValues } from '../tensorflow/tensorflow-binding.js';
import { protobuf } from './protobuf.js';

// Field numbers of TensorFlow's graph.proto, node_def.proto, attr_value.proto, tensor.proto, saved_model.proto.

/** An `AttrValue` as bytes. */
export type AttributeBytes = Uint8Array;

/** A node of a graph; inputs as `name`, `name:output` or `^name` for what must merely run before. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeBytes>>;
  /** Of a node that is fed: what with. */
  readonly fed?: { readonly shape: readonly number[]; readonly dtype: number };
}

/** Version of the graph's format: ops added since need a newer one, attributes left out get their defaults. */
const PRODUCER = 1882;

const { tag, message, bytes: bytesField, text: textField } = protobuf;
const [VARINT, FIXED32] = [0, 5];

const shapeMessage = (shape: readonly number[]) =>
  message((writer) => {
    for (const size of shape)
      bytesField(
        writer,
        2,
        message((dimension) => dimension.uint32(tag(1, VARINT)).int64(size)),
      );
  });

/** The attributes that the graph's own nodes have. */
export const attribute = {
  type: (dtype: number): AttributeBytes => message((writer) => writer.uint32(tag(6, VARINT)).int32(dtype)),
  types: (dtypes: readonly number[]): AttributeBytes =>
    message((writer) =>
      bytesField(
        writer,
        1,
        message((list) => {
          for (const dtype of dtypes) list.uint32(tag(6, VARINT)).int32(dtype);
        }),
      ),
    ),
  integer: (value: number): AttributeBytes => message((writer) => writer.uint32(tag(3, VARINT)).int64(value)),
  integers: (values: readonly number[]): AttributeBytes =>
    message((writer) =>
      bytesField(
        writer,
        1,
        message((list) => {
          for (const value of values) list.uint32(tag(3, VARINT)).int64(value);
        }),
      ),
    ),
  text: (value: string): AttributeBytes => message((writer) => textField(writer, 2, value)),
  bool: (value: boolean): AttributeBytes => message((writer) => writer.uint32(tag(5, VARINT)).bool(value)),
  shape: (shape: readonly number[]): AttributeBytes => message((writer) => bytesField(writer, 7, shapeMessage(shape))),
  tensor: (dtype: number, shape: readonly number[], values: TensorValues): AttributeBytes =>
    message((writer) => bytesField(writer, 8, tensorMessage(dtype, shape, values))),
};

function tensorMessage(dtype: number, shape: readonly number[], values: TensorValues): Uint8Array {
  return message((writer) => {
    writer.uint32(tag(1, VARINT)).int32(dtype);
    bytesField(writer, 2, shapeMessage(shape));
    if (Array.isArray(values)) for (const text of values) bytesField(writer, 8, text);
    else bytesField(writer, 4, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  });
}

/** Translates an attribute from the form in which tfjs-node's kernels pass it. */
export function translateAttribute({ name, type, value }: OpAttribute, binding: TensorFlowBinding): AttributeBytes {
  const values = (Array.isArray(value) ? value : [value]) as never[];
  const write = writerOf(type, binding);
  if (!write)
    throw new Error(`compileStep: the attribute ${name} is of a type (${type}) that a graph cannot hold yet.`);
  if (type === binding.TF_ATTR_SHAPE) return attribute.shape(value as number[]);
  if (!Array.isArray(value)) return message((writer) => write(writer, values[0]!));
  // A list holds each kind under the field number that a single one has.
  const list = message((writer) => {
    for (const element of values) write(writer, element);
  });
  return message((writer) => bytesField(writer, 1, list));
}

function writerOf(
  type: number,
  binding: TensorFlowBinding,
): ((writer: BinaryWriter, value: never) => void) | undefined {
  switch (type) {
    case binding.TF_ATTR_STRING:
      return (writer, value: string) => textField(writer, 2, value);
    case binding.TF_ATTR_INT:
      return (writer, value: number) => writer.uint32(tag(3, VARINT)).int64(value);
    case binding.TF_ATTR_FLOAT:
      return (writer, value: number) => writer.uint32(tag(4, FIXED32)).float(value);
    case binding.TF_ATTR_BOOL:
      return (writer, value: boolean) => writer.uint32(tag(5, VARINT)).bool(value);
    case binding.TF_ATTR_TYPE:
      return (writer, value: number) => writer.uint32(tag(6, VARINT)).int32(value);
    case binding.TF_ATTR_SHAPE:
      return () => undefined;
    default:
      return undefined;
  }
}

/**
 * Encodes a graph as a `GraphDef`.
 *
 * @param nodes Its nodes, in any order.
 * @throws never; what a node says is checked by TensorFlow.
 * @example
 * ```ts
 * import { attribute, encodeGraph } from '@nfnets/compiled-step/graph-bytes';
 *
 * const float32 = { dtype: attribute.type(1), shape: attribute.shape([2]) };
 * const bytes = encodeGraph([{ name: 'x', op: 'Placeholder', inputs: [], attributes: float32 }]);
 * console.log(bytes.length);
 * ```
 */
export function encodeGraph(nodes: readonly GraphNode[]): Uint8Array {
  return message((writer) => {
    for (const node of nodes) bytesField(writer, 1, encodeNode(node));
    bytesField(
      writer,
      4,
      message((versions) => versions.uint32(tag(1, VARINT)).int32(PRODUCER)),
    );
  });
}

/** Encodes a graph as a SavedModel with the tag `serve` and nothing but the graph. */
export function encodeSavedModel(nodes: readonly GraphNode[]): Uint8Array {
  const graph = encodeGraph(nodes);
  const metaInfo = message((writer) => textField(writer, 4, 'serve'));
  const metaGraph = message((writer) => {
    bytesField(writer, 1, metaInfo);
    bytesField(writer, 2, graph);
  });
  return message((writer) => {
    writer.uint32(tag(1, VARINT)).int64(1);
    bytesField(writer, 2, metaGraph);
  });
}

/** Encodes TensorFlow's `ConfigProto` (config.proto) of a session whose ops split their work among `intraOpThreads`. */
export function encodeSessionConfig(intraOpThreads: number): Uint8Array {
  return message((writer) => writer.uint32(tag(2, VARINT)).int32(intraOpThreads));
}

function encodeNode({ name, op, inputs, attributes }: GraphNode): Uint8Array {
  return message((writer) => {
    textField(writer, 1, name);
    textField(writer, 2, op);
    for (const input of inputs) textField(writer, 3, input);
    for (const [key, value] of Object.entries(attributes)) {
      const entry = message((pair) => {
        textField(pair, 1, key);
        bytesField(pair, 2, value);
      });
      bytesField(writer, 5, entry);
    }
  });
}
