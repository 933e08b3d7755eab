import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from './participant.js';

/** What brings the Python peers. */
const INSTALL_PEERS = 'python3 -m venv bench/.venv && bench/.venv/bin/pip install -r bench/requirements.txt';

const OWN_PYTHON = fileURLToPath(new URL('../.venv/bin/python', import.meta.url));

/**
 * How to run a script of `peers/`: with the interpreter that NFNETS_PYTHON names, or else that of `bench/.venv`. Without
 * either, what to install.
 */
export function pythonPeer(script: string, args: readonly string[]): Command | string {
  const program = process.env['NFNETS_PYTHON'] ?? OWN_PYTHON;
  // A bare name is looked up in PATH.
  if (program.includes('/') && !existsSync(program))
    return `${INSTALL_PEERS} (there is no ${program === OWN_PYTHON ? 'bench/.venv/bin/python' : program})`;
  return { program, args: [fileURLToPath(new URL(`../peers/${script}`, import.meta.url)), ...args] };
}
