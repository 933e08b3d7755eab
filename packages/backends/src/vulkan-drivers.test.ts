import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hasVulkanDriver } from './vulkan-drivers.js';

describe.skipIf(process.platform !== 'linux')('hasVulkanDriver (on Linux)', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nfnets-vulkan-'));
    for (const name of ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES', 'VK_ADD_DRIVER_FILES']) vi.stubEnv(name, '');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  it('believes the variables that name a driver', () => {
    vi.stubEnv('VK_ICD_FILENAMES', '/somewhere/icd.json');
    expect(hasVulkanDriver()).toBe(true);
  });

  it('finds a driver that is installed, and takes no other file for one', () => {
    vi.stubEnv('XDG_DATA_DIRS', `/nowhere:${folder}`);
    mkdirSync(join(folder, 'vulkan/icd.d'), { recursive: true });
    writeFileSync(join(folder, 'vulkan/icd.d/README'), '');
    const before = hasVulkanDriver();
    writeFileSync(join(folder, 'vulkan/icd.d/card.json'), '{}');
    expect(hasVulkanDriver()).toBe(true);
    // The machine of the test may have one in /etc.
    vi.stubEnv('XDG_DATA_DIRS', '/nowhere');
    expect(hasVulkanDriver()).toBe(before);
  });
});
