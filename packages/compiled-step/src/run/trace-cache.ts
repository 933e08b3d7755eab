import type { Recording } from '../record/record-step.js';
import type { SettingsWatch } from '../record/settings-watch.js';

/** A step as it was compiled for one set of shapes. */
export interface CompiledTrace<Recorded extends Recording, Made> {
  readonly name: string;
  /** The shapes, for people. */
  readonly shapes: string;
  readonly recording: Recorded;
  /** What the engine made of it. */
  made: Made;
  /** The optimizers that the step uses, as they were. */
  readonly settings: SettingsWatch;
}

/**
 * After how many calls of a program a set of shapes that did not come up counts as gone for good. Fewer, and two dozen sizes that
 * come up in turn would be recorded again and again.
 */
const GONE = 100;
/** How many keys that found no room are remembered. */
const MAX_REFUSED = 1000;

/** The compiled traces by a key of step and shapes. Each step has `maxTraces` at most. */
export class TraceCache<Trace extends { readonly name: string }> {
  private readonly traces = new Map<string, Trace>();
  private readonly lastUses = new Map<Trace, number>();
  private readonly refused = new Set<string>();
  private uses = 0;

  constructor(private readonly maxTraces: number) {}

  /** Finds the trace to be used. */
  use(key: string): Trace | undefined {
    this.uses++;
    const trace = this.traces.get(key);
    if (trace) this.lastUses.set(trace, this.uses);
    return trace;
  }

  get(key: string): Trace | undefined {
    return this.traces.get(key);
  }

  add(key: string, trace: Trace): void {
    this.traces.set(key, trace);
    this.lastUses.set(trace, this.uses);
  }

  all(): Trace[] {
    return [...this.traces.values()];
  }

  /** Takes out the trace of `key`, or all of them. */
  take(...keys: string[]): Trace[] {
    return (keys.length > 0 ? keys : [...this.traces.keys()]).flatMap((key) => {
      const trace = this.traces.get(key);
      if (!trace) return [];
      this.traces.delete(key);
      this.lastUses.delete(trace);
      return [trace];
    });
  }

  /**
   * Makes room for a trace of the step `name`, if need be in place of one that is out of use.
   *
   * @returns what had to go, or undefined if there is no room
   */
  makeRoom(key: string, name: string): Trace[] | undefined {
    const own = [...this.traces].filter(([, trace]) => trace.name === name);
    if (own.length < this.maxTraces) return [];
    const lastUse = ([, trace]: (typeof own)[number]) => this.lastUses.get(trace)!;
    const oldest = own.reduce((a, b) => (lastUse(b) < lastUse(a) ? b : a));
    // Shapes that come up for the first time may never do so again.
    if (this.refused.has(key) && this.uses - lastUse(oldest) > GONE) return this.take(oldest[0]);
    if (this.refused.size === MAX_REFUSED) this.refused.clear();
    this.refused.add(key);
    return undefined;
  }
}
