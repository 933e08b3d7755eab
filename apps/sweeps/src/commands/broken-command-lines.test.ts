import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BROKEN_COMMAND_LINES } from '../__fixtures__/broken-command-lines.js';
import { CONFIG_TEXT } from '../__fixtures__/quick-config.js';
import { writeSeededRun } from '../__fixtures__/seeded-run.js';
import { silentCommandLine } from '../__fixtures__/silent-command-line.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';

const nfSweeps = silentCommandLine();

describe('a broken command line', () => {
  it('is one of at least 40, each another', () => {
    expect(new Set(BROKEN_COMMAND_LINES.map(({ words }) => words)).size).toBe(BROKEN_COMMAND_LINES.length);
    expect(BROKEN_COMMAND_LINES.length).toBeGreaterThanOrEqual(40);
  });

  it.each(BROKEN_COMMAND_LINES)(
    'as $words is told with the option, the rule and the way out',
    async ({ words, says, code = 2 }) => {
      const folder = temporaryFolder();
      // The longer names in front: each is taken for what it begins with.
      const names = {
        CONFIG: join(folder, 'tiny.yaml'),
        OWN: join(folder, 'own.yaml'),
        OTHER: join(folder, 'runs', 'other'),
        RUN: join(folder, 'runs', 'tiny'),
        FOLDER: folder,
      };
      writeFileSync(names.CONFIG, CONFIG_TEXT);
      writeFileSync(join(folder, 'own.mjs'), 'export default async function* () {}');
      writeFileSync(names.OWN, 'name: own\ntrialModule: own.mjs\ntrial: { depth: 3 }\naxes: { temperature: [1, 2] }\n');
      writeSeededRun(names.RUN, () => 80);
      writeSeededRun(names.OTHER, () => 80, 'axes.batchSize=1024');
      const full = Object.entries(names).reduce((text, [name, path]) => text.replaceAll(name, path), words);
      const result = await nfSweeps(...full.split(' '));
      const told = Object.entries(names).reduce((text, [name, path]) => text.replaceAll(path, name), result.stderr);
      expect(told.replace(/ *\(nf-sweeps --help lists the commands and options\)\n$/, '').trimEnd()).toBe(says);
      expect(result.code).toBe(code);
      expect(told).not.toMatch(/^ +at /m);
    },
  );
});
