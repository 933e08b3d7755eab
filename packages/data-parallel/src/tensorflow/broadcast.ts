import type { GroupSession } from '@nfnets/compiled-step';
import { attribute, encodeGraph, type GraphNode } from '@nfnets/compiled-step/graph-bytes';

/** Words that are sent at a time: 4 MB. */
const PIECE = 2 ** 20;
/** TensorFlow's numbers of the group of all processes, of this reduction in it, and of the type int32. */
const [GROUP_KEY, INSTANCE_KEY, INT32] = [1, 1, 3];

/** What a broadcast needs of a group. */
interface Broadcaster {
  readonly index: number;
  readonly size: number;
  openSession(graph: Uint8Array): GroupSession;
}

/**
 * Overwrites `bytes`, of which there are as many in all processes, with those of the first: the sum of its own and of nothing. As
 * whole numbers, whose sums are exact whatever the bits stand for.
 */
export function broadcast(bytes: Uint8Array, { index, size, openSession }: Broadcaster): void {
  if (bytes.length === 0) return;
  const session = openSession(encodeGraph(sumOver(size)));
  const feed = { name: 'own', shape: [PIECE], dtype: INT32 };
  try {
    for (let at = 0; at < bytes.length; at += 4 * PIECE) {
      const piece = bytes.subarray(at, at + 4 * PIECE);
      const own = new Int32Array(PIECE);
      if (index === 0) new Uint8Array(own.buffer).set(piece);
      const [sum] = session.run({ feeds: [feed], fetches: ['sum'], isShared: true }, [own]);
      const { buffer, byteOffset } = sum!.values as Int32Array;
      piece.set(new Uint8Array(buffer, byteOffset, piece.length));
    }
  } finally {
    session.dispose();
  }
}

function sumOver(processes: number): GraphNode[] {
  const { type, integer, text, shape } = attribute;
  return [
    { name: 'own', op: 'Placeholder', inputs: [], attributes: { dtype: type(INT32), shape: shape([PIECE]) } },
    {
      name: 'sum',
      op: 'CollectiveReduce',
      inputs: ['own'],
      attributes: {
        T: type(INT32),
        group_size: integer(processes),
        group_key: integer(GROUP_KEY),
        instance_key: integer(INSTANCE_KEY),
        merge_op: text('Add'),
        final_op: text('Id'),
        subdiv_offsets: attribute.integers([0]),
        communication_hint: text('ring'),
      },
    },
  ];
}
