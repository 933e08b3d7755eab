import { z } from 'zod';
import { section } from './schema-rules.js';

/** The address of a server, without a password, which would be in every copy of the config. */
const SERVER = /^https?:\/\/[^@\s/]+(?:\/[^@\s]*)?$/;

/** No address, of a Space say: Trackio's own program sends a folder to one. */
const FOLDER = /^(?![a-z]+:\/\/)(?=.*\S)/;

/** The schema of where the trials of a sweep are recorded besides their own files. */
export const trackSchema = z.strictObject(
  {
    tensorboard: z
      .boolean()
      .meta({ rule: 'true or false' })
      .default(false)
      .describe('event files in the folder tensorboard of each trial'),
    mlflow: z
      .string()
      .regex(SERVER)
      .meta({
        rule: 'the address of an MLflow server, as http://127.0.0.1:5000; the password belongs into MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD',
      })
      .optional()
      .describe('an MLflow server: the sweep becomes an experiment, each trial a run'),
    trackio: z
      .string()
      .regex(FOLDER)
      .meta({ rule: 'a folder, as trackio or /data/trackio, which Trackio is then given as TRACKIO_DIR' })
      .optional()
      .describe("the folder of Hugging Face's Trackio: the sweep becomes a project, each trial a run"),
  },
  section(),
);

/** Where the trials of a sweep are recorded besides their own files. */
type Track = z.infer<typeof trackSchema>;

/** The file `track.json` of a run folder. */
export interface StoredTrack extends Track {
  /** Name of the sweep. */
  readonly sweep: string;
}
