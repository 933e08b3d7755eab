import { aFunction, checkOptions, show } from '@nfnets/options';
import { assertList } from './assert-argument.js';
import type { Outcome, RunEvent, Sink } from './run-event.js';

/** Options of {@link follow}. */
export interface FollowOptions {
  /** Called when a sink throws; that sink gets no more events, and the run goes on. Default none: the error ends the run. */
  readonly onError?: (error: unknown, sink: Sink) => void;
}

/**
 * Passes a run's events on as they are, each to all `sinks` first; closes the sinks when the run ends, also by an error or
 * because the consumer leaves the loop. An event whose sink failed is passed on before the error ends the run.
 *
 * @param events The run: what `train` of `@nfnets/trainer` returns, or any events with a `type`.
 * @param sinks Where the events go.
 * @throws TypeError at once if the arguments are no events and sinks; then what the run throws, and without `onError` what a sink
 * throws.
 * @example
 * ```ts
 * import { arrayDataset } from '@nfnets/data';
 * import { mnistDigits } from '@nfnets/data/node';
 * import { createModel } from '@nfnets/models';
 * import { sgd } from '@nfnets/optimizers';
 * import { follow } from '@nfnets/tracking';
 * import { jsonLines, tensorBoardWriter } from '@nfnets/tracking/node';
 * import { train } from '@nfnets/trainer';
 *
 * const model = createModel('nfnet_digits', { numClasses: 10 });
 * const task = { model, optimizer: sgd({ learningRate: 0.1 }), data: arrayDataset(mnistDigits()) };
 * const run = train({ ...task, epochs: 1, batchSize: 64, seed: 0 });
 * for await (const event of follow(run, [tensorBoardWriter('runs/digits'), jsonLines('runs/digits/events.jsonl')]))
 *   if (event.type === 'epoch-end') console.log(event.meanLoss);
 * ```
 */
export function follow<Event extends RunEvent>(
  events: AsyncIterable<Event>,
  sinks: readonly Sink[],
  options: FollowOptions = {},
): AsyncGenerator<Event, void, void> {
  if (typeof (events as Partial<AsyncIterable<Event>> | undefined)?.[Symbol.asyncIterator] !== 'function') {
    throw new TypeError(
      `follow: \`events\` must be what train() returns, or another async iterable, got ${show(events)}.`,
    );
  }
  assertList('follow', 'sinks', 'objects with `write` and `close`', sinks, isSink);
  checkOptions<FollowOptions>('follow', options, { onError: aFunction });
  return pass(events, sinks, options.onError);
}

async function* pass<Event extends RunEvent>(
  events: AsyncIterable<Event>,
  sinks: readonly Sink[],
  onError: FollowOptions['onError'],
): AsyncGenerator<Event, void, void> {
  const listening = new Set(sinks);
  const failures: unknown[] = [];
  let outcome: Outcome = 'stopped';
  try {
    for await (const event of events) {
      for (const sink of listening) {
        try {
          await sink.write(event);
        } catch (error) {
          listening.delete(sink);
          if (onError) onError(error, sink);
          else failures.push(error);
        }
      }
      if (event.type === 'run-end') outcome = 'done';
      if (event.type === 'run-diverged') outcome = 'diverged';
      yield event;
      if (failures.length > 0) break;
    }
    if (failures.length > 0 && outcome === 'stopped') outcome = 'failed';
  } catch (error) {
    outcome = 'failed';
    failures.unshift(error);
    throw error;
  } finally {
    failures.push(...(await closeAll(sinks, outcome, onError)));
    // What went wrong first is what the caller must learn of, not what went wrong after it.
    throwFirst(failures);
  }
}

function throwFirst(failures: readonly unknown[]): void {
  if (failures.length > 0) throw failures[0];
}

/** Closes every sink, also behind one that cannot be closed; returns what went wrong, unless `onError` takes it. */
async function closeAll(
  sinks: readonly Sink[],
  outcome: Outcome,
  onError: FollowOptions['onError'],
): Promise<unknown[]> {
  const errors: unknown[] = [];
  for (const sink of sinks) {
    try {
      await sink.close(outcome);
    } catch (error) {
      if (onError) onError(error, sink);
      else errors.push(error);
    }
  }
  return errors;
}

const isSink = (sink: unknown) =>
  typeof (sink as Partial<Sink> | null)?.write === 'function' && typeof (sink as Partial<Sink>).close === 'function';
