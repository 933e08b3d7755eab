import { describe, expect, it } from 'vitest';
import type { Host } from '../machine/host.js';
import { parseMetadata, parseRecord, parseWheelTags, whyUnfit } from './wheel-metadata.js';

const LINUX: Host = { platform: 'linux', arch: 'x64', glibc: '2.28' };
const MAC: Host = { platform: 'darwin', arch: 'arm64' };

describe('parsing', () => {
  it('reads the tags', () => {
    expect(parseWheelTags('Wheel-Version: 1.0\nTag: cp312-cp312-any\r\nTag: py3-none-win_amd64\n')).toEqual([
      'cp312-cp312-any',
      'py3-none-win_amd64',
    ]);
  });

  it('reads the checksums, of quoted paths too', () => {
    const record = 'a/b.so.2,sha256=_-9Z,853\r\n"c,d.h",sha256=AA==,1\nx.dist-info/RECORD,,\n';
    expect(Object.fromEntries(parseRecord(record))).toEqual({ 'a/b.so.2': '_-9Z', 'c,d.h': 'AA' });
  });

  it('reads the name, the version and what CUDA needs', () => {
    const metadata = [
      'Metadata-Version: 2.4',
      'Name: tensorflow_cpu',
      'Version: 2.21.0',
      'Requires-Dist: numpy>=1.26.0',
      'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"',
      "Requires-Dist: nvidia-nccl-cu12 ; sys_platform == 'linux' and extra == 'and-cuda'",
      'Requires-Dist: tensorflow-io; python_version < "3.13" and extra == "gcs-filesystem"',
    ].join('\n');
    expect(parseMetadata(metadata)).toEqual({
      name: 'tensorflow-cpu',
      version: '2.21.0',
      cudaRequirements: ['nvidia-cublas-cu12<13.0,>=12.5.3.2', 'nvidia-nccl-cu12'],
    });
  });
});

describe('whyUnfit', () => {
  it.each<[string, Host]>([
    ['manylinux_2_27_x86_64', LINUX],
    ['manylinux_2_28_x86_64', LINUX],
    ['manylinux2014_x86_64', LINUX],
    ['manylinux1_x86_64', LINUX],
    ['linux_x86_64', LINUX],
    ['manylinux_2_17_aarch64', { ...LINUX, arch: 'arm64' }],
    ['macosx_12_0_arm64', MAC],
    ['macosx_11_0_universal2', MAC],
    ['macosx_10_15_x86_64', { ...MAC, arch: 'x64' }],
  ])('finds nothing against %s where it runs', (platform, host) => {
    expect(whyUnfit([`cp312-cp312-${platform}`], host)).toBeUndefined();
  });

  it.each<[string, Host, string]>([
    ['win_amd64', LINUX, 'is for win_amd64, and this is linux x64'],
    ['manylinux_2_27_aarch64', LINUX, 'is for manylinux_2_27_aarch64, and this is linux x64'],
    ['macosx_12_0_arm64', LINUX, 'is for macosx_12_0_arm64, and this is linux x64'],
    ['manylinux_2_27_x86_64', MAC, 'is for manylinux_2_27_x86_64, and this is macOS arm64'],
    ['macosx_12_0_x86_64', MAC, 'is for macosx_12_0_x86_64, and this is macOS arm64'],
    ['manylinux_2_35_x86_64', LINUX, 'needs glibc 2.35, and this Linux has 2.28'],
    ['manylinux_2_5_x86_64', { platform: 'linux', arch: 'x64' }, 'needs glibc 2.5, and this Linux has none'],
    ['any', LINUX, 'is for any, and this is linux x64'],
  ])('tells why %s does not fit', (platform, host, reason) => {
    expect(whyUnfit([`py3-none-${platform}`], host)).toBe(reason);
  });

  it('is content with one tag that fits', () => {
    expect(whyUnfit(['py3-none-manylinux_2_35_x86_64', 'py3-none-manylinux_2_17_x86_64'], LINUX)).toBeUndefined();
    expect(whyUnfit([], LINUX)).toBe('is for no known platform, and this is linux x64');
  });
});
