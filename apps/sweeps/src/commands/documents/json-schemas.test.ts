import { readdirSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { describeProgram } from '../program/describe-program.js';
import { outputJsonSchemas } from './json-schemas.js';

const schemas = outputJsonSchemas();

describe('the JSON Schemas of what is printed', () => {
  // `npx vitest run src/commands/documents/json-schemas.test.ts -u` writes them.
  it.each(Object.entries(schemas))('that come with the package are those of the code: %s', async (command, schema) => {
    await expect(`${JSON.stringify(schema, null, 1)}\n`).toMatchFileSnapshot(`../../../schemas/${command}.schema.json`);
    expect(new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema)).toBeTypeOf('function');
  });

  it('are of every command, and of no other', () => {
    const commands = describeProgram(() => {}).program.commands.filter((command) =>
      command.options.some(({ long }) => long === '--json'),
    );
    expect(Object.keys(schemas).sort()).toEqual(commands.map((command) => command.name()).sort());
    const files = readdirSync(new URL('../../../schemas/', import.meta.url)).map((name) =>
      name.replace('.schema.json', ''),
    );
    expect(files.sort()).toEqual(Object.keys(schemas).sort());
    // What the program starts itself is the only other thing.
    const others = describeProgram(() => {}).program.commands.filter(
      (command) => !commands.some((each) => each.name() === command.name()),
    );
    expect(others.map((command) => command.name())).toEqual(['probe-engine', 'run-trial']);
  });

  it('tell a number that JSON lacks, and nothing else in its place', () => {
    const check = new Ajv2020({ allowUnionTypes: true }).compile(schemas['gc']!);
    const good = {
      isDryRun: true,
      dir: 'a',
      bytes: 1,
      trials: 2,
      version: 1,
      command: 'gc',
      exitCode: 0,
      warnings: [],
    };
    expect(check(good)).toBe(true);
    for (const bad of [{ bytes: -1 }, { bytes: 'NaN' }, { more: 1 }, { version: 2 }, { command: 'ls' }])
      expect(check({ ...good, ...bad }), JSON.stringify(bad)).toBe(false);
    const run = new Ajv2020({ allowUnionTypes: true }).compile(schemas['run']!);
    const epoch = { type: 'trial-epoch', time: 'now', id: 'a', epoch: 1, step: 2, samples: 3, loss: 'NaN' };
    expect(run(epoch)).toBe(true);
    expect(run({ ...epoch, loss: 'none' })).toBe(false);
  });
});
