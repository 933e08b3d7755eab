import type { Variable } from '@tensorflow/tfjs-core';
import type { ProgramGraph } from '../graph/program-graph.js';
import { assignFreely } from '../record/record-step.js';
import type { BindingTap } from '../tensorflow/binding-tap.js';
import type { Call, GraphSession } from '../tensorflow/session.js';
import type { TensorFlowBackend, TensorMetadata } from '../tensorflow/tensorflow-binding.js';
import { collectGarbage } from './collect-garbage.js';

/** Session and graph that hold the variables at the moment. */
export interface Home {
  readonly session: GraphSession;
  readonly graph: ProgramGraph;
}

interface Entry {
  readonly variable: Variable;
  /** The id and data under which tfjs sees the session's value; another data id means that someone assigned. */
  residentId: number;
  dataId: object;
}

/**
 * Keeps variables in a session, and tfjs from noticing: their eager memory is freed, whoever reads one gets the
 * session's value, and what is assigned to one outside reaches the session before the next step.
 */
export class VariableStore {
  private entries: Entry[] = [];
  private home: Home | undefined;
  /** Ids of the session's values as fetched since the last step; fetching shares the memory on a CPU. */
  private fetched: number[] | undefined;

  constructor(
    private readonly backend: TensorFlowBackend,
    private readonly tap: BindingTap,
  ) {}

  get variables(): readonly Variable[] {
    return this.entries.map(({ variable }) => variable);
  }

  /** Moves the variables, which begin with those that are here already, into a new session; closes the old one. */
  moveTo(home: Home, variables: readonly Variable[]): void {
    const known = this.entries.length;
    this.detachClones();
    home.session
      .run(
        home.graph.write,
        variables.map((variable) => this.realIdOf(variable)),
      )
      .forEach(this.discard);
    this.forgetFetched();
    this.home?.session.dispose();
    this.home = home;
    for (const entry of this.entries) if (!this.isResident(entry)) this.settle(entry);
    for (const variable of variables.slice(known))
      this.entries.push(this.settle({ variable, residentId: 0, dataId: {} }));
    // The values that variables were made of may be the most memory there is, and V8 does not hurry for arrays.
    if (variables.length > known) collectGarbage();
  }

  /** Makes the session hold what the variables hold, and leaves to clones what they were cloned from. */
  flush(): void {
    this.detachClones();
    const assigned = this.entries.filter((entry) => !this.isResident(entry));
    if (assigned.length > 0) {
      const ids = this.entries.map(({ variable }) => this.realIdOf(variable));
      this.home!.session.run(this.home!.graph.write, ids).forEach(this.discard);
      for (const entry of assigned) this.settle(entry);
    }
    this.forgetFetched();
  }

  /** Runs a call of the present session. */
  run(call: Call, inputs: number[]): TensorMetadata[] {
    try {
      return this.home!.session.run(call, inputs);
    } finally {
      // A variable among the inputs was fetched for that.
      this.forgetFetched();
    }
  }

  /** Gives the variables back their eager memory, with the session's values, and closes the session. */
  release(): void {
    const lost = this.home?.session.lost;
    for (const entry of this.entries) {
      if (lost) {
        this.tap.loseResident(entry.residentId, lost);
        continue;
      }
      if (this.backend.refCount(entry.dataId) > 0) this.makeEager(entry);
      this.tap.forgetResident(entry.residentId);
    }
    this.forgetFetched();
    this.entries = [];
    this.home?.session.dispose();
    this.home = undefined;
  }

  /** Leaves the present value to whoever else sees the data of a variable: clones, and variables made of it. */
  private detachClones(): void {
    for (const entry of this.entries) {
      const isResident = this.isResident(entry);
      if (this.backend.refCount(entry.dataId) <= (isResident ? 1 : 0)) continue;
      this.makeEager(entry);
      if (isResident) this.settle(entry);
    }
  }

  private isResident({ variable, dataId }: Entry): boolean {
    return variable.dataId === dataId;
  }

  /** Gives the variable data that stands for the session's value. */
  private settle(entry: Entry): Entry {
    const { variable, residentId } = entry;
    this.tap.forgetResident(residentId);
    entry.residentId = this.tap.newResident(() => this.fetchAll()[this.entries.indexOf(entry)]!);
    const dtype = this.backend.getDTypeInteger(variable.dtype);
    assignFreely(variable, this.backend.createOutputTensor({ id: entry.residentId, shape: variable.shape, dtype }));
    entry.dataId = variable.dataId;
    return entry;
  }

  /** Turns the data that stands for the session's value into a tensor of its own. */
  private makeEager({ residentId, dataId }: Entry): void {
    const value = this.tap.realId(residentId);
    this.backend.tensorMap.get(dataId).id = this.tap.real.executeOp('Identity', [], [value], 1)[0]!.id;
  }

  private realIdOf(variable: Variable): number {
    return this.tap.realId(this.backend.getInputTensorIds([variable])[0]!);
  }

  private fetchAll(): number[] {
    this.fetched ??= this.home!.session.run(this.home!.graph.read, []).map(({ id }) => id);
    return this.fetched;
  }

  private forgetFetched(): void {
    for (const id of this.fetched ?? []) this.tap.real.deleteTensor(id);
    this.fetched = undefined;
  }

  private readonly discard = ({ id }: { id: number }): void => this.tap.real.deleteTensor(id);
}
