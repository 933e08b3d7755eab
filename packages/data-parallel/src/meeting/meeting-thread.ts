// The thread of a meeting: it answers the other processes while its own is in a call of TensorFlow's.
import { createServer } from 'node:net';
import { workerData } from 'node:worker_threads';
import { closeSession } from '../tensorflow/library.js';
import { Hub, type Side, type Told } from './hub.js';
import type { Activity } from './messages.js';
import { Spoke } from './spoke.js';
import { type Reply, type Request, SharedState, type ThreadData } from './thread-data.js';

const data = workerData as ThreadData;
/** Milliseconds that a call has to end by itself when a process is gone: TensorFlow mostly notices, and the call may be done already. */
const GRACE = Math.min(2000, 50 * data.timeoutSeconds);
const state = new SharedState(data.state);
const { port } = data;
let isWaiting = false;

const reply = (message: Reply) => {
  port.postMessage(message);
  state.notify();
};

const told: Told = {
  joined: (port) => reply({ type: 'joined', port }),
  given(round, values) {
    isWaiting = false;
    reply({ type: 'given', round, values });
  },
  over(reason) {
    isWaiting = false;
    reply({ type: 'over', reason });
    const { call } = state;
    if (call === 0) return;
    setTimeout(() => {
      if (state.call !== call) return;
      // The call waits for somebody who is gone.
      for (const session of state.takeAll()) closeSession(data.library, session);
    }, GRACE);
  },
  activity(): Activity {
    if (isWaiting) return 'exchange';
    return state.call === 0 ? 'work' : 'call';
  },
  call: () => state.call,
};

// Who stands still and waits for this thread has no events to hear of it by.
process.on('uncaughtException', (error) =>
  told.over(`the thread that keeps in touch with the others: ${error.message}`),
);

/** A port that is free. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

const side: Side = data.index === 0 ? new Hub(data, await freePort(), told) : new Spoke(data, told);

port.on('message', (request: Request) => {
  if (request.type === 'leave') {
    side.leave();
    port.close();
    return;
  }
  if (request.type === 'fail') return side.fail(request.reason);
  isWaiting = true;
  side.give(request.round, request.what, request.value);
});
