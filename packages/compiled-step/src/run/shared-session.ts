import type { GraphNode } from '../graph/graph-def.js';
import type { GroupSession } from '../process-group.js';
import type { Call, GraphSession } from '../tensorflow/session.js';
import type { TensorFlowBinding, TensorMetadata } from '../tensorflow/tensorflow-binding.js';

/** The graph of a session. */
export interface SharedGraph {
  readonly nodes: readonly GraphNode[];
  /** Frees the variables, which outlive the session: they are the group's server's. */
  readonly destroy: Call;
}

/** A session of a group's, for tensors of tfjs-node's binding: the two exchange values. */
export class SharedSession implements GraphSession {
  private readonly fed: ReadonlyMap<string, NonNullable<GraphNode['fed']>>;

  constructor(
    private readonly binding: TensorFlowBinding,
    private readonly session: GroupSession,
    private readonly graph: SharedGraph,
  ) {
    this.fed = new Map(graph.nodes.flatMap(({ name, fed }) => (fed ? [[name, fed] as const] : [])));
  }

  get lost(): Error | undefined {
    return this.session.lost;
  }

  run({ feeds, fetches, isShared = false }: Call, inputs: number[]): TensorMetadata[] {
    const given = feeds.map((name) => ({ name, ...this.fed.get(name)! }));
    const values = inputs.map((id) => this.binding.tensorDataSync(id));
    return this.session.run({ feeds: given, fetches, isShared }, values).map(({ shape, dtype, values: made }) => ({
      id: this.binding.createTensor([...shape], dtype, made),
      shape: [...shape],
      dtype,
    }));
  }

  dispose(): void {
    if (!this.lost) for (const { id } of this.run(this.graph.destroy, [])) this.binding.deleteTensor(id);
    this.session.dispose();
  }
}
