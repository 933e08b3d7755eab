import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { type Paint, plainPaint } from './text/index.js';

/** Colours for a terminal that has them; none for files, pipes and under NO_COLOR. */
export function terminalPaint(stream: NodeJS.WriteStream): Paint {
  // Files and pipes have no hasColors at all.
  return (stream as Partial<WriteStream>).hasColors?.() ? (style, text) => styleText(style, text) : plainPaint;
}
