import { basename, dirname, join, resolve } from 'node:path';
import { makeFolder } from '../make-folder.js';
import { keysOfSeed } from '../plan/index.js';
import {
  compareSweeps,
  comparisonFigure,
  comparisonLines,
  PRINT_SCALE,
  paperSpec,
  pngRenderer,
  renderSvg,
  valuesApart,
} from '../report/index.js';
import { explainUnwritable, openRun, writeFileSafely, writeJson } from '../store/index.js';
import { SweepError } from '../sweep-error.js';
import { damageCode } from './damage-code.js';
import type { DocumentOf } from './documents/document-parts.js';
import type { compareDocument } from './documents/folder-documents.js';
import { type CommandResult, textOf } from './output/command-result.js';

/** Compares the run folders `a` and `b`, and writes that with its figure into a folder. */
export async function compareCommand(
  a: string,
  b: string,
  { out }: { out?: string },
): Promise<CommandResult<DocumentOf<typeof compareDocument>>> {
  const names = [basename(resolve(a)), basename(resolve(b))] as const;
  const runs = [await openRun(a), await openRun(b)] as const;
  const [left, right] = [runs[0].records, runs[1].records];
  const ofSeed = new Set(runs.flatMap(({ plan }) => [...keysOfSeed(plan.config.references)]));
  const comparison = compareSweeps(left, right, ofSeed);
  if (comparison.rows.length === 0) {
    const apart = valuesApart(left, right);
    throw new SweepError(
      [
        `compare: no trial of ${a} has a partner in ${b}. Partners have the same config and seed, but for values that are the same throughout each sweep.`,
        ...(apart.length > 0 ? ['They have no value in common of:', ...apart.map((line) => `  ${line}`)] : []),
      ].join('\n'),
    );
  }
  const dir = out ?? join(dirname(resolve(a)), `${names[0]}-vs-${names[1]}`);
  explainUnwritable(dir, () => makeFolder(dir));
  writeJson(join(dir, 'compare.json'), { a, b, ...comparison });
  const lines = ['', `compare  ${join(dir, 'compare.json')}`];
  let picture: string | undefined;
  const figure = comparisonFigure(comparison, names);
  if ('reason' in figure) lines.push(`         without a figure: ${figure.reason}`);
  else {
    const spec = paperSpec(figure);
    const svg = await renderSvg(spec);
    writeJson(join(dir, 'compare.vl.json'), spec);
    picture = join(dir, 'compare.svg');
    writeFileSafely(picture, svg);
    const renderer = pngRenderer();
    try {
      writeFileSafely(join(dir, 'compare.png'), await renderer.draw(svg, PRINT_SCALE));
      lines.push(`figure   ${join(dir, 'compare.png')} (.svg, .vl.json)`);
    } catch (error) {
      lines.push(`figure   ${picture} (.vl.json), without a picture: ${(error as Error).message}`);
    } finally {
      renderer.close();
    }
  }
  const { axes: _, ...told } = comparison;
  const damage = runs.flatMap((run) => [...run.damage]);
  return {
    data: { a, b, ...told, files: { comparison: join(dir, 'compare.json'), ...(picture ? { figure: picture } : {}) } },
    text: (paint) => textOf([...comparisonLines(comparison, [a, b], paint), ...lines]),
    warnings: damage,
    exitCode: damageCode(damage),
  };
}
