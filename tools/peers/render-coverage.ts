import type { CoveragePeer, CoverageRow, CoverageTable, Place } from './coverage-table.js';
import { EXPORTS, FILES } from './places.js';

/** Where a place is, from the root of the repository. */
export function pathOf(place: Place): string {
  return { ...EXPORTS, ...FILES }[place];
}

/** Names that a row is of. */
export function namesOf([names]: CoverageRow): readonly string[] {
  return typeof names === 'string' ? [names] : names;
}

/** What a row names of ours; a preset by its name. */
export function placesOf([, ours]: CoverageRow): readonly Place[] {
  if (ours === 'no' || (typeof ours === 'object' && 'preset' in ours)) return [];
  return typeof ours === 'string' ? [ours] : (ours as readonly Place[]);
}

/** Makes the text of `docs/coverage.md`. Pure. */
export function renderCoverage(peers: readonly CoveragePeer[], fileOfPreset: (preset: string) => string): string {
  const counts = peers.map(({ title, source, tables }) => {
    const rows = tables.flatMap((table) => table.rows);
    const count = (some: readonly CoverageRow[]) => some.reduce((sum, row) => sum + namesOf(row).length, 0);
    const here = count(rows.filter(([, ours]) => ours !== 'no'));
    return `| [${title}](#${anchorOf(title)}) | ${source} | ${here} | ${count(rows) - here} |`;
  });
  const sections = peers.flatMap(({ title, source, peer, tables }) => [
    `## ${title}`,
    `Of ${source}.`,
    ...tables.flatMap((table) => renderTable(table, peer !== undefined, fileOfPreset)),
  ]);
  return `${[HEAD, ['| peer | of | here | not here |', '| --- | --- | ---: | ---: |', ...counts].join('\n'), ...sections].join('\n\n')}\n`;
}

const HEAD = `# What others have, and where it is here

Made from the tables in \`tools/peers\` by \`npx vitest run tests/coverage.test.ts -u\`: do not write in it. The test also holds that every
file that is named exists and exports what is named, that every preset is one, and, where timm, optax or a clone of the authors'
code is there (\`tools/reference/peer_names.py\`), that no name of theirs is missing or too much. "here" means that there is a way to the same
end, not the same call; what else is to say is in the last column. Names of which the same is true share a row.`;

function renderTable(table: CoverageTable, isCode: boolean, fileOfPreset: (preset: string) => string): string[] {
  const lines = table.rows.map((row) => {
    const [, ours, note = ''] = row;
    const names = namesOf(row).map((name) => (isCode ? `\`${name === '' ? "''" : name}\`` : name));
    const cell =
      typeof ours === 'object' && 'preset' in ours
        ? link(ours.preset, fileOfPreset(ours.preset))
        : ours === 'no'
          ? 'no'
          : placesOf(row)
              .map((place) => link(place, pathOf(place)))
              .join(', ');
    return `| ${names.join(', ')} | ${cell} | ${note} |`;
  });
  const about = table.about === undefined ? [] : [table.about];
  return [`### ${table.title}`, ...about, ['| theirs | ours | |', '| --- | --- | --- |', ...lines].join('\n')];
}

function link(label: string, path: string): string {
  return `[\`${label}\`](../${path})`;
}

/** As GitHub makes it of a heading. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
}
