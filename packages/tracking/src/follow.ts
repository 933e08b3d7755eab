import type { Outcome, RunEvent, Sink } from './run-event.js';

export interface FollowOptions {
  /**
   * Called when a sink throws; that sink gets no more events, and the run goes on. Without it the error ends the run.
   */
  readonly onError?: (error: unknown, sink: Sink) => void;
}

/**
 * Passes a run's events on as they are, each to all `sinks` first; closes the sinks when the run ends, also by an error or
 * because the consumer leaves the loop.
 *
 * @throws what the run throws, and without `onError` what a sink throws
 */
export async function* follow<Event extends RunEvent>(
  events: AsyncIterable<Event>,
  sinks: readonly Sink[],
  { onError }: FollowOptions = {},
): AsyncGenerator<Event, void, void> {
  const listening = new Set(sinks);
  let outcome: Outcome = 'stopped';
  try {
    for await (const event of events) {
      for (const sink of listening) {
        try {
          await sink.write(event);
        } catch (error) {
          if (!onError) throw error;
          listening.delete(sink);
          onError(error, sink);
        }
      }
      if (event.type === 'run-end') outcome = 'done';
      if (event.type === 'run-diverged') outcome = 'diverged';
      yield event;
    }
  } catch (error) {
    outcome = 'failed';
    throw error;
  } finally {
    await closeAll(sinks, outcome, onError);
  }
}

/** Closes every sink, also behind one that cannot be closed. */
async function closeAll(sinks: readonly Sink[], outcome: Outcome, onError: FollowOptions['onError']): Promise<void> {
  const errors: unknown[] = [];
  for (const sink of sinks) {
    try {
      await sink.close(outcome);
    } catch (error) {
      if (onError) onError(error, sink);
      else errors.push(error);
    }
  }
  // What went wrong in the run is what its caller must learn of, not what went wrong after it.
  if (errors.length > 0 && outcome !== 'failed') throw errors[0];
}
