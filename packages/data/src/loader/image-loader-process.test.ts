import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { tempFolder } from '../__fixtures__/temp-folder.js';
import { writePhotos } from './__fixtures__/photos.js';

it.each(['return', 'exit'])(
  'lets a process end that leaves a pass by %s, with images in the making',
  async (how) => {
    const folder = tempFolder();
    await writePhotos(folder, 20);
    const tsx = createRequire(import.meta.url).resolve('tsx');
    const program = fileURLToPath(new URL('./__fixtures__/leave-a-pass.ts', import.meta.url));
    const args = ['--import', tsx, '--conditions=@nfnets/source', program, folder, how];
    // Rejects if the process has to be killed, or ends with another code than 0.
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
    expect(stdout).toContain('left with 4,64,64,3');
  },
  90_000,
);
