import type { Socket } from 'node:net';
import type { Facts } from '../members/facts.js';

/** What processes say to each other: every one to the first, and the first to all. */
export type Message =
  /** Comes first. */
  | { readonly type: 'hello'; readonly index: number; readonly facts: Facts }
  /** All are there. The first has TensorFlow's server at `port`. */
  | { readonly type: 'welcome'; readonly port: number }
  | { readonly type: 'beat'; readonly at: Activity }
  /** The sender cannot reach the server of the process `to`. */
  | { readonly type: 'cut'; readonly to: number }
  /** A process has come to its exchange number `round`. */
  | { readonly type: 'give'; readonly round: number; readonly what: string; readonly value: unknown }
  /** What all gave, by index. */
  | { readonly type: 'given'; readonly round: number; readonly values: readonly unknown[] }
  /** The sender leaves in good order. */
  | { readonly type: 'leave' }
  /** It is over, and why. */
  | { readonly type: 'over'; readonly reason: string };

/** What a process waits for: the others in a graph call, or in an exchange; or it is at work. */
export type Activity = 'call' | 'exchange' | 'work';

/** Longest line that is read, and longest first line: whoever sends more is none of the group. */
const [LONGEST, LONGEST_FIRST] = [2 ** 26, 2 ** 20];

/** Writes a message, as a line of JSON. */
export function send(socket: Socket, message: Message): void {
  if (!socket.destroyed && socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

/** Calls `onMessage` with each message that comes; ends a connection that sends anything else. */
export function receive(socket: Socket, onMessage: (message: Message) => void): void {
  let rest = '';
  let longest = LONGEST_FIRST;
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    if (rest.length > longest) return void socket.destroy();
    for (const line of lines) {
      let message: Message;
      try {
        message = JSON.parse(line) as Message;
        if (typeof message?.type !== 'string') throw new SyntaxError('no message');
      } catch {
        return void socket.destroy();
      }
      longest = LONGEST;
      onMessage(message);
      if (socket.destroyed) return;
    }
  });
}
