import type { BenchCase, BenchResult, PeerFigure } from '../figures/bench-result.js';

/** A result as a section of Markdown: what it is, where and when it was measured, a table, and what is missing. */
export function resultsSection(name: string, description: string, result: BenchResult): string {
  const { machine, date, cases } = result;
  const peers = [...new Set(cases.flatMap((each) => Object.keys(each.peers)))];
  const rows = cases.map((each) => [
    each.name,
    each.ours ?? (each.extra?.failure === undefined ? 'missing' : 'failed'),
    ...peers.map((peer) => cell(each.peers[peer])),
    each.ratio ?? '',
  ]);
  const header = ['case', 'ours', ...peers, 'ratio'];
  const alignment = header.map((_, i) => (i === 0 ? '---' : '---:'));
  const table = [header, alignment, ...rows].map((row) => `| ${row.join(' | ')} |`);
  const notes = [...new Set(cases.flatMap(notesOf))].map((note) => `- ${note}`);
  const versions = [
    ...new Set(cases.map(({ extra }) => extra?.['versions']).filter((each) => each !== undefined && each !== '')),
  ];
  const facts = [machine, ...versions, date.slice(0, 10)].join('; ');
  return [
    `## ${name}`,
    '',
    description,
    '',
    `${facts}.`,
    '',
    ...table,
    ...(notes.length > 0 ? ['', ...notes] : []),
  ].join('\n');
}

function cell(figure: PeerFigure | undefined): string | number {
  if (figure === undefined) return '';
  return typeof figure === 'number' ? figure : 'missing';
}

function notesOf({ name, peers, extra }: BenchCase): string[] {
  const missing = Object.entries(peers).flatMap(([peer, figure]) =>
    typeof figure === 'number' ? [] : [`${peer} is missing: ${figure.missing}`],
  );
  return [
    ...(extra?.failure === undefined ? [] : [`**${name} fails**: ${extra.failure}`]),
    ...(extra?.['note'] === undefined ? [] : [`${name}: ${extra['note']}`]),
    ...(extra?.missing === undefined ? [] : [`${name} is missing: ${extra.missing}`]),
    ...missing,
  ];
}
