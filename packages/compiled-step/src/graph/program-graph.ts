import type { Variable } from '@tensorflow/tfjs-core';
import type { Call } from '../tensorflow/session.js';
import type { TensorFlowBinding } from '../tensorflow/tensorflow-binding.js';
import type { Trace } from '../trace/trace.js';
import { attribute, type GraphNode } from './graph-def.js';
import { doneNode, type LayoutOptions, type TraceCall, TraceLayout } from './trace-layout.js';

/** One graph for all traces of a program, over one set of variables. */
export interface ProgramGraph {
  readonly nodes: readonly GraphNode[];
  readonly traceCalls: ReadonlyMap<Trace, TraceCall>;
  /** Sets all variables. */
  readonly write: Call;
  /** Gets all variables. */
  readonly read: Call;
  /** Frees all variables; only where they have a container, as else they go with their session. */
  readonly destroy?: Call;
}

/** Lays out the graph of `traces`; every trace's calls assign and read the same `variables`. */
export function programGraph(
  traces: readonly Trace[],
  variables: readonly Variable[],
  dtypeOf: (variable: Variable) => number,
  binding: TensorFlowBinding,
  options: LayoutOptions & { readonly container?: string | undefined },
): ProgramGraph {
  const { container } = options;
  const nodes: GraphNode[] = [];
  const handles = new Map<Variable, string>();
  for (const [i, variable] of variables.entries()) {
    const name = `v${i}`;
    handles.set(variable, name);
    nodes.push(...variableNodes(name, variable.shape, dtypeOf(variable), container ?? ''));
  }
  const names = [...handles.values()];
  nodes.push(
    ...doneNode(
      'written',
      names.map((name) => `${name}/write`),
    ),
  );
  const traceCalls = new Map(
    traces.map((trace, i) => {
      const layout = new TraceLayout(`t${i}`, trace, handles, binding, options);
      nodes.push(...layout.nodes);
      return [trace, layout.call] as const;
    }),
  );
  if (container !== undefined) {
    for (const name of names) {
      nodes.push({ name: `${name}/destroy`, op: 'DestroyResourceOp', inputs: [name], attributes: {} });
    }
    nodes.push(
      ...doneNode(
        'destroyed',
        names.map((name) => `${name}/destroy`),
      ),
    );
  }
  return {
    nodes,
    traceCalls,
    write: { feeds: names.map((name) => `${name}/value`), fetches: ['written'] },
    read: { feeds: [], fetches: names.map((name) => `${name}/read`) },
    ...(container !== undefined && { destroy: { feeds: [], fetches: ['destroyed'] } }),
  };
}

function variableNodes(name: string, shape: readonly number[], dtype: number, container: string): GraphNode[] {
  const [type, shapeOf] = [attribute.type(dtype), attribute.shape(shape)];
  return [
    {
      name,
      op: 'VarHandleOp',
      inputs: [],
      attributes: {
        dtype: type,
        shape: shapeOf,
        shared_name: attribute.text(name),
        container: attribute.text(container),
      },
    },
    { name: `${name}/read`, op: 'ReadVariableOp', inputs: [name], attributes: { dtype: type } },
    {
      name: `${name}/value`,
      op: 'Placeholder',
      inputs: [],
      attributes: { dtype: type, shape: shapeOf },
      fed: { shape, dtype },
    },
    // A variable must own its memory: what is fed may belong to JavaScript, which TensorFlow's threads must not free.
    { name: `${name}/copy`, op: 'DeepCopy', inputs: [`${name}/value`], attributes: { T: type } },
    { name: `${name}/write`, op: 'AssignVariableOp', inputs: [name, `${name}/copy`], attributes: { dtype: type } },
  ];
}
