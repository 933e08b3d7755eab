import { hasGraphicsDevice } from './graphics-devices.js';
import { hasVulkanDriver } from './vulkan-drivers.js';

/** A graphics adapter that WebGPU offers, and whether it is a program on the CPU. */
export interface FoundGpu {
  readonly adapter: GPUAdapter;
  /** As its driver calls itself. */
  readonly name: string;
  readonly isSoftware: boolean;
  /** Puts WebGPU's classes and `navigator.gpu` where tfjs looks for them; a browser has them there. */
  readonly publish: () => void;
}

const SOFTWARE_ADAPTERS = /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i;

/** Npm's `webgpu`, once it has been loaded: two of its instances would know nothing of each other's devices. */
let dawn: { readonly gpu: GPU; readonly globals: object } | undefined;

/**
 * Finds the fastest adapter of the browser's WebGPU, or in Node of npm's `webgpu`.
 *
 * Unless it is `wanted` by name, does not wake a graphics driver that is not there or has no card: Dawn writes to stderr then.
 * Throws an `Error` that says what to install.
 */
export async function findGpu({ wanted }: { readonly wanted: boolean }): Promise<FoundGpu> {
  const gpu = globalThis.navigator?.gpu ?? (await gpuOfNode(wanted));
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw new Error(`WebGPU finds no graphics adapter. ${howToGetAdapter()}`);
  const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
  const name = description || [vendor, architecture].filter(Boolean).join(' ') || 'a nameless adapter';
  const isSoftware = isFallbackAdapter || SOFTWARE_ADAPTERS.test(`${architecture} ${description}`);
  return { adapter, name, isSoftware, publish };
}

async function gpuOfNode(wanted: boolean): Promise<GPU> {
  if (typeof process === 'undefined' || typeof process.versions?.node !== 'string') {
    throw new Error('This browser has no WebGPU, or the page is not a secure context (https or localhost).');
  }
  if (!wanted && !hasVulkanDriver()) throw new Error(`There is no Vulkan driver. ${howToGetAdapter()}`);
  if (!wanted && !hasGraphicsDevice()) throw new Error('This machine shows no graphics card.');
  if (dawn === undefined) {
    const { create, globals } = await loadDawn();
    dawn = { gpu: create([]), globals };
  }
  return dawn.gpu;
}

function publish(): void {
  if (globalThis.navigator?.gpu !== undefined || dawn === undefined) return;
  Object.assign(globalThis, dawn.globals);
  // Node 20 has no navigator at all.
  if (globalThis.navigator === undefined) {
    const navigator = { userAgent: `Node.js/${process.versions.node.split('.')[0]}` };
    Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true, writable: true });
  }
  Object.defineProperty(globalThis.navigator, 'gpu', { value: dawn.gpu, configurable: true, writable: true });
}

async function loadDawn(): Promise<{ create: (options: string[]) => GPU; globals: object }> {
  // A name that TypeScript and bundlers cannot follow: the package is optional, and for Node only.
  const packageName = 'webgpu' as string;
  try {
    return await import(/* @vite-ignore */ /* webpackIgnore: true */ packageName);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(
      code === 'ERR_MODULE_NOT_FOUND'
        ? 'The npm package `webgpu` is not installed. Install it with `npm install webgpu`.'
        : `The npm package \`webgpu\` does not load (${message.split('\n')[0]}).`,
    );
  }
}

function howToGetAdapter(): string {
  if (typeof process === 'undefined') return "Turn on the browser's hardware acceleration.";
  if (process.platform !== 'linux') return "Install the graphics card's driver.";
  return (
    "Install the Vulkan loader and the graphics card's driver (Debian: `apt-get install libvulkan1 mesa-vulkan-drivers`; NVIDIA: its own, " +
    'and in a container NVIDIA_DRIVER_CAPABILITIES=all). To compute the same slowly without a graphics card: `apt-get install chromium libvulkan1` ' +
    'and VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json.'
  );
}
