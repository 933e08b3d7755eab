import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sweepJsonSchema } from './json-schema.js';

type Node = { readonly properties: Record<string, Node>; readonly description?: string; readonly required?: unknown };

describe('the JSON Schema', () => {
  // `npx vitest run src/json-schema.test.ts -u` writes it.
  it('that comes with the package is that of the code', async () => {
    await expect(`${JSON.stringify(sweepJsonSchema(), null, 1)}\n`).toMatchFileSnapshot('../../sweep.schema.json');
  });

  it('explains every key of a trial, and requires none', () => {
    const { trial, axes } = (sweepJsonSchema() as Node).properties;
    for (const [key, value] of Object.entries(trial!.properties)) expect(value.description, key).toMatch(/\w/);
    expect(Object.keys(axes!.properties)).toContain('learningRate.base');
    expect(trial!.required).toBeUndefined();
  });

  it('takes the sweep it was made for', () => {
    const schema = z.fromJSONSchema(sweepJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
    const good = { name: 'a', trial: { epochs: 2, batchSize: `\${trial.epochs}` }, axes: { clipFactor: ['off', 0.1] } };
    expect(schema.safeParse(good).success).toBe(true);
    for (const bad of [{ trial: { epocs: 2 } }, { axes: { clipFactor: [] } }, { trial: { epochs: 'two' } }]) {
      expect(schema.safeParse({ ...good, ...bad }).success).toBe(false);
    }
  });

  it('is named by the sweeps that come with the package', () => {
    const text = readFileSync(new URL('../../sweeps/quickstart.yaml', import.meta.url), 'utf8');
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../sweep.schema.json');
  });
});
