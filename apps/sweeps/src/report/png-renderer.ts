import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** How long one picture may take, in milliseconds. */
const TIME_LIMIT = 60_000;

/** Draws SVG texts as PNG bytes, in a process of its own. */
export interface PngRenderer {
  /**
   * The bytes of a PNG of `svg` at `scale` pixels per unit.
   *
   * @throws Error where it cannot be drawn, also where drawing ended the process: the next picture gets another one.
   */
  draw(svg: string, scale: number): Promise<Uint8Array>;
  close(): void;
}

interface Answer {
  readonly png?: Uint8Array;
  readonly error?: string;
}

/** Makes a renderer; the process of `program` starts at the first picture. One picture at a time. */
export function pngRenderer(program: string | URL = new URL('../../bin/draw-png.mjs', import.meta.url)): PngRenderer {
  let child: ChildProcess | undefined;
  return {
    async draw(svg, scale) {
      child ??= fork(program, {
        execArgv: [],
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
        serialization: 'advanced',
      });
      const current = child;
      const end = new AbortController();
      const late = setTimeout(() => current.kill('SIGKILL'), TIME_LIMIT);
      try {
        const answer = once(current, 'message', { signal: end.signal });
        const exit = once(current, 'exit', { signal: end.signal });
        // What loses the race is aborted below.
        answer.catch(() => {});
        exit.catch(() => {});
        current.send({ svg, scale });
        const [first, signal] = (await Promise.race([answer, exit])) as [Answer | number | null, string?];
        if (typeof first === 'object' && first !== null) {
          if (first.png) return first.png;
          throw new Error(`the rasterizer refuses it: ${first.error}`);
        }
        child = undefined;
        throw new Error(`the rasterizer's process ended on it (${signal ?? `exit code ${first}`})`);
      } finally {
        clearTimeout(late);
        end.abort();
      }
    },
    close() {
      child?.disconnect();
      child = undefined;
    },
  };
}
