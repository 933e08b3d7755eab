// Runs a turbo task quietly, and without turbo's telemetry.
import { spawnSync } from 'node:child_process';

const { status } = spawnSync('turbo', ['run', ...process.argv.slice(2), '--output-logs=errors-only'], {
  stdio: 'inherit',
  // npm's script shims are batch files on Windows.
  shell: process.platform === 'win32',
  env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
});
process.exit(status ?? 1);
