import { basename } from 'node:path';
import { toJson } from '@nfnets/json-numbers';
import { type Context, Hono } from 'hono';
import { listRunFolders } from '../../../store/index.js';
import { streamMessages } from '../event-stream.js';
import { liveFeed } from '../live-feed.js';
import { NO_SWEEP, runRoutes, type ServedRun, servedRun } from '../run-routes.js';
import { compareRuns, type NamedRun } from './compare-runs.js';
import { followSweeps } from './follow-sweeps.js';

/** More cannot be told apart side by side. */
const MOST_COMPARED = 8;

/** What is known of the run folders in `root`: a row of each, each of them, and some side by side. */
export function homeRoutes(root: string, every: number): Hono {
  const feed = liveFeed(followSweeps(root), every);
  // The page is opened a moment later.
  feed.start();
  const runs = new Map<string, ServedRun>();

  /** The run folder of this name: names from the network become paths only where the folder has them. */
  const dirOf = (name: string): string | undefined => foldersIn(root).find((dir) => basename(dir) === name);
  const find = (c: Context): ServedRun | undefined => {
    const name = c.req.param('sweep') ?? '';
    const dir = dirOf(name);
    if (dir === undefined) {
      runs.delete(name);
      return undefined;
    }
    const run = runs.get(name) ?? servedRun(dir, every);
    runs.set(name, run);
    return run;
  };

  const app = new Hono();
  app.get('/sweeps', (c) => streamMessages(c, feed.subscribe));
  app.get('/compare', async (c) => {
    const names = [...new Set(c.req.queries('sweep') ?? [])];
    if (names.length < 2 || names.length > MOST_COMPARED)
      return c.json({ error: `give two to ${MOST_COMPARED} names of sweeps as \`sweep\`` }, 400);
    const named = names.map((folder) => ({ folder, dir: dirOf(folder) }));
    const missing = named.find(({ dir }) => dir === undefined);
    if (missing) return c.json({ ...NO_SWEEP, sweep: missing.folder }, 404);
    const compared = await compareRuns(named as unknown as [NamedRun, ...NamedRun[]]);
    return c.body(toJson(compared), 200, { 'content-type': 'application/json' });
  });
  app.route('/sweeps/:sweep', runRoutes(find));
  return app;
}

function foldersIn(root: string): string[] {
  try {
    return listRunFolders(root);
  } catch {
    return [];
  }
}
