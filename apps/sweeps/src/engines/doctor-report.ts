import { type Paint, plainPaint, textTable, wrapText } from '../text/index.js';
import type { EngineName } from './engine-names.js';
import type { EngineProbe, WorkingEngine } from './probe-engine.js';

/** What `nf-sweeps doctor` found out, and prints with `--json`. */
export interface Diagnosis {
  readonly machine: {
    readonly node: string;
    readonly platform: string;
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGiB: number;
  };
  /** What `auto` settles on. */
  readonly auto: EngineProbe;
  /** Every other engine, the one that is usually fastest first. */
  readonly engines: readonly EngineProbe[];
}

/** How to get an engine that is missing; what `webgpu` lacks, its own reason says. */
const WAYS: Partial<Record<EngineName, string>> = {
  'native-gpu': 'npx nfnets-native --gpu prepares TensorFlow for an NVIDIA card; see the README of @nfnets/backends.',
  native: "npx nfnets-native prepares TensorFlow's C library, the fastest there is without a graphics card.",
};

/** Another engine is worth a word when it is this many times as fast as the one `auto` takes. */
const CLEARLY_FASTER = 1.2;

/** `diagnosis` as lines of at most `width` characters. */
export function renderDiagnosis(
  { machine, auto, engines }: Diagnosis,
  { paint = plainPaint, width = 80 }: { paint?: Paint; width?: number } = {},
): string[] {
  const { node, platform, cpu, cores, memoryGiB } = machine;
  const item = (name: string, text: string) =>
    wrapText(text, Math.max(20, width - 14)).map((line, i) => `  ${(i === 0 ? name : '').padEnd(12)}${line}`);
  const section = (title: string, items: readonly string[][]) =>
    items.length === 0 ? [] : ['', paint('bold', title), ...items.flat()];

  const missing = engines.filter((probe) => !probe.isAvailable);
  const hints = [
    ...missing.flatMap(({ engine }) => (WAYS[engine] ? [item(engine, WAYS[engine])] : [])),
    ...fasterThanAuto(auto, engines).map(({ engine, times }) =>
      item(engine, `was ${times.toFixed(1)} times as fast here as what auto takes: choose it with --engine ${engine}.`),
    ),
  ];
  return [
    ...wrapText(
      `${cpu}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${memoryGiB} GiB, Node ${node}, ${platform}`,
      width,
    ),
    '',
    ...textTable(
      engines,
      [
        { title: 'engine', cell: ({ engine }) => engine, style: () => 'bold' },
        {
          title: 'works',
          cell: ({ isAvailable }) => (isAvailable ? 'yes' : 'no'),
          style: ({ isAvailable }) => (isAvailable ? 'green' : 'yellow'),
        },
        { title: 'GFLOP/s', align: 'right', cell: (probe) => (probe.isAvailable ? formatSpeed(probe.gigaflops) : '') },
        {
          title: 'threads',
          align: 'right',
          cell: (probe) => (probe.isAvailable && probe.threads !== undefined ? String(probe.threads) : ''),
        },
        { title: 'versions', cell: (probe) => (probe.isAvailable ? formatVersions(probe) : '') },
      ],
      { paint, width },
    ),
    ...wrapText('GFLOP/s of a 3x3 convolution of 64 channels with its gradients', width).map((line) =>
      paint('dim', line),
    ),
    ...section('In use', [
      auto.isAvailable
        ? item('auto', `takes ${auto.chosen}: ${withoutRefusals(auto.reason)}.`)
        : item('auto', `finds nothing: ${auto.reason}`),
      ...engines.flatMap((probe) =>
        probe.isAvailable && probe.engine === 'webgpu' ? [item('webgpu', `is ${withoutRefusals(probe.reason)}.`)] : [],
      ),
    ]),
    ...section(
      'Not here',
      missing.map(({ engine, reason }) => item(engine, reason)),
    ),
    ...section('To get a faster one', hints),
  ];
}

/** The reason of a choice ends in why each faster engine was not taken, which has a place of its own here. */
function withoutRefusals(reason: string): string {
  return reason.split('; not ')[0]!;
}

function fasterThanAuto(auto: EngineProbe, engines: readonly EngineProbe[]): { engine: EngineName; times: number }[] {
  if (!auto.isAvailable) return [];
  const speedOf = (probe: EngineProbe | undefined) => (probe?.isAvailable ? (probe.gigaflops ?? 0) : 0);
  const own = speedOf(engines.find(({ engine }) => engine === auto.chosen));
  if (own === 0) return [];
  return engines
    .filter(({ engine }) => engine !== auto.chosen)
    .map((probe) => ({ engine: probe.engine, times: speedOf(probe) / own }))
    .filter(({ times }) => times > CLEARLY_FASTER);
}

function formatSpeed(gigaflops: number | undefined): string {
  if (gigaflops === undefined) return '';
  return gigaflops.toFixed(gigaflops < 1 ? 2 : gigaflops < 10 ? 1 : 0);
}

function formatVersions({ versions }: WorkingEngine): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}
