import { Scalar, stringify } from 'yaml';
import { contentHash } from '../plan/index.js';

export interface KubernetesJob {
  /** Name of the sweep; letters, digits and dashes are kept of it. */
  readonly name: string;
  readonly trials: number;
  readonly parallel: number;
  /** Container image that has `nf-sweeps` on its path. */
  readonly image: string;
  /** PersistentVolumeClaim that all pods mount, where, and which of its folders, if not all of it. */
  readonly claim: string;
  readonly mount: string;
  readonly subPath?: string;
  /** File, as the pods see it, whose line n + 1 is the folder of trial n. */
  readonly manifest: string;
  readonly engine: string;
  readonly restarts: number;
  /** Processors and memory of one trial, as Kubernetes writes them. */
  readonly cpu: string;
  readonly memory: string;
  readonly gpus: number;
}

/**
 * The YAML of an Indexed Job that runs every trial once, in a pod each (Kubernetes 1.33 or later). Pure.
 *
 * Divergence (code 10) and pruning (11) are results, so the pod succeeds; a preempted trial (75), or one whose node went away, is run
 * again without that being counted against it, from its checkpoint.
 */
export function kubernetesJob(job: KubernetesJob): string {
  const { name, trials, parallel, image, claim, mount, subPath, manifest, engine, restarts, cpu, memory, gpus } = job;
  const threads = Math.max(1, Math.floor(Number(cpu) || 1));
  const script = [
    `dir=$(sed -n "$((JOB_COMPLETION_INDEX + 1))p" ${quote(manifest)})`,
    // The shell passes the end of the pod on: SIGTERM makes the trial save and stop.
    `nf-sweeps run-trial "$dir" --engine ${engine} --threads ${threads} & trial=$!`,
    'trap \'kill -TERM "$trial"\' TERM',
    'wait "$trial"; code=$?',
    // A signal ends the first wait, not the trial.
    'while kill -0 "$trial" 2> /dev/null; do wait "$trial"; code=$?; done',
    'case "$code" in 10 | 11) code=0 ;; esac',
    'exit "$code"',
  ].join('\n');
  const limits = { cpu, memory, ...(gpus > 0 ? { 'nvidia.com/gpu': String(gpus) } : {}) };
  const manifestOfJob = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: jobName(name, manifest, trials) },
    spec: {
      completionMode: 'Indexed',
      completions: trials,
      parallelism: Math.min(parallel, trials),
      backoffLimitPerIndex: restarts,
      maxFailedIndexes: trials,
      podFailurePolicy: {
        rules: [
          { action: 'Ignore', onExitCodes: { containerName: 'trial', operator: 'In', values: [75, 76] } },
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] },
        ],
      },
      template: {
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: 120,
          containers: [
            {
              name: 'trial',
              image,
              command: ['/bin/sh', '-c', block(script)],
              resources: { requests: limits, limits },
              volumeMounts: [{ name: 'runs', mountPath: mount, ...(subPath ? { subPath } : {}) }],
            },
          ],
          volumes: [{ name: 'runs', persistentVolumeClaim: { claimName: claim } }],
        },
      },
    },
  };
  // In quotes, since what is a text and what a number or a bool depends on who reads it: `on`, `1e3`, `0o7`, `1_000`.
  return stringify(manifestOfJob, { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN', lineWidth: 0 });
}

function block(text: string): Scalar {
  const scalar = new Scalar(text);
  // A line break of another kind, or blanks before one, would not come back from a block.
  scalar.type = /[^\n -~]| \n|^\s/.test(text) ? 'QUOTE_DOUBLE' : 'BLOCK_LITERAL';
  return scalar;
}

/** `text` as one word of a shell. */
const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** Characters of the name of a host. */
const HOST_NAME = 63;

/**
 * A name for the job of the sweep `name` in the folder of `manifest`, as Kubernetes lets things be called (RFC 1123). The hash tells
 * it from those of other sweeps and folders. The host of the last pod, whose name has its number behind, is none too long. Pure.
 */
function jobName(name: string, manifest: string, trials: number): string {
  const hash = contentHash([name, manifest]).slice(0, 8);
  const room = HOST_NAME - `nf-sweeps--${hash}-${trials - 1}`.length;
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, room)
    .replace(/^-+|-+$/g, '');
  return ['nf-sweeps', ...(slug === '' ? [] : [slug]), hash].join('-');
}
