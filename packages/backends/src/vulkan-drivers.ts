/**
 * Whether a Vulkan driver is registered on this machine; true on systems that WebGPU does not reach through Vulkan.
 *
 * Looks where the Vulkan loader does ("Driver Discovery" in the documentation of Vulkan-Loader).
 */
export function hasVulkanDriver(): boolean {
  if (process.platform !== 'linux') return true;
  const { env } = process;
  if (env['VK_DRIVER_FILES'] || env['VK_ICD_FILENAMES'] || env['VK_ADD_DRIVER_FILES']) return true;
  const { existsSync, readdirSync } = process.getBuiltinModule('node:fs');
  const { join } = process.getBuiltinModule('node:path');
  const home = process.getBuiltinModule('node:os').homedir();
  const roots = [
    env['XDG_CONFIG_HOME'] || join(home, '.config'),
    ...(env['XDG_CONFIG_DIRS'] || '/etc/xdg').split(':'),
    '/etc',
    '/usr/local/etc',
    env['XDG_DATA_HOME'] || join(home, '.local/share'),
    ...(env['XDG_DATA_DIRS'] || '/usr/local/share:/usr/share').split(':'),
  ];
  return roots
    .map((root) => join(root, 'vulkan/icd.d'))
    .some((folder) => existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.json')));
}
