import { afterEach, describe, expect, it, vi } from 'vitest';
import { findGpu } from './find-gpu.js';
import { hasGraphicsDevice } from './graphics-devices.js';
import { hasVulkanDriver } from './vulkan-drivers.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Pretends that this is a browser whose WebGPU has one adapter, or none. */
function stubAdapter(info: Partial<GPUAdapterInfo> | null): void {
  const adapter = info && {
    info: { vendor: '', architecture: '', description: '', isFallbackAdapter: false, ...info },
  };
  vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => adapter } });
}

describe('findGpu', () => {
  it.each([
    [{ description: 'GeForce' }, 'GeForce', false],
    [{ vendor: 'nvidia', architecture: 'hopper' }, 'nvidia hopper', false],
    [{}, 'a nameless adapter', false],
    [{ description: 'GeForce', isFallbackAdapter: true }, 'GeForce', true],
    [{ vendor: 'google', architecture: 'swiftshader' }, 'google swiftshader', true],
    [{ vendor: 'mesa', description: 'llvmpipe (LLVM 15.0.6, 256 bits)' }, 'llvmpipe (LLVM 15.0.6, 256 bits)', true],
  ])('knows of %j its name and whether it is software', async (info, name, isSoftware) => {
    stubAdapter(info);
    expect(await findGpu({ wanted: true })).toMatchObject({ name, isSoftware });
  });

  it('says what to install where WebGPU has no adapter', async () => {
    stubAdapter(null);
    const message = process.platform === 'linux' ? /apt-get install libvulkan1.*VK_ICD_FILENAMES=/ : /driver/;
    await expect(findGpu({ wanted: true })).rejects.toThrow(/^WebGPU finds no graphics adapter\. /);
    await expect(findGpu({ wanted: true })).rejects.toThrow(message);
  });

  it.skipIf(hasVulkanDriver())(
    'leaves Vulkan, which would print, alone (needs a machine with no driver for it)',
    async () => {
      vi.stubGlobal('navigator', {});
      await expect(findGpu({ wanted: false })).rejects.toThrow(
        /^There is no Vulkan driver\. Install the Vulkan loader/,
      );
    },
  );

  it.skipIf(!hasVulkanDriver() || hasGraphicsDevice())(
    'leaves a Vulkan driver alone where there is no card (needs such a machine)',
    async () => {
      vi.stubGlobal('navigator', {});
      await expect(findGpu({ wanted: false })).rejects.toThrow('This machine shows no graphics card.');
    },
  );

  it('says what a browser without WebGPU lacks', async () => {
    vi.stubGlobal('navigator', {});
    vi.stubGlobal('process', undefined);
    await expect(findGpu({ wanted: true })).rejects.toThrow(
      'This browser has no WebGPU, or the page is not a secure context (https or localhost).',
    );
  });
});
