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
  /** Pods of a trial, which train it together. Default 1. */
  readonly workers?: number;
  /** Processors and memory of one pod, as Kubernetes writes them. */
  readonly cpu: string;
  readonly memory: string;
  readonly gpus: number;
}

/**
 * The YAML of an Indexed Job that runs every trial once, in a pod each (Kubernetes 1.33 or later). Pure.
 *
 * Divergence (code 10) and pruning (11) are results, so the pod succeeds; a preempted trial (75), or one whose node went away, is run
 * again without that being counted against it, from its checkpoint.
 *
 * The workers of a trial are pods with numbers in a row, which meet under the names that a service without an address gives them; a policy
 * lets in the job's own pods alone, where the cluster's network heeds policies. When one of them is lost all others end with 75.
 */
export function kubernetesJob(job: KubernetesJob): string {
  const {
    trials,
    parallel,
    image,
    claim,
    mount,
    subPath,
    manifest,
    engine,
    restarts,
    workers = 1,
    cpu,
    memory,
    gpus,
  } = job;
  const pods = trials * workers;
  const name = jobName(job.name, manifest, pods);
  const isGroup = workers > 1;
  const threads = Math.max(1, Math.floor(Number(cpu) || 1));
  const script = [
    ...(isGroup ? placeOfWorkers(name, workers) : []),
    `dir=$(sed -n "$((${isGroup ? 'trial' : 'JOB_COMPLETION_INDEX'} + 1))p" ${quote(manifest)})`,
    // The shell passes the end of the pod on: SIGTERM makes the trial save and stop.
    `nf-sweeps run-trial "$dir" --engine ${engine} --threads ${threads}${isGroup ? ` --workers ${workers} --trust-network` : ''} & trial=$!`,
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
    metadata: { name },
    spec: {
      completionMode: 'Indexed',
      completions: pods,
      parallelism: Math.min(parallel, trials) * workers,
      backoffLimitPerIndex: restarts,
      maxFailedIndexes: pods,
      podFailurePolicy: {
        rules: [
          { action: 'Ignore', onExitCodes: { containerName: 'trial', operator: 'In', values: [75, 76] } },
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] },
        ],
      },
      template: {
        spec: {
          restartPolicy: 'Never',
          ...(isGroup ? { subdomain: name } : {}),
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
  const write = (manifest: object) =>
    stringify(manifest, { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN', lineWidth: 0 });
  return [...(isGroup ? networkOf(name) : []), manifestOfJob].map(write).join('---\n');
}

/** Port at which pods meet and compute, each at its own address. */
const PORT = 4001;

/** Lines of a shell that say which trial a pod's is, which of its workers it is, and where they are. */
function placeOfWorkers(job: string, workers: number): string[] {
  const hosts = Array.from({ length: workers }, (_, i) => `${job}-$((first + ${i})).${job}:${PORT}`);
  return [
    `trial=$((JOB_COMPLETION_INDEX / ${workers}))`,
    `first=$((trial * ${workers}))`,
    `export NFNETS_INDEX=$((JOB_COMPLETION_INDEX - first)) NFNETS_HOSTS="${hosts.join(',')}"`,
  ];
}

/** What gives the pods of a job their names, also before they are ready, and keeps others from them. */
function networkOf(job: string): object[] {
  const pods = { 'batch.kubernetes.io/job-name': job };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: job },
      spec: { clusterIP: 'None', publishNotReadyAddresses: true, selector: pods },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: job },
      spec: {
        podSelector: { matchLabels: pods },
        policyTypes: ['Ingress'],
        ingress: [{ from: [{ podSelector: { matchLabels: pods } }] }],
      },
    },
  ];
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
function jobName(name: string, manifest: string, pods: number): string {
  const hash = contentHash([name, manifest]).slice(0, 8);
  const room = HOST_NAME - `nf-sweeps--${hash}-${pods - 1}`.length;
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, room)
    .replace(/^-+|-+$/g, '');
  return ['nf-sweeps', ...(slug === '' ? [] : [slug]), hash].join('-');
}
