import { describe, expect, it } from 'vitest';
import { follow } from './follow.js';
import type { Outcome, RunEvent, Sink } from './run-event.js';

class Recorder implements Sink {
  readonly types: string[] = [];
  outcome: Outcome | undefined;

  constructor(private readonly failAt?: string) {}

  write({ type }: RunEvent): void {
    if (type === this.failAt) throw new Error(`disk full at ${type}`);
    this.types.push(type);
  }

  async close(outcome: Outcome): Promise<void> {
    this.outcome = outcome;
    if (this.failAt === 'close') throw new Error('cannot close');
  }
}

const EVENTS = ['run-start', 'step-end', 'epoch-end', 'run-end'];

async function* run(types = EVENTS, error?: Error): AsyncGenerator<{ type: string; extra: number }> {
  for (const [i, type] of types.entries()) yield { type, extra: i };
  if (error) throw error;
}

async function collect(events: AsyncIterable<{ type: string; extra: number }>, until = 'run-end'): Promise<number[]> {
  const extras: number[] = [];
  for await (const { type, extra } of events) {
    extras.push(extra);
    if (type === until) break;
  }
  return extras;
}

describe('follow', () => {
  it('passes events on as they are, each to the sinks first', async () => {
    const sink = new Recorder();
    const seen: number[] = [];
    for await (const { extra } of follow(run(), [sink])) {
      seen.push(extra);
      expect(sink.types.length).toBe(seen.length);
    }
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(sink.types).toEqual(EVENTS);
  });

  it.each([
    ['done', () => collect(follow(run(), sinks), 'never')],
    ['diverged', () => collect(follow(run(['step-end', 'run-diverged']), sinks), 'never')],
    ['stopped', () => collect(follow(run(), sinks), 'step-end')],
    ['failed', () => expect(collect(follow(run([], new Error('lost')), sinks))).rejects.toThrow('lost')],
  ] as const)('closes every sink: %s', async (outcome, consume) => {
    sinks = [new Recorder(), new Recorder()];
    await consume();
    expect(sinks.map((sink) => sink.outcome)).toEqual([outcome, outcome]);
  });

  it('ends the run with a sink’s error, and closes the others', async () => {
    const [broken, other] = [new Recorder('epoch-end'), new Recorder()];
    await expect(collect(follow(run(), [other, broken]))).rejects.toThrow('disk full at epoch-end');
    expect([broken.outcome, other.outcome]).toEqual(['failed', 'failed']);
  });

  it.each(['run-diverged', 'run-end'])('tells of %s before the error of a sink', async (type) => {
    const [broken, other] = [new Recorder(type), new Recorder()];
    const seen: string[] = [];
    const consume = async () => {
      for await (const event of follow(run(['step-end', type]), [broken, other])) seen.push(event.type);
    };
    await expect(consume()).rejects.toThrow(`disk full at ${type}`);
    expect(seen).toEqual(['step-end', type]);
    expect(other.types).toEqual(['step-end', type]);
    expect(other.outcome).toBe(type === 'run-end' ? 'done' : 'diverged');
  });

  it('tells of a sink’s error also where its consumer leaves at that event', async () => {
    await expect(collect(follow(run(), [new Recorder('step-end')]), 'step-end')).rejects.toThrow(
      'disk full at step-end',
    );
  });

  it('refuses at once what are no events, sinks or options', () => {
    expect(() => follow(undefined as never, [])).toThrow('follow: `events` must be what train() returns');
    expect(() => follow(run(), new Recorder() as never)).toThrow(
      'follow: `sinks` must be an array of objects with `write`',
    );
    expect(() => follow(run(), [{}] as never)).toThrow('follow: `sinks` must be an array');
    expect(() => follow(run(), [], { onerror: () => {} } as never)).toThrow(
      'no option `onerror`; did you mean `onError`?',
    );
  });

  it('goes on without a broken sink where errors are handled', async () => {
    const [broken, other] = [new Recorder('step-end'), new Recorder('close')];
    const errors: unknown[] = [];
    const onError = (error: unknown, sink: Sink) => errors.push((error as Error).message, sink);
    expect(await collect(follow(run(), [broken, other], { onError }), 'never')).toEqual([0, 1, 2, 3]);
    expect(broken.types).toEqual(['run-start']);
    expect(other.types).toEqual(EVENTS);
    expect(errors).toEqual(['disk full at step-end', broken, 'cannot close', other]);
  });

  it('tells what was wrong with the run before what was wrong with closing', async () => {
    await expect(collect(follow(run([], new Error('lost')), [new Recorder('close')]))).rejects.toThrow('lost');
    const last = new Recorder();
    await expect(collect(follow(run(), [new Recorder('close'), last]), 'never')).rejects.toThrow('cannot close');
    expect(last.outcome).toBe('done');
  });
});

let sinks: Recorder[] = [];
