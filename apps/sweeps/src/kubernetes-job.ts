import { stringify } from 'yaml';

export interface KubernetesJob {
  /** Name of the sweep; letters, digits, dots and dashes are kept of it. */
  readonly name: string;
  readonly trials: number;
  readonly parallel: number;
  /** Container image that has `nf-sweeps` on its path. */
  readonly image: string;
  /** PersistentVolumeClaim that all pods mount, and where. */
  readonly claim: string;
  readonly mount: string;
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
  const { name, trials, parallel, image, claim, mount, manifest, engine, restarts, cpu, memory, gpus } = job;
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
  return stringify({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: `nf-sweeps-${kubernetesName(name)}` },
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
              command: ['/bin/sh', '-c', script],
              resources: { requests: limits, limits },
              volumeMounts: [{ name: 'runs', mountPath: mount }],
            },
          ],
          volumes: [{ name: 'runs', persistentVolumeClaim: { claimName: claim } }],
        },
      },
    },
  });
}

/** `text` as one word of a shell. */
const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** `text` as Kubernetes lets things be called: RFC 1123, at most 50 characters here. */
function kubernetesName(text: string): string {
  const name = text.toLowerCase().replace(/[^a-z0-9-]+/g, '-');
  return name.replace(/^-+/, '').slice(0, 50).replace(/-+$/, '');
}
