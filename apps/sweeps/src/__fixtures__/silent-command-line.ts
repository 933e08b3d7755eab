import { beforeEach, type Mock, vi } from 'vitest';
import { runCommandLine } from '../commands/command-line.js';

/** Keeps each test of a file from printing; returns `nf-sweeps` in this process, with what it would have printed. */
export function silentCommandLine() {
  let output: Mock<typeof process.stdout.write>;
  let errors: Mock<typeof process.stderr.write>;
  beforeEach(() => {
    output = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    errors = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    return () => {
      output.mockRestore();
      errors.mockRestore();
    };
  });
  return async (...args: string[]) => {
    output.mockClear();
    errors.mockClear();
    const code = await runCommandLine(args);
    const text = (mock: typeof output) => mock.mock.calls.map(([part]) => String(part)).join('');
    return { code, stdout: text(output), stderr: text(errors) };
  };
}
