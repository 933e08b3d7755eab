import { z } from 'zod';
import { errorDocument, withHead } from './document-parts.js';
import {
  compareDocument,
  gcDocument,
  lsDocument,
  reindexDocument,
  reportDocument,
  reproDocument,
  verdictDocument,
} from './folder-documents.js';
import { doctorDocument, exportDocument, guideDocument, initDocument, renderDocument } from './other-documents.js';
import { planDocument } from './plan-document.js';
import {
  runDocument,
  runEventDocument,
  serveDocument,
  serveEventDocument,
  workerDocument,
  workerEventDocument,
} from './run-document.js';

/** What `--json` prints: of most commands one document, of those with `events` a line for each, and the document as the last. */
const DOCUMENTS: Readonly<Record<string, { readonly document: z.ZodObject; readonly events?: z.ZodType }>> = {
  init: { document: initDocument },
  plan: { document: planDocument },
  run: { document: runDocument, events: runEventDocument },
  worker: { document: workerDocument, events: workerEventDocument },
  render: { document: renderDocument },
  report: { document: reportDocument },
  compare: { document: compareDocument },
  verdict: { document: verdictDocument },
  serve: { document: serveDocument, events: serveEventDocument },
  export: { document: exportDocument },
  ls: { document: lsDocument },
  repro: { document: reproDocument },
  gc: { document: gcDocument },
  reindex: { document: reindexDocument },
  doctor: { document: doctorDocument },
  guide: { document: guideDocument },
};

/** The JSON Schema of what each command prints with `--json`, errors included, by command. */
export function outputJsonSchemas(): Readonly<Record<string, object>> {
  return Object.fromEntries(
    Object.entries(DOCUMENTS).map(([command, { document, events }]) => {
      const options = [...(events ? [events] : []), withHead(command, document), errorDocument];
      const title = events
        ? `A line that nf-sweeps ${command} --json prints`
        : `What nf-sweeps ${command} --json prints`;
      return [command, { title, ...z.toJSONSchema(z.union(options), { override: nameNumbers }) }];
    }),
  );
}

/** A number that may be none of JSON's has its name there. */
function nameNumbers({ jsonSchema }: { jsonSchema: Record<string, unknown> }): void {
  if (jsonSchema['isFigure'] !== true) return;
  const { isFigure: _, type, ...kept } = jsonSchema;
  for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
  Object.assign(jsonSchema, kept, { anyOf: [{ type }, { enum: ['NaN', 'Infinity', '-Infinity'] }] });
}
