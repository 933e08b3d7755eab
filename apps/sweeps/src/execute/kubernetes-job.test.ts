import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { type RenderOptions, renderCommand } from '../commands/render-command.js';
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
  expect(metadata.name).toMatch(/^nf-sweeps-fig-2b-[0-9a-f]{8}$/);
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

describe('a trial of several workers', () => {
  const manifests = parseAllDocuments(
    kubernetesJob({
      ...{ name: 'grid', trials: 5, parallel: 2, image: 'nf:1', claim: 'disk', mount: '/runs', manifest: '/m.txt' },
      ...{ engine: 'native', restarts: 2, workers: 3, cpu: '4', memory: '8Gi', gpus: 0 },
    }),
  ).map((document) => document.toJS());
  const [service, policy, workers] = manifests;

  it('is that many pods in a row, which a service gives names', () => {
    const { name } = workers.metadata;
    expect(manifests.map(({ kind }) => kind)).toEqual(['Service', 'NetworkPolicy', 'Job']);
    expect(workers.spec).toMatchObject({ completions: 15, parallelism: 6, maxFailedIndexes: 15 });
    expect(workers.spec.template.spec.subdomain).toBe(name);
    const pods = { 'batch.kubernetes.io/job-name': name };
    expect(service).toMatchObject({
      metadata: { name },
      // A pod is ready to be met before it is ready.
      spec: { clusterIP: 'None', publishNotReadyAddresses: true, selector: pods },
    });
    expect(policy.spec).toEqual({
      podSelector: { matchLabels: pods },
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: { matchLabels: pods } }] }],
    });
  });

  it.each([
    [0, 'a', 0, [0, 1, 2]],
    [2, 'a', 2, [0, 1, 2]],
    [3, 'b', 0, [3, 4, 5]],
    [7, 'c', 1, [6, 7, 8]],
  ])('pod %i works on trial %s as worker %i, beside pods %j', async (pod, trial, index, pods) => {
    const folder = temporaryFolder();
    const text = '#!/bin/sh\necho "$NFNETS_INDEX $NFNETS_HOSTS $@"\n';
    writeFileSync(join(folder, 'nf-sweeps'), text, { mode: 0o755 });
    writeFileSync(join(folder, 'm.txt'), 'a\nb\nc\n');
    const [shell, flag, script] = workers.spec.template.spec.containers[0].command;
    const child = spawn(shell, [flag, script.replace('/m.txt', join(folder, 'm.txt'))], {
      env: { PATH: `${folder}:${process.env['PATH']}`, JOB_COMPLETION_INDEX: String(pod) },
    });
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
    });
    await new Promise((resolve) => child.on('close', resolve));
    const { name } = workers.metadata;
    const hosts = pods.map((each) => `${name}-${each}.${name}:4001`).join();
    const flags = '--engine native --threads 4 --workers 3 --trust-network';
    expect(output).toBe(`${index} ${hosts} run-trial ${trial} ${flags}\n`);
  });
});

describe('a job', () => {
  const values = {
    ...{
      name: 'grid',
      trials: 60,
      parallel: 8,
      image: 'nf:1',
      claim: 'disk',
      mount: '/runs',
      manifest: '/runs/k8s.txt',
    },
    ...{ engine: 'wasm', restarts: 2, cpu: '4', memory: '8Gi', gpus: 0 },
  };
  const nameOf = (other: object): string => parse(kubernetesJob({ ...values, ...other })).metadata.name;

  it('has a legal name of its own, and so have the hosts of its pods', () => {
    const name = fc.oneof(
      fc.string({ maxLength: 80 }),
      fc.stringMatching(/^\w[\w.-]*$/),
      fc.constantFrom('__', '-', '', 'a'.repeat(55)),
    );
    const sweep = fc.record({ name, trials: fc.integer({ min: 1, max: 100_000 }) });
    fc.assert(
      fc.property(sweep, sweep, (one, other) => {
        const [job, otherJob] = [nameOf(one), nameOf(other)];
        expect(job).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
        expect(`${job}-${one.trials - 1}`.length).toBeLessThanOrEqual(63);
        if (one.name !== other.name) expect(job).not.toBe(otherJob);
      }),
    );
    const long = 'x'.repeat(50);
    expect(nameOf({ name: `${long}a` })).not.toBe(nameOf({ name: `${long}b` }));
    expect(nameOf({ name: 'a_b' })).not.toBe(nameOf({ name: 'a.b' }));
    // The same sweep in another folder, and the same one again.
    expect(nameOf({ manifest: '/runs/other/k8s.txt' })).not.toBe(nameOf({}));
    expect(nameOf({})).toBe(nameOf({}));
  });

  it('has texts that every reader takes for texts', () => {
    const word = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.constantFrom(
        'on',
        'yes',
        'no',
        'off',
        'y',
        'N',
        'null',
        '~',
        '1e3',
        '0o7',
        '010',
        '1_000',
        '12:30:45',
        '.inf',
        '2026-01-01',
        '=',
        '<<',
        '!x',
        '# x',
      ),
    );
    fc.assert(
      fc.property(
        fc.record({ claim: word, image: word, mount: word, manifest: word, cpu: word, memory: word }),
        (texts) => {
          const text = kubernetesJob({ ...values, ...texts, subPath: texts.claim || 'x' });
          for (const version of ['1.1', '1.2'] as const) {
            const { containers, volumes } = parse(text, { version, strict: true }).spec.template.spec;
            const [{ image, resources, command, volumeMounts }] = containers;
            expect([volumes[0].persistentVolumeClaim.claimName, image]).toEqual([texts.claim, texts.image]);
            expect(resources.limits).toEqual({ cpu: texts.cpu, memory: texts.memory });
            expect(volumeMounts[0]).toMatchObject({ mountPath: texts.mount, subPath: texts.claim || 'x' });
            expect(command[2]).toContain(`p" '${texts.manifest.replaceAll("'", `'\\''`)}')`);
          }
        },
      ),
    );
    expect(kubernetesJob({ ...values, claim: 'on' })).toContain('claimName: "on"');
  });
});

describe('render k8s', () => {
  const config =
    'name: "on"\nengine: wasm\ntrial: { model: nfnet_digits, dataset: { name: mnist, train: 256, test: 100 }, epochs: 1, learningRate: { base: 0.2 } }\n';
  async function render(options: Partial<RenderOptions>) {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'a.yaml'), config);
    const all = {
      out: join(folder, 'vol/grid'),
      image: 'nf:1',
      claim: 'disk',
      mount: '/runs',
      cpu: '1',
      memory: '2Gi',
      ...options,
    };
    const job = parse((await renderCommand(join(folder, 'a.yaml'), [], all)).data.job);
    const [container] = job.spec.template.spec.containers;
    return { out: all.out, mount: container.volumeMounts[0], script: container.command[2] as string };
  }

  it('asks to trust the network where pods meet over it', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'b.yaml'), config.replace('engine: wasm', 'engine: native\nworkers: 2'));
    const all = { out: join(folder, 'out'), image: 'nf:1', claim: 'disk', mount: '/runs', cpu: '1', memory: '2Gi' };
    await expect(renderCommand(join(folder, 'b.yaml'), [], all)).rejects.toThrow(
      "workers: 2 pods meet over the cluster's network, where whoever reaches their ports controls them. Set trustNetwork: true, or --trust-network, where only they can",
    );
    const { data } = await renderCommand(join(folder, 'b.yaml'), [], { ...all, workers: 3, trustNetwork: true });
    expect(data.job).toContain('--workers 3 --trust-network');
  });

  it('mounts the run folder of a volume that holds several', async () => {
    const plain = await render({});
    expect(plain.mount).toEqual({ name: 'runs', mountPath: '/runs' });
    expect(plain.script).toContain(`'/runs/k8s.txt'`);
    const named = await render({ subPath: 'sweeps/grid' });
    expect(named.mount).toEqual({ name: 'runs', mountPath: '/runs', subPath: 'sweeps/grid' });
    const volume = temporaryFolder();
    const { out, mount, script } = await render({ out: join(volume, 'a/grid'), mount: volume });
    expect(mount).toEqual({ name: 'runs', mountPath: out, subPath: 'a/grid' });
    expect(script).toContain(`'${out}/k8s.txt'`);
    expect(readFileSync(join(out, 'k8s.txt'), 'utf8')).toMatch(new RegExp(`^${out}/trials/\\w+\n$`));
  });

  it.each([
    [{ claim: 'My_Disk' }, '--claim: must be small letters, digits, "-" and ".", got "My_Disk".'],
    [{ mount: 'runs' }, '--mount: must be a path from /'],
    [{ cpu: 'two' }, '--cpu: must be a number of processors, as 2 or 500m, got "two".'],
    [{ memory: '2 GB' }, '--memory: must be a number of bytes'],
    [{ subPath: '../x' }, '--sub-path: must be a path in the volume'],
    [{ image: '' }, '--image: must be the name of an image'],
  ])('refuses what the API server would: %j', async (options, message) => {
    await expect(render(options)).rejects.toThrow(message);
  });
});
