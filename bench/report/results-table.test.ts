import { expect, it } from 'vitest';
import { resultsSection } from './results-table.js';

it('shows figures, and says what is missing and what fails', () => {
  const section = resultsSection('step', 'Milliseconds.', {
    machine: 'Processor, 2 cores',
    date: '2026-11-23T12:00:00.000Z',
    cases: [
      { name: 'small', ours: 30, peers: { PyTorch: 60, JAX: { missing: 'pip install jax' } }, ratio: 0.5 },
      {
        name: 'large',
        ours: null,
        peers: { PyTorch: 700 },
        ratio: null,
        extra: { failure: 'wrong losses', versions: 'PyTorch 2' },
      },
    ],
  });
  expect(section).toBe(`## step

Milliseconds.

Processor, 2 cores; PyTorch 2; 2026-11-23.

| case | ours | PyTorch | JAX | ratio |
| --- | ---: | ---: | ---: | ---: |
| small | 30 | 60 | missing | 0.5 |
| large | failed | 700 |  |  |

- JAX is missing: pip install jax
- **large fails**: wrong losses`);
});
