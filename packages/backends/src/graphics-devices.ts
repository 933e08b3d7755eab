/**
 * Whether the system shows a graphics card; true on systems where that is not looked up in files. Without one a Vulkan driver computes
 * on the CPU, and Dawn writes to stderr about it.
 */
export function hasGraphicsDevice(): boolean {
  if (process.platform !== 'linux') return true;
  const { existsSync, readdirSync } = process.getBuiltinModule('node:fs');
  // NVIDIA, WSL, AMD's compute driver and Arm's Mali; all others have a render node.
  if (['/dev/nvidiactl', '/dev/dxg', '/dev/kfd', '/dev/mali0'].some(existsSync)) return true;
  return existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => name.startsWith('render'));
}
