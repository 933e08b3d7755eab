import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createAdaptorServer } from '@hono/node-server';
import { readPlan } from '../store/index.js';
import { SweepError } from '../sweep-error.js';
import { isLoopback, serveApp } from '../watch/index.js';
import type { DocumentOf } from './documents/document-parts.js';
import type { serveDocument } from './documents/run-document.js';
import { EXIT } from './exit-codes.js';
import { type CommandOutput, type CommandResult, textOf } from './output/command-result.js';

interface ServeOptions {
  readonly host: string;
  readonly port: number;
}

/** Folder of the built page, next to the build or, from source, in it. */
const PAGE_DIR = fileURLToPath(new URL('../../dist/page/', import.meta.url));

/** Serves the live page of the run folder `dir`, or of all in the folder `dir`, until the process is interrupted. */
export async function serveCommand(
  dir: string,
  { host, port }: ServeOptions,
  { people, event }: CommandOutput,
): Promise<CommandResult<DocumentOf<typeof serveDocument>>> {
  const { address, token, isHome, close } = await startServer(dir, { host, port });
  const page = `${address}/${token === undefined ? '' : `?token=${token}`}`;
  const lines = [
    `${isHome ? 'Sweeps in' : 'Live page of'} ${dir}: ${page}`,
    ...(token === undefined ? [] : ['Whoever has this address can read the sweep; nobody can change it.']),
    'Ctrl-C ends it; the sweep does not notice.',
  ];
  event({
    type: 'serving',
    time: new Date().toISOString(),
    dir,
    address: page,
    ...(token === undefined ? {} : { token }),
  });
  people.write(textOf(lines));
  await Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
  await close();
  return { data: { type: 'serve-ended' }, text: () => '', exitCode: EXIT.ok };
}

/** Starts the server; off loopback with a token. */
export async function startServer(
  dir: string,
  { host, port, pageDir = PAGE_DIR, every }: ServeOptions & { readonly pageDir?: string; readonly every?: number },
) {
  const isHome = !readPlan(dir);
  if (isHome && !statSync(dir, { throwIfNoEntry: false })?.isDirectory())
    throw new SweepError(
      `${dir}: is neither a run folder nor a folder of some. Sweeps are kept in runs/ of the folder they were started in.`,
    );
  if (!existsSync(`${pageDir}/index.html`))
    throw new SweepError(`${pageDir}: the live page is not built. Run \`pnpm --filter @nfnets/sweeps build\`.`);
  const token = isLoopback(host) ? undefined : randomBytes(24).toString('base64url');
  const app = serveApp({
    dir,
    isHome,
    host,
    pageDir,
    ...(token === undefined ? {} : { token }),
    ...(every === undefined ? {} : { every }),
  });
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new SweepError(
      `serve: cannot listen on ${host}:${port} (${(error as Error).message}). Give another --port or --host.`,
    );
  }
  const { port: taken } = server.address() as AddressInfo;
  return {
    address: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    token,
    isHome,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
