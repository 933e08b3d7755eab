import { z } from 'zod';
import { sweepSchema } from './sweep-schema.js';

/** A value of a number or a word that another key gives. */
const REFERENCE = { type: 'string', pattern: '^\\$\\{[^{}]+\\}$' } as const;

/**
 * The JSON Schema of sweep configs, for editors: it completes keys, explains them, and marks most mistakes.
 *
 * Nothing is required, since a config may be what others extend or what lies over another, and a number may be a reference.
 */
export function sweepJsonSchema(): object {
  const schema = z.toJSONSchema(sweepSchema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      const { required: _, rule: __, allowed: ___, ...kept } = jsonSchema;
      const isNumber = kept.type === 'number' || kept.type === 'integer';
      const { description, default: standard, ...bare } = kept;
      const outer = {
        ...(description ? { description } : {}),
        ...(standard === undefined ? {} : { default: standard }),
      };
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as keyof typeof jsonSchema];
      Object.assign(jsonSchema, isNumber ? { ...outer, anyOf: [bare, REFERENCE] } : kept);
    },
  });
  const properties = schema.properties as Record<string, object>;
  return {
    ...schema,
    title: 'A sweep of @nfnets/sweeps',
    properties: {
      ...properties,
      quick: { ...properties['quick'], $ref: '#' },
      extends: { ...properties['extends'], anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
    },
  };
}
