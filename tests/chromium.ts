import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** Path of the Chromium of this machine; undefined where there is none. */
export const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/**
 * A tab of a Chromium of its own, empty, by way of the DevTools protocol; its profile lies in `folder`.
 *
 * `ask` sends a command to the tab, `send` to the browser or another session, `listen` is told every event.
 */
export async function openTab(folder: string, flags: readonly string[]) {
  const profile = mkdtempSync(join(folder, 'profile-'));
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'];
  const always = ['--headless', '--no-sandbox', '--no-first-run', ...flags, `--user-data-dir=${profile}`];
  // A process group of its own, as Chromium is many processes and all write into the profile.
  const browser = spawn(chromium!, [...always, ...quiet, '--remote-debugging-pipe', 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const hasEnded = once(browser, 'exit');
  const { send, listen } = connect(browser.stdio[3] as Writable, browser.stdio[4] as Readable);

  const { targetInfos } = await send('Target.getTargets');
  const { targetId } = targetInfos.find(({ type }: { type: string }) => type === 'page');
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
  return {
    send,
    listen,
    ask: (method: string, params: object = {}) => send(method, params, sessionId),
    async close() {
      if (browser.pid !== undefined && browser.exitCode === null) process.kill(-browser.pid, 'SIGKILL');
      await hasEnded;
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the protocol's answers are as many as its methods.
type Fields = any;

/** Commands to and events from Chromium: JSON between zero bytes. */
function connect(input: Writable, output: Readable) {
  let count = 0;
  let rest = '';
  const waiting = new Map<number, { resolve: (result: Fields) => void; reject: (error: Error) => void }>();
  const listeners: ((method: string, params: Fields) => void)[] = [];
  output.setEncoding('utf8').on('data', (text: string) => {
    const messages = (rest + text).split('\0');
    rest = messages.pop()!;
    for (const message of messages) {
      const { id, result, error, method, params } = JSON.parse(message) as Fields;
      if (id === undefined) for (const listener of listeners) listener(method, params);
      else if (error === undefined) waiting.get(id)?.resolve(result);
      else waiting.get(id)?.reject(new Error(error.message));
    }
  });
  return {
    send(method: string, params: object = {}, sessionId?: string): Promise<Fields> {
      const id = ++count;
      input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
      return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    },
    listen(listener: (method: string, params: Fields) => void) {
      listeners.push(listener);
    },
  };
}
