import { existsSync } from 'node:fs';

/** Where Chromium keeps the driver that computes on the CPU: Debian's package, and Google's. */
const DRIVERS = ['/usr/lib/chromium/vk_swiftshader_icd.json', '/opt/google/chrome/vk_swiftshader_icd.json'];

/** What to say in the name of a suite that needs a graphics adapter. */
export const NEEDS_GPU = 'needs a graphics adapter, or one in software: apt-get install chromium libvulkan1';

/**
 * Lets WebGPU in this process find the graphics adapter that Chromium brings, which computes the same numbers everywhere; where
 * there is no Chromium, or another driver was asked for, WebGPU finds what it finds.
 */
export function useSoftwareGpu(): void {
  const driver = DRIVERS.find((path) => existsSync(path));
  if (driver !== undefined) process.env['VK_ICD_FILENAMES'] ??= driver;
}
