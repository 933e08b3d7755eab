import { availableParallelism, cpus, totalmem } from 'node:os';
import {
  type Diagnosis,
  type EngineName,
  type EngineProbe,
  MEASURABLE_ENGINES,
  type ProbeOptions,
  probeInChild,
  renderDiagnosis,
} from '../engines/index.js';
import type { DocumentOf } from './documents/document-parts.js';
import type { doctorDocument } from './documents/other-documents.js';
import { EXIT } from './exit-codes.js';
import { type CommandResult, textOf } from './output/command-result.js';

/** Tells which engines work on this machine, how fast, which one `auto` takes, and how to get a faster one. */
export async function doctorCommand(
  engines: readonly EngineName[],
): Promise<CommandResult<DocumentOf<typeof doctorDocument>>> {
  const say = process.stderr.isTTY ? (text: string) => void process.stderr.write(`\r\x1b[K${text}`) : () => {};
  const diagnosis = await diagnose(engines.length > 0 ? engines : MEASURABLE_ENGINES, {
    onStart: (engine) => say(`trying ${engine} ...`),
  });
  say('');
  return {
    data: diagnosis,
    text: (paint) => textOf(renderDiagnosis(diagnosis, { paint, width: process.stdout.columns ?? 80 })),
    exitCode: diagnosis.auto.isAvailable ? EXIT.ok : EXIT.failed,
  };
}

interface DiagnoseOptions extends Pick<ProbeOptions, 'command' | 'timeoutMs'> {
  readonly onStart?: (engine: EngineName) => void;
}

/** Tries `engines`, and `auto`, each in a process of its own and one after the other: together they would slow each other down. */
export async function diagnose(
  engines: readonly EngineName[],
  { onStart = () => {}, ...options }: DiagnoseOptions = {},
): Promise<Diagnosis> {
  const probe = (engine: EngineName, measure: boolean) => {
    onStart(engine);
    return probeInChild(engine, { ...options, measure });
  };
  const probes: EngineProbe[] = [];
  for (const engine of engines) probes.push(await probe(engine, true));
  return {
    machine: {
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
      cpu: cpus()[0]?.model.trim() ?? 'unknown processor',
      cores: availableParallelism(),
      memoryGiB: Math.round(totalmem() / 2 ** 30),
    },
    auto: await probe('auto', false),
    engines: probes,
  };
}
