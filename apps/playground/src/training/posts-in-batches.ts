import type { RunMessage } from './run-message.js';

/** As often as eyes can follow; more posts only keep the page busy. */
const MILLISECONDS = 100;

/** Collects messages and posts them together, ten times a second at most; of the ratios of units only the last of each run. */
export function postsInBatches(post: (messages: readonly RunMessage[]) => void) {
  let waiting: RunMessage[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length > 0) post(waiting);
    waiting = [];
  };
  return {
    add(message: RunMessage): void {
      if (message.type === 'step') waiting = waiting.map((earlier) => withoutUnits(earlier, message.side));
      waiting.push(message);
      timer ??= setTimeout(flush, MILLISECONDS);
    },
    flush,
    /** Drops what was not posted. */
    stop(): void {
      waiting = [];
      flush();
    },
  };
}

const withoutUnits = (message: RunMessage, side: RunMessage['side']): RunMessage =>
  message.type === 'step' && message.side === side ? { ...message, units: undefined } : message;
