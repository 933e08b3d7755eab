import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeEach, expect, it, type Mock, vi } from 'vitest';
import { type SweepShape, writeLargeSweep } from '../__fixtures__/large-sweep.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { exportCommand } from '../commands/export-command.js';
import { lsCommand } from '../commands/ls-command.js';
import { planCommand } from '../commands/plan-command.js';
import { reindexCommand } from '../commands/reindex-command.js';
import { reportCommand } from '../commands/report-command.js';
import { runFiles } from '../store/run-folder.js';

let print: Mock<typeof process.stdout.write>;
beforeEach(() => {
  print = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  return () => print.mockRestore();
});

/** What `command` prints. */
async function printed(command: () => Promise<unknown>): Promise<string> {
  print.mockClear();
  await command();
  return print.mock.calls.map(([text]) => text).join('');
}

// In small what `npm run soak -- scale` measures in large.
it.each(['grid', 'random'] satisfies SweepShape[])(
  'the commands tell the same of a %s with an index and without',
  async (shape) => {
    const { file, dir, trials } = await writeLargeSweep(temporaryFolder(), shape, 80);
    expect(trials).toHaveLength(80);
    const { report } = runFiles(dir);
    const tell = async () => ({
      plan: await printed(() => planCommand(file, [], { out: dir })),
      ls: await printed(() => lsCommand(dirname(dir))),
      report: await printed(() => reportCommand(dir)),
      // Vega numbers gradients and clips through all figures of a process.
      page: readFileSync(report, 'utf8').replace(/(gradient_|clip)\d+/g, '$1'),
      table: await printed(() => exportCommand(dir, { format: 'csv' })),
    });
    const fromFiles = await tell();
    expect(fromFiles.plan).toContain('80 trials, 0 to run in');
    expect(await printed(() => reindexCommand(dir))).toMatch(/index\.sqlite: 80 trials, 0\.\d MB\.\n$/);
    expect(await tell()).toEqual(fromFiles);
  },
);
