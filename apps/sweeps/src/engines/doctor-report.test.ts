import { describe, expect, it } from 'vitest';
import { wrapText } from '../text/wrap-text.js';
import { type Diagnosis, renderDiagnosis } from './doctor-report.js';
import type { EngineProbe } from './probe-engine.js';

const works = (engine: EngineProbe['engine'], gigaflops: number, threads?: number): EngineProbe => ({
  engine,
  isAvailable: true,
  chosen: engine as 'wasm',
  reason: `${engine} as it is`,
  versions: { tfjs: '4.22.0' },
  gigaflops,
  ...(threads === undefined ? {} : { threads }),
});
const missing = (engine: EngineProbe['engine'], reason: string): EngineProbe => ({
  engine,
  isAvailable: false,
  reason,
});

const machine = { node: '20.19.0', platform: 'linux x64', cpu: 'A Processor', cores: 2, memoryGiB: 24 };
const withoutNative: Diagnosis = {
  machine,
  auto: {
    engine: 'auto',
    isAvailable: true,
    chosen: 'wasm',
    reason: 'WebAssembly; not native: nobody prepared it; not webgpu: there is no card',
    versions: {},
  },
  engines: [
    missing('native-gpu', 'nobody prepared it'),
    missing('native', 'nobody prepared it'),
    missing('webgpu', 'There is no card. Buy one, and a driver for it, and a bigger case, and a second power supply.'),
    works('wasm', 19.6, 1),
    works('cpu', 0.412, 1),
  ],
};

describe('the report of the doctor', () => {
  it('says what works, what auto takes, what is missing, and how to get it', () => {
    expect(renderDiagnosis(withoutNative)).toEqual([
      'A Processor, 2 cores, 24 GiB, Node 20.19.0, linux x64',
      '',
      'engine      works  GFLOP/s  threads  versions',
      'native-gpu  no',
      'native      no',
      'webgpu      no',
      'wasm        yes         20        1  tfjs 4.22.0',
      'cpu         yes       0.41        1  tfjs 4.22.0',
      'GFLOP/s of a 3x3 convolution of 64 channels with its gradients',
      '',
      'In use',
      '  auto        takes wasm: WebAssembly.',
      '',
      'Not here',
      '  native-gpu  nobody prepared it',
      '  native      nobody prepared it',
      '  webgpu      There is no card. Buy one, and a driver for it, and a bigger case,',
      '              and a second power supply.',
      '',
      'To get a faster one',
      '  native-gpu  npx nfnets-native --gpu prepares TensorFlow for an NVIDIA card;',
      '              see the README of @nfnets/backends.',
      "  native      npx nfnets-native prepares TensorFlow's C library, the fastest",
      '              there is without a graphics card.',
    ]);
  });

  it('fits into a terminal of any width', () => {
    for (const width of [40, 60, 80]) {
      for (const line of renderDiagnosis(withoutNative, { width })) expect(line.length).toBeLessThanOrEqual(width);
    }
  });

  it('names an engine that is clearly faster than what auto takes', () => {
    const engines = [works('native', 100, 2), works('webgpu', 850), works('wasm', 20, 1)];
    const lines = renderDiagnosis({
      machine: { ...machine, cores: 1 },
      auto: { ...works('auto', 0), chosen: 'native' } as EngineProbe,
      engines,
    });
    expect(lines[0]).toContain(' 1 core,');
    expect(lines).toContain('  webgpu      is webgpu as it is.');
    expect(lines.slice(-3)).toEqual([
      'To get a faster one',
      '  webgpu      was 8.5 times as fast here as what auto takes: choose it with',
      '              --engine webgpu.',
    ]);
    expect(lines).not.toContain('Not here');
  });
});

describe('wrapText', () => {
  it('breaks at blanks and leaves long words whole', () => {
    expect(wrapText('to be or not', 5)).toEqual(['to be', 'or', 'not']);
    expect(wrapText('a incomprehensible b', 5)).toEqual(['a', 'incomprehensible', 'b']);
  });
});
