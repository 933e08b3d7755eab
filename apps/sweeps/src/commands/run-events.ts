import type { SweepEvent } from '../execute/index.js';
import type { DocumentOf } from './documents/document-parts.js';
import type { runEventDocument } from './documents/run-document.js';

type RunEvent = DocumentOf<typeof runEventDocument>;

/** What a program is told of `event` of a sweep: a line each, none of what only the figures need. Pure. */
export function runEvents(event: SweepEvent, now: Date): RunEvent[] {
  const time = now.toISOString();
  switch (event.type) {
    case 'note':
      return [{ type: 'note', time, text: event.text }];
    case 'plan': {
      const configs = new Map(event.records.map(({ trial }) => [trial.id, trial.config]));
      const toRun = event.todo.map((id) => ({ id, config: configs.get(id)! }));
      return [{ type: 'trials-planned', time, trials: event.records.length, toRun }];
    }
    case 'start':
      return [{ type: 'trial-started', time, id: event.id }];
    case 'restart': {
      const { id, restart, restarts, reason } = event;
      return [{ type: 'trial-restarted', time, id, restart, restarts, reason }];
    }
    case 'progress': {
      const { id, event: told } = event;
      if (told.type === 'resume') return [{ type: 'trial-resumed', time, id, step: told.step }];
      return told.type === 'epoch' ? [{ ...told, type: 'trial-epoch', time, id }] : [];
    }
    case 'end':
      return [endEvent(event, time)];
  }
}

function endEvent({ id, status, output }: Extract<SweepEvent, { type: 'end' }>, time: string): RunEvent {
  const { reason, lostAt, metrics, step } = status;
  const ended = { time, id, step, metrics, ...(reason === undefined ? {} : { reason }) };
  switch (status.status) {
    case 'diverged':
      return { type: 'trial-diverged', ...ended, ...(lostAt === undefined ? {} : { lostAt }) };
    case 'failed':
      return { type: 'trial-failed', ...ended, output };
    case 'running':
      // A trial that ended has a status that says so.
      return { type: 'trial-failed', ...ended, output };
    default:
      return { type: `trial-${status.status}`, ...ended };
  }
}
