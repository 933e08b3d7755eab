import { readFileSync } from 'node:fs';
import { split } from 'shellwords-ts';
import { describe, expect, it } from 'vitest';
import { silentCommandLine } from '../__fixtures__/silent-command-line.js';
import { EXIT_CODES } from './exit-codes.js';
import { ERROR_CODES } from './output/describe-error.js';
import type { Task } from './program/add-command.js';
import { describeProgram } from './program/describe-program.js';

const nfSweeps = silentCommandLine();
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** The command lines of `text` that stand on lines of their own, up to a comment or a pipe. */
const commandLines = (text: string): string[] =>
  [...text.matchAll(/^(?: {2})?nf-sweeps (\w.*?)(?: +[#|].*)?$/gm)].map(([, words]) => words!);

/** The command that `words` ask for; throws where they do not parse. Runs nothing. */
async function parsed(words: string): Promise<string | undefined> {
  let task: Task | undefined;
  const { program } = describeProgram((asked) => {
    task = asked;
  });
  await program.parseAsync(split(words), { from: 'user' });
  return task?.command;
}

describe('the guide', () => {
  it('has every command with what it does, every exit code and every code of an error', async () => {
    const { stdout, code } = await nfSweeps('guide');
    expect(code).toBe(0);
    const { program } = describeProgram(() => {});
    const commands = program.commands.filter((command) => command.options.some(({ long }) => long === '--json'));
    expect(commands.length).toBeGreaterThanOrEqual(16);
    for (const command of commands)
      expect(stdout).toMatch(new RegExp(`^ {2}${command.name()} +${command.description().slice(0, 30)}`, 'm'));
    for (const { code, means } of Object.values(EXIT_CODES)) expect(stdout).toContain(`${code}  ${means}\n`);
    for (const [code, means] of Object.entries(ERROR_CODES))
      expect(stdout).toMatch(new RegExp(`${code} +${means.slice(0, 20)}`));
    expect(stdout).not.toMatch(/probe-engine|run-trial/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(140);
  });

  it.each(['guide', '--help'])('has examples in %s that parse', async (word) => {
    const lines = commandLines(
      (await nfSweeps(word)).stdout.replace(/ {5,}\w.*$/gm, '').replace(/ {4}is the.*$/gm, ''),
    );
    expect(lines.length).toBeGreaterThan(8);
    for (const line of lines) expect(await parsed(line), line).toBe(line.split(' ')[0]);
  });

  it('has the types of all events of a run', async () => {
    const { stdout } = await nfSweeps('guide');
    const schema = JSON.parse(
      readFileSync(new URL('../../schemas/run.schema.json', import.meta.url), 'utf8'),
    ) as object;
    const types = [...JSON.stringify(schema).matchAll(/"type":\{"type":"string","const":"([\w-]+)"\}/g)].map(
      ([, type]) => type!,
    );
    expect(types.length).toBeGreaterThanOrEqual(14);
    for (const type of types) expect(stdout).toMatch(new RegExp(`\\b${type}\\b`));
  });
});

describe('the README', () => {
  it('has every exit code, and commands that parse', async () => {
    for (const { code, means } of Object.values(EXIT_CODES)) expect(readme).toContain(`| ${code} | ${means} |`);
    const lines = commandLines(readme);
    expect(lines.length).toBeGreaterThan(15);
    for (const line of lines) expect(await parsed(line), line).toBe(line.split(' ')[0]);
  });
});
