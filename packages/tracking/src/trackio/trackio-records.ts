import { createHash } from 'node:crypto';

/** A figure as Trackio's JSON has it: NaN and the infinities as their names. */
type TrackioFigure = number | 'NaN' | 'Infinity' | '-Infinity';

/** Which run a record belongs to. */
export interface TrackioRunName {
  readonly project: string;
  readonly run: string;
  readonly run_id: string;
}

/** A line of a fragment (`metric_record` in Trackio's `fragments.py`). */
export interface TrackioMetric extends TrackioRunName {
  readonly v: 1;
  readonly kind: 'metric';
  readonly metrics: Readonly<Record<string, TrackioFigure>>;
  readonly step: number;
  readonly timestamp: string;
  readonly config: Readonly<Record<string, unknown>> | null;
  readonly log_id: string;
}

/** A line of a fragment that asks for attention (`alert_record`). */
export interface TrackioAlert extends TrackioRunName {
  readonly v: 1;
  readonly kind: 'alert';
  readonly title: string;
  readonly text: string | null;
  readonly level: 'ERROR';
  readonly step: number;
  readonly timestamp: string;
  readonly alert_id: string;
}

/** `figures` at `step`; `source` names what they are of: Trackio takes one record of each source and step of a run. Pure. */
export function trackioMetric(
  name: TrackioRunName,
  figures: Readonly<Record<string, number>>,
  step: number,
  source: string,
  time: Date,
): TrackioMetric {
  return {
    v: 1,
    kind: 'metric',
    ...name,
    metrics: Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, trackioFigure(value)])),
    step,
    timestamp: pythonTime(time),
    config: null,
    log_id: idOf(name, step, source),
  };
}

/** That a run came to grief at `step`. Pure. */
export function trackioAlert(
  name: TrackioRunName,
  { title, text }: { readonly title: string; readonly text: string | null },
  step: number,
  time: Date,
): TrackioAlert {
  const timestamp = pythonTime(time);
  return {
    v: 1,
    kind: 'alert',
    ...name,
    title,
    text,
    level: 'ERROR',
    step,
    timestamp,
    alert_id: idOf(name, step, title),
  };
}

const trackioFigure = (value: number): TrackioFigure =>
  Number.isFinite(value) ? value : (String(value) as TrackioFigure);

/** As Python's `isoformat` writes it. */
export const pythonTime = (time: Date): string => time.toISOString().replace('Z', '+00:00');

/** The same for the same record: what was written before is not taken again. */
const idOf = ({ project, run_id }: TrackioRunName, step: number, source: string): string =>
  createHash('sha256')
    .update(JSON.stringify([project, run_id, step, source]))
    .digest('hex')
    .slice(0, 32);
