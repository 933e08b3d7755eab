import { toJson } from '@nfnets/json-numbers';
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';

/** Silence after which a line keeps the connection open. */
const HEARTBEAT = 15_000;

/** Answers with the messages of `subscribe` as server-sent events, named by their type, until the reader leaves. */
export const streamMessages = (
  c: Context,
  subscribe: (signal: AbortSignal) => AsyncIterable<{ readonly type: string }>,
): Response =>
  streamSSE(c, async (stream) => {
    const end = new AbortController();
    stream.onAbort(() => end.abort());
    const heartbeat = setInterval(() => void stream.write(': still here\n\n'), HEARTBEAT);
    try {
      for await (const message of subscribe(end.signal)) {
        await stream.writeSSE({ event: message.type, data: toJson(message) });
        if (stream.aborted) break;
      }
    } finally {
      clearInterval(heartbeat);
    }
  });
