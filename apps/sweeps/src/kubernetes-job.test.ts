import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { temporaryFolder } from './__fixtures__/temporary-folder.js';
import { kubernetesJob } from './kubernetes-job.js';

const job = (manifest = '/runs/k8s.txt') =>
  parse(
    kubernetesJob({
      ...{ name: 'Fig 2b: λ!', trials: 60, parallel: 8, image: 'registry.example/nf:1', claim: 'disk', mount: '/runs' },
      ...{ manifest, engine: 'native', restarts: 2, cpu: '4', memory: '8Gi', gpus: 1 },
    }),
  );

it('runs every trial in a pod of its own, on a shared volume', () => {
  const { apiVersion, kind, metadata, spec } = job();
  expect([apiVersion, kind]).toEqual(['batch/v1', 'Job']);
  expect(metadata.name).toMatch(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
  expect(metadata.name).toBe('nf-sweeps-fig-2b');
  expect(spec).toMatchObject({ completionMode: 'Indexed', completions: 60, parallelism: 8, backoffLimitPerIndex: 2 });
  const { containers, restartPolicy, volumes } = spec.template.spec;
  // Kubernetes refuses a pod failure policy with any other.
  expect(restartPolicy).toBe('Never');
  expect(containers).toHaveLength(1);
  expect(containers[0]).toMatchObject({
    name: spec.podFailurePolicy.rules[0].onExitCodes.containerName,
    image: 'registry.example/nf:1',
    resources: { limits: { cpu: '4', memory: '8Gi', 'nvidia.com/gpu': '1' } },
    volumeMounts: [{ name: volumes[0].name, mountPath: '/runs' }],
  });
  expect(volumes[0].persistentVolumeClaim).toEqual({ claimName: 'disk' });
  // The rules Kubernetes knows are on exit codes or on conditions, never both.
  for (const rule of spec.podFailurePolicy.rules) {
    expect(Object.keys(rule).filter((key) => key !== 'action')).toHaveLength(1);
  }
});

it.each([
  [0, 0],
  [10, 0],
  [11, 0],
  [75, 75],
  [1, 1],
])('ends a pod whose trial ends with %i with %i', async (trial, pod) => {
  const folder = temporaryFolder();
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  // Stands for nf-sweeps: notes what it was called with.
  writeFileSync(join(bin, 'nf-sweeps'), `#!/bin/sh\necho "$@"\nexit ${trial}\n`, { mode: 0o755 });
  writeFileSync(join(folder, "it's.txt"), '/runs/trials/a\n/runs/trials/b\n');
  const [shell, ...args] = job(join(folder, "it's.txt")).spec.template.spec.containers[0].command;
  const child = spawn(shell, args, {
    env: { PATH: `${bin}:${process.env['PATH']}`, JOB_COMPLETION_INDEX: '1' },
  });
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(output).toBe('run-trial /runs/trials/b --engine native --threads 4\n');
  expect(code).toBe(pod);
});
