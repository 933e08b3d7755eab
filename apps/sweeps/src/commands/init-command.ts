import { existsSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { parseSweepConfig } from '../config/index.js';
import { writeFileSafely } from '../store/index.js';
import { SweepError } from '../sweep-error.js';
import { surveyData } from '../trial/index.js';
import type { DocumentOf } from './documents/document-parts.js';
import type { initDocument } from './documents/other-documents.js';
import { EXIT } from './exit-codes.js';
import { firstConfig } from './first-config.js';
import { type CommandResult, textOf } from './output/command-result.js';

export interface InitOptions {
  readonly out: string;
  /** Overwrites what is there. */
  readonly force?: boolean;
}

/** Writes a first config for the images at `place`, or for digits. */
export async function initCommand(
  place: string | undefined,
  { out, force = false }: InitOptions,
): Promise<CommandResult<DocumentOf<typeof initDocument>>> {
  const ending = extname(out);
  if (!/^\.ya?ml$/.test(ending))
    throw new SweepError(`--out: must be a file that ends in .yaml, for the config has comments, got ${out}.`);
  if (existsSync(out) && !force)
    throw new SweepError(`--out: ${out} is there already. Give another file, or --force to overwrite it.`);
  const data = await surveyData(place);
  const name =
    basename(out, ending)
      .replace(/[^\w.-]/g, '-')
      .replace(/^[.-]+/, '') || 'sweep';
  const config = firstConfig(name, data).replaceAll('FILE', out);
  // Whatever is told here is a fault of ours, or data that no config can be made for.
  parseSweepConfig(out, config);
  writeFileSafely(out, config);
  return {
    data: { file: out, data, config },
    text: () =>
      textOf([
        `Wrote ${out}: ${data.train} images to train on and ${data.test} to test on, ${data.classes} classes (${data.name}).`,
        `nf-sweeps plan ${out}`,
        `nf-sweeps run ${out} --quick`,
      ]),
    exitCode: EXIT.ok,
  };
}
