import { describe, expect, it } from 'vitest';
import { readArguments } from '../command/read-arguments.js';
import type { Host } from '../machine/host.js';
import { planSources } from './plan-sources.js';

const LINUX: Host = { platform: 'linux', arch: 'x64', glibc: '2.36' };

function plan(args: readonly string[], host: Host = LINUX) {
  const { sources, refusals } = planSources(readArguments(args)!, host);
  return { sources: sources.map(({ source, description }) => `${source}: ${description}`), refusals, all: sources };
}

describe('planSources', () => {
  it('asks pip first, then tfjs-node', () => {
    expect(plan([])).toMatchObject({
      sources: [
        "pip: pip's wheel of tensorflow-cpu: about 274 MB to download, 854 MB stay on the disk",
        "tfjs: tfjs-node's own download, TensorFlow 2.9 of 2022: about 100 MB to download, 400 MB stay on the disk (a guess)",
      ],
      refusals: [],
    });
    // 1.1 * (274 MB + 854 MB)
    expect(plan([]).all[0]!.peakBytes).toBeCloseTo(1240.8e6);
  });

  it('keeps to the source that it is given', () => {
    expect(plan(['--source', 'tfjs']).sources).toHaveLength(1);
    expect(plan(['--wheel', 'a.whl']).sources).toEqual([
      'wheel: the wheel a.whl, nothing to download; about 854 MB stay on the disk',
    ]);
  });

  it('takes the wheel with CUDA for a GPU', () => {
    expect(plan(['--gpu']).sources).toEqual([
      "pip: pip's wheel of tensorflow and CUDA: about 3.2 GB to download, 6.0 GB stay on the disk (a guess)",
      "tfjs: tfjs-node's own download, TensorFlow 2.9 of 2022: about 400 MB to download, 1.0 GB stay on the disk (a guess); it needs CUDA 11",
    ]);
    expect(plan(['--gpu', '--wheel', 'a.whl']).sources[0]).toContain('CUDA with pip');
  });

  it.each<[string, Host, string]>([
    ['macOS', { platform: 'darwin', arch: 'arm64' }, 'tensorflow: about 230 MB'],
    ['Linux on Arm', { platform: 'linux', arch: 'arm64', glibc: '2.36' }, 'tensorflow: about 270 MB'],
  ])('asks for tensorflow on %s, where it has no CUDA', (_, host, asked) => {
    expect(plan([], host).sources[0]).toContain(`pip's wheel of ${asked}`);
  });

  it.each<[string, Host, readonly string[], string]>([
    [
      'Windows',
      { platform: 'win32', arch: 'x64' },
      [],
      'this way exists for Linux (x86_64, aarch64) and macOS (arm64), not for win32-x64',
    ],
    [
      'an older Mac',
      { platform: 'darwin', arch: 'x64' },
      [],
      'this way exists for Linux (x86_64, aarch64) and macOS (arm64), not for darwin-x64',
    ],
    [
      'a Linux without glibc',
      { platform: 'linux', arch: 'x64' },
      [],
      'TensorFlow needs glibc, which this Linux does not have',
    ],
    [
      'a Mac with --gpu',
      { platform: 'darwin', arch: 'arm64' },
      ['--gpu'],
      'this way exists for Linux x86_64 with an NVIDIA card, not for darwin-arm64',
    ],
  ])('leaves only the download of tfjs-node on %s', (_, host, args, reason) => {
    const { all, refusals } = plan(args, host);
    expect(all.map(({ source }) => source)).toEqual(['tfjs']);
    expect(refusals).toEqual([{ source: 'pip', reason }]);
  });
});
