import { readFileSync } from 'node:fs';
import { toJson } from '@nfnets/json-numbers';
import { type Context, Hono } from 'hono';
import { readEnvironment, readStatus, readTrial, readUnlessDamaged, runFiles, trialFiles } from '../../store/index.js';
import { streamMessages } from './event-stream.js';
import { readPart } from './file-part.js';
import { liveFeed } from './live-feed.js';
import { followedRun, followRun } from './live-run.js';

/** A run folder that is shown. */
export interface ServedRun {
  readonly dir: string;
  readonly run: ReturnType<typeof followRun>;
  readonly feed: ReturnType<typeof feedOf>;
}

const feedOf = (run: ReturnType<typeof followRun>, every: number) => liveFeed(followedRun(run), every);

/** The run folder `dir`, read, and looked at every `every` milliseconds while anybody listens. */
export function servedRun(dir: string, every: number): ServedRun {
  const run = followRun(dir);
  run.sweep();
  return { dir, run, feed: feedOf(run, every) };
}

/** The report has its style inside, and no script. */
const REPORT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Answers with the report of a run. */
export function sendReport(c: Context, found: ServedRun | undefined): Response | Promise<Response> {
  if (!found) return c.json(NO_SWEEP, 404);
  try {
    const html = readFileSync(runFiles(found.dir).report, 'utf8');
    c.header('content-security-policy', REPORT_POLICY);
    return c.html(html);
  } catch {
    return c.text('There is no report yet: it is written when the sweep ends, or by `nf-sweeps report`.\n', 404);
  }
}

/** What is known of the run that `find` says a request is about: its report, its events, its trials and their files. */
export function runRoutes(find: (c: Context) => ServedRun | undefined): Hono {
  const app = new Hono();
  app.get('/report', (c) => sendReport(c, find(c)));
  app.get('/events', (c) => {
    const found = find(c);
    return found ? streamMessages(c, found.feed.subscribe) : c.json(NO_SWEEP, 404);
  });

  const folderOf = (c: Context): string | undefined => {
    const found = find(c);
    const id = c.req.param('id') ?? '';
    return found && isTrialId(id) && found.run.hasTrial(id) ? runFiles(found.dir).trial(id) : undefined;
  };
  app.get('/trials/:id', (c) => {
    const folder = folderOf(c);
    if (!folder) return c.json(NO_TRIAL, 404);
    const details = {
      trial: readUnlessDamaged(() => readTrial(folder)).value,
      status: readStatus(folder),
      environment: readUnlessDamaged(() => readEnvironment(folder)).value,
    };
    return c.body(toJson(details), 200, { 'content-type': 'application/json' });
  });
  for (const name of ['metrics', 'log'] as const) {
    app.get(`/trials/:id/${name}`, (c) => {
      const folder = folderOf(c);
      if (!folder) return c.json(NO_TRIAL, 404);
      const from = c.req.query('from') ?? '0';
      if (!/^-?\d{1,15}$/.test(from)) return c.json({ error: '`from` must be a whole number of bytes' }, 400);
      return c.json(
        readPart(trialFiles(folder)[name], Number(from)) ?? { version: 'none', text: '', next: 0, hasMore: false },
      );
    });
  }
  return app;
}

export const NO_SWEEP = { error: 'no such sweep' };
const NO_TRIAL = { error: 'no such trial' };

/** Ids are hashes: 12 hex digits, and nothing that could be a path. */
const isTrialId = (id: string): boolean => /^[0-9a-f]{12}$/.test(id);
