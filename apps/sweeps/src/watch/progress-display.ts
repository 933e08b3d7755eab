import { createLogUpdate } from 'log-update';
import type { SweepEvent, TrialSweepEvent } from '../execute/index.js';
import { terminalPaint } from '../terminal-paint.js';
import { renderLiveTable } from './live-table.js';
import { progressLines } from './progress-lines.js';
import { advanceView, emptyView, type SweepView } from './sweep-view.js';

/** Shows a running sweep. */
export interface ProgressDisplay {
  readonly show: (event: SweepEvent) => void;
  /** Prints a line that stays. */
  readonly note: (text: string) => void;
  /** Leaves the last state on the screen and gives the terminal back. May be called twice. */
  readonly close: () => void;
}

/** Seconds between two step lines of one trial where there is no live table. */
const LINE_INTERVAL = 10;

/** A live table where `stream` is a terminal, lines of text otherwise. */
export function progressDisplay(stream: NodeJS.WriteStream): ProgressDisplay {
  let view: SweepView = emptyView(Date.now());
  const output = stream.isTTY ? liveTable(stream, () => view) : lines(stream);
  return {
    ...output,
    show(event) {
      if (event.type === 'note') {
        output.note(event.text);
        return;
      }
      const now = Date.now();
      view = advanceView(view, event, now);
      output.update(view, event, now);
      // At once, and not with the summary of a sweep that may take hours.
      if (event.type === 'end' && event.status.status === 'failed') output.note(failureText(event));
      if (event.type === 'restart') output.note(restartText(event));
      if (event.type === 'plan') for (const { damage } of event.records) if (damage) output.note(damage);
    },
  };
}

type Output = Omit<ProgressDisplay, 'show'> & { update(view: SweepView, event: TrialSweepEvent, now: number): void };

function liveTable(stream: NodeJS.WriteStream, currentView: () => SweepView): Output {
  const log = createLogUpdate(stream);
  const paint = terminalPaint(stream);
  let isOpen = true;
  const draw = () => {
    // Some terminals say that they have no columns at all.
    const [width, height] = [stream.columns || 80, stream.rows || 24];
    const view = currentView();
    if (view.trials.length > 0) log(renderLiveTable(view, { now: Date.now(), width: width - 1, height, paint }));
  };
  const timer = setInterval(draw, 250);
  return {
    update() {},
    note(text) {
      log.clear();
      stream.write(`${text}\n`);
      draw();
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      clearInterval(timer);
      draw();
      log.done();
      stream.write('\n');
    },
  };
}

function lines(stream: NodeJS.WriteStream): Output {
  const lastLine = new Map<string, number>();
  return {
    update(view, event, now) {
      const isStep = event.type === 'progress' && event.event.type === 'step';
      if (isStep && now - (lastLine.get(event.id) ?? 0) < 1000 * LINE_INTERVAL) return;
      const text = progressLines(view, event, now);
      if (text.length > 0 && event.type !== 'plan') lastLine.set(event.id, now);
      for (const line of text) stream.write(`${line}\n`);
    },
    note: (text) => void stream.write(`${text}\n`),
    close() {},
  };
}

function restartText({ id, reason, restart, restarts, output }: Extract<SweepEvent, { type: 'restart' }>): string {
  const head = `Trial ${id} ${reason}; restart ${restart} of ${restarts}`;
  return output === '' ? head : `${head}\n${output.replace(/^/gm, '    ')}`;
}

function failureText({ id, status, output }: Extract<SweepEvent, { type: 'end' }>): string {
  const reason = status.reason?.split('\n')[0] ?? 'no reason given';
  if (output === '') return `Trial ${id} failed: ${reason}`;
  // Most often the output ends in the reason, with where it happened.
  const head = output.includes(reason) ? 'failed' : `failed: ${reason}`;
  return `Trial ${id} ${head}\n${output.replace(/^/gm, '    ')}`;
}
