/**
 * Runs of two and three processes on hosts of their own (network namespaces), to which something happens again and again: they are
 * killed, interrupted and stopped, plugs are pulled and packets lost, two are cut off from each other; each time another number goes
 * on: `npm run soak [FAULTS]`, 20 by default, as root on Linux with native TensorFlow. Prints how each ended, and ends with 1 where one
 * hung, said what was not so, lost steps, or where a run came to other numbers than without faults.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fault, type FaultKind, finish, suffer, TIMEOUT } from '../src/__fixtures__/faults.ts';
import { missing } from '../src/__fixtures__/native.ts';
import { Network, whyNoNetwork } from '../src/__fixtures__/network.ts';
import { start } from '../src/__fixtures__/processes.ts';
import type { TaskName, TrainedResult, TrainedRun } from '../src/__fixtures__/trained-run.ts';

const COUNT = Number(process.argv[2] ?? 20);
const [STEPS, IN_A_RUN, LIMIT] = [40, 4, 1e-5];
const KINDS: readonly FaultKind[] = ['kill', 'plug', 'stop', 'pair', 'drop', 'interrupt'];

const lacking = missing ?? whyNoNetwork();
if (lacking !== undefined) {
  console.error(`soak: ${lacking}`);
  process.exit(2);
}
const task: TaskName = { optimizer: 'agc', dropout: 0.3, ema: true, steps: STEPS };
const folder = mkdtempSync(join(tmpdir(), 'nfnets-soak-'));
const network = new Network(3);
let problems = 0;

const tell = (found: readonly string[]) => {
  problems += found.length;
  for (const each of found) console.log(`     WRONG: ${each}`);
};

const apart = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]) =>
  Math.max(...a.flatMap((values, i) => values.map((value, j) => Math.abs(value - b[i]![j]!))));

async function undisturbed(): Promise<TrainedResult> {
  const alone = start('trained-run.ts', { hosts: ['127.0.0.1:1'], index: 0, tasks: [task] } satisfies TrainedRun);
  await alone.ended;
  return alone.lines.at(-1) as unknown as TrainedResult;
}

try {
  const whole = await undisturbed();
  let done = 0;
  for (let number = 1; done < COUNT; number++) {
    const run = { network, task: { ...task, checkpoint: join(folder, String(number)), everySteps: 4, tellsAfter: 20 } };
    let saved = 0;
    for (let i = 0; i < IN_A_RUN && done < COUNT; i++, done++) {
      const kind = KINDS[done % KINDS.length]!;
      // Now the first, now another; two, then three.
      const size = kind === 'pair' ? 3 : 2 + (done % 2);
      const index = kind === 'pair' ? 1 : Math.floor(done / KINDS.length) % size;
      const fault: Fault = { kind, size, index, at: saved + 5 };
      const end = await suffer(run, fault);
      const what = kind === 'pair' ? 'pair 1 2' : `${kind} ${index}`;
      console.log(
        `${String(done + 1).padStart(2)}  run ${number}, ${size} processes: ${what.padEnd(12)} after step ${String(fault.at).padStart(2)}; all others ended in ${end.seconds.toFixed(1)} s, ${end.saved} steps are kept`,
      );
      tell(end.problems);
      if (end.seconds > TIMEOUT + 3) tell([`it took ${end.seconds.toFixed(1)} s, with a timeout of ${TIMEOUT} s`]);
      if (end.saved < fault.at - 4) tell([`of ${fault.at} steps ${end.saved} are kept`]);
      saved = end.saved;
    }
    const size = 1 + (number % 3);
    const ends = await finish(run, size);
    for (const { events, losses, weights, averages } of ends) {
      const [first] = events;
      if (first?.type !== 'run-resumed' || first.steps !== saved) tell([`it went on from ${JSON.stringify(first)}`]);
      const distance = Math.max(
        apart([losses], [whole.losses.slice(saved)]),
        apart(weights, whole.weights),
        apart(averages, whole.averages),
      );
      if (!(distance < LIMIT) || losses.length !== STEPS - saved) tell([`it is ${distance} from the undisturbed run`]);
      console.log(`    run ${number}, one of ${size}: ended ${distance.toExponential(1)} from the undisturbed one`);
    }
  }
} finally {
  network.close();
  rmSync(folder, { recursive: true });
}
console.log(problems === 0 ? `${COUNT} faults, nothing wrong` : `${COUNT} faults, ${problems} things wrong`);
process.exit(problems === 0 ? 0 : 1);
