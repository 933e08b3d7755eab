// One training over two processes of this machine: each makes the gradient of half of every batch, and TensorFlow averages them within the step.
// Started by itself it starts both; where there is no native TensorFlow (npx nfnets-native) it trains alone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { agc } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { arrayDataset, split } from '@nfnets/data';
import { mnistDigits } from '@nfnets/data/node';
import { joinGroup } from '@nfnets/data-parallel';
import { createModel } from '@nfnets/models';
import { sgd } from '@nfnets/optimizers';
import { train } from '@nfnets/trainer';

const PROCESSES = 2;

/** Addresses of this machine that are free. */
async function freeHosts(): Promise<string[]> {
  const servers = Array.from({ length: PROCESSES }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const hosts = servers.map((server) => `127.0.0.1:${(server.address() as { port: number }).port}`);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return hosts;
}

async function startAll(): Promise<void> {
  const hosts = (await freeHosts()).join();
  const started = Array.from({ length: PROCESSES }, (_, index) =>
    spawn(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url)], {
      env: { ...process.env, NFNETS_HOSTS: hosts, NFNETS_INDEX: String(index) },
      stdio: 'inherit',
    }),
  );
  const codes = await Promise.all(started.map(async (child) => (await once(child, 'close'))[0] as number | null));
  if (codes.some((code) => code !== 0)) throw new Error(`The processes ended with ${codes}.`);
}

async function trainTogether(): Promise<void> {
  const group = await joinGroup(); // of NFNETS_HOSTS, else of this process alone
  const [data, testData] = split(arrayDataset(mnistDigits({ from: import.meta.url })), {
    counts: [1024, 500],
    seed: 1,
  });
  const model = createModel('nfnet_digits', { numClasses: 10, seed: 1 }); // the same weights in all
  const optimizer = agc(sgd({ learningRate: 0.1 }), { clipFactor: 0.08, exclude: ['linear'] });
  const losses: number[] = [];
  for await (const event of train({
    model,
    optimizer,
    data,
    epochs: 3,
    batchSize: 64,
    seed: 1,
    evaluate: { data: testData, batchSize: 125 },
    group,
  })) {
    if (event.type === 'run-diverged') throw new Error(event.reason);
    if (event.type !== 'epoch-end') continue;
    losses.push(event.meanLoss);
    // All processes have the same events; one tells them.
    const accuracy = (100 * event.evaluation!.accuracy).toFixed(1);
    if (group.index === 0)
      console.log(`epoch ${event.epoch}: loss ${event.meanLoss.toFixed(4)}, accuracy ${accuracy} %`);
  }
  if (!(losses.at(-1)! < losses[0]!)) throw new Error(`Process ${group.index} did not learn.`);
  console.log(`process ${group.index} of ${group.size}: loss ${losses.at(-1)}`);
  group.leave();
}

const { engine } = await useBackend('auto');
if (engine === 'native' && process.env['NFNETS_HOSTS'] === undefined) await startAll();
else await trainTogether();
