import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { pngRenderer } from './png-renderer.js';

const svg = (body: string) => `<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10">${body}</svg>`;
const renderer = pngRenderer();
afterEach(() => renderer.close());

it('draws one picture after the other', async () => {
  for (const scale of [1, 3]) {
    const png = Buffer.from(await renderer.draw(svg('<rect width="5" height="5"/>'), scale));
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([20 * scale, 10 * scale]);
  }
});

it('says why a picture cannot be drawn, and draws the next', async () => {
  await expect(renderer.draw('no picture', 1)).rejects.toThrow('the rasterizer refuses it: ');
  expect((await renderer.draw(svg(''), 1)).length).toBeGreaterThan(50);
});

it('draws the next picture in a new process where one ended', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'png-renderer-'));
  const program = join(folder, 'dying.mjs');
  writeFileSync(program, 'process.on("message", () => process.abort());');
  const dying = pngRenderer(program);
  await expect(dying.draw(svg(''), 1)).rejects.toThrow("the rasterizer's process ended on it (SIGABRT)");
  await expect(dying.draw(svg(''), 1)).rejects.toThrow('SIGABRT');
  dying.close();
  rmSync(folder, { recursive: true });
});
