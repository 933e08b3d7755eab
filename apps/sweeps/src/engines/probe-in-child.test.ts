import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sourceCommand } from '../__fixtures__/source-command.js';
import { diagnose } from '../commands/doctor-command.js';
import { MEASURABLE_ENGINES } from './engine-names.js';
import { probeInChild } from './probe-in-child.js';

const fakeProbe = [
  process.execPath,
  fileURLToPath(new URL('../__fixtures__/fake-probe.mjs', import.meta.url)),
] as const;

describe('probeInChild', () => {
  it('describes and measures an engine', async () => {
    const probe = await probeInChild('wasm', { measure: true, command: sourceCommand });
    expect(probe).toMatchObject({ engine: 'wasm', isAvailable: true, chosen: 'wasm' });
    if (!probe.isAvailable) return;
    expect(probe.versions['tfjs']).toMatch(/^4\./);
    expect(probe.threads).toBeGreaterThanOrEqual(1);
    expect(probe.gigaflops).toBeGreaterThan(0);
  });

  it('outlives an engine that kills its process, throws, or hangs', async () => {
    const options = { command: fakeProbe, timeoutMs: 60_000 };
    expect(await probeInChild('native-gpu', options)).toEqual({
      engine: 'native-gpu',
      isAvailable: false,
      reason: 'its process died of SIGSEGV; the last it said: libcuda is cursed',
    });
    expect(await probeInChild('native', options)).toMatchObject({
      reason: 'its process ended with code 3; the last it said: it threw',
    });
    expect(await probeInChild('webgpu', { ...options, timeoutMs: 1000 })).toMatchObject({
      reason: 'its process gave no answer in 1 s',
    });
    expect(await probeInChild('cpu', { command: ['/no/such/program'] })).toMatchObject({
      isAvailable: false,
      reason: 'its process could not be started (spawn /no/such/program ENOENT)',
    });
  });
});

describe('diagnose', () => {
  it('tries every engine and measures all but auto', async () => {
    const started: string[] = [];
    const { auto, engines, machine } = await diagnose(MEASURABLE_ENGINES, {
      command: fakeProbe,
      // One of them hangs; the others may be slow to start on a busy machine.
      timeoutMs: 8000,
      onStart: (engine) => started.push(engine),
    });
    expect(started).toEqual(['native-gpu', 'native', 'webgpu', 'wasm', 'cpu', 'auto']);
    expect(engines.map(({ isAvailable }) => isAvailable)).toEqual([false, false, false, true, true]);
    expect(engines[3]).toMatchObject({ gigaflops: 10 });
    expect(auto).toMatchObject({ isAvailable: true, chosen: 'wasm' });
    expect(auto).not.toHaveProperty('gigaflops');
    expect(machine.cores).toBeGreaterThanOrEqual(1);
  });
});
