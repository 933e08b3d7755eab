// The page: what the user wants, and showing it done. Its address may say /?model=nfnet_f0&weights=URL&engine=wasm
import type { Engine } from '@nfnets/backends';
import type { Classification } from '@nfnets/inference';
import type { ModelDescription, ModelName } from '@nfnets/models';
import { proxy, transfer, wrap } from 'comlink';
import { startCamera } from './camera.js';
import type { ClassifierApi } from './classifier.worker.js';
import { OFFERED } from './offered-models.js';

const element = <Kind extends HTMLElement>(id: string) => document.getElementById(id) as Kind;
const file = element<HTMLInputElement>('file');
const preview = element<HTMLImageElement>('preview');
const video = element<HTMLVideoElement>('video');
const cameraButton = element<HTMLButtonElement>('camera');
const select = element<HTMLSelectElement>('model');
const weightsFile = element<HTMLInputElement>('weights');

const query = new URLSearchParams(location.search);
const classifier = wrap<ClassifierApi>(
  new Worker(new URL('./classifier.worker.ts', import.meta.url), { type: 'module' }),
);

interface Choice {
  readonly model: ModelName;
  /** Random where there are none. */
  readonly weights?: Blob | string | undefined;
}

let wanted: Choice = {
  model: (query.get('model') ?? OFFERED[0]) as ModelName,
  // Made whole here: the worker's own address is another.
  weights: query.has('weights') ? new URL(query.get('weights')!, location.href).href : undefined,
};
/** What was wanted when the model was loaded; the file's weights may have been refused. */
let loaded: Choice | undefined;
let image: Blob | undefined;
let isImageNew = false;
let stopCamera: (() => void) | undefined;
let isWorking = false;

/** Does what is wanted until nothing is left, one thing at a time, so that clicks meanwhile only change what is next. */
async function work(): Promise<void> {
  if (isWorking) return;
  isWorking = true;
  try {
    while (wanted !== loaded || isImageNew || stopCamera !== undefined) {
      if (wanted !== loaded) await load(wanted);
      else if (isImageNew) await classifyImage();
      else await classifyFrame();
    }
  } catch (error) {
    stopCamera?.();
    showCamera(undefined);
    showError(error);
  } finally {
    isWorking = false;
  }
}

async function load(choice: Choice): Promise<void> {
  const { model } = choice;
  let { weights } = choice;
  showAnswer(undefined);
  say(`Preparing ${model}…`);
  const onProgress = proxy((done: number) => say(`Loading weights: ${Math.round(done * 100)} %`));
  try {
    await classifier.use(model, weights, onProgress);
  } catch (error) {
    if (weights === undefined) throw error;
    showError(error);
    weights = undefined;
    await classifier.use(model, weights, onProgress);
  }
  loaded = choice;
  showWeights(model, weights);
  isImageNew = image !== undefined;
  say(image === undefined ? 'Ready for an image.' : '');
}

async function classifyImage(): Promise<void> {
  isImageNew = false;
  say('Looking…');
  try {
    const answer = await classifier.classify(image!);
    if (isImageNew || stopCamera !== undefined) return;
    showAnswer(answer);
    const [first] = answer.best;
    say(`${first!.label}: ${percent(first!.probability)}`, true);
  } catch (error) {
    say('');
    showAnswer(undefined);
    showError(error);
  }
}

async function classifyFrame(): Promise<void> {
  const frame = await createImageBitmap(video);
  const answer = await classifier.classify(transfer(frame, [frame]));
  if (stopCamera !== undefined) showAnswer(answer);
}

/** Tells the state of things; to screen readers only where the rest of the page shows it. */
function say(text: string, isShown = false): void {
  element('state').textContent = text;
  element('state').classList.toggle('unseen', isShown);
}

function showError(error: unknown): void {
  const line = element('error');
  line.hidden = error === undefined;
  line.textContent = error instanceof Error ? error.message : String(error ?? '');
}

function showAnswer(answer: { best: Classification[]; milliseconds: number } | undefined): void {
  const rows = (answer?.best ?? []).map(({ label, probability }) => {
    const row = document.createElement('li');
    row.style.setProperty('--probability', String(probability));
    const name = document.createElement('span');
    name.textContent = label;
    const value = document.createElement('span');
    value.className = 'probability';
    value.textContent = percent(probability);
    row.append(name, ' ', value);
    return row;
  });
  element('classes').replaceChildren(...rows);
  const time = answer?.milliseconds;
  element('time').textContent =
    time === undefined ? '' : `${time.toFixed(time < 10 ? 1 : 0)} ms per frame, from the image to the classes`;
}

const percent = (probability: number) => `${(probability * 100).toFixed(1)} %`;

function showWeights(model: ModelName, weights: Choice['weights']): void {
  const note = element('weights-note');
  note.hidden = false;
  note.classList.toggle('random', weights === undefined);
  if (weights === undefined) {
    weightsFile.value = '';
    note.textContent = `Random weights: the answers of ${model} mean nothing until you choose a file of its weights.`;
  } else note.textContent = `Weights: ${weights instanceof File ? weights.name : String(weights)}`;
}

function showModels(models: readonly ModelDescription[]): void {
  const options = models.map(({ name, parameters, testSize }) => {
    const megabytes = Math.ceil((parameters * 4) / 1e6);
    return new Option(`${name} · ${testSize} px · ${megabytes} MB`, name, undefined, name === wanted.model);
  });
  select.replaceChildren(...options);
  select.disabled = false;
}

function showImage(blob: Blob): void {
  URL.revokeObjectURL(preview.src);
  preview.src = URL.createObjectURL(blob);
  preview.alt = blob instanceof File ? `The chosen image, ${blob.name}` : 'The chosen image';
  preview.hidden = false;
  element('invitation').hidden = true;
}

function showCamera(stop: (() => void) | undefined): void {
  stopCamera = stop;
  cameraButton.setAttribute('aria-pressed', String(stop !== undefined));
  cameraButton.textContent = stop === undefined ? 'Use the camera' : 'Stop the camera';
  video.hidden = stop === undefined;
  preview.hidden = stop !== undefined || image === undefined;
  element('invitation').hidden = stop !== undefined || image !== undefined;
}

function take(blob: Blob | undefined): void {
  if (blob === undefined) return;
  showError(undefined);
  stopCamera?.();
  image = blob;
  isImageNew = true;
  showCamera(undefined);
  showImage(blob);
  void work();
}

file.addEventListener('change', () => take(file.files?.[0]));
select.addEventListener('change', () => {
  showError(undefined);
  wanted = { model: select.value as ModelName };
  void work();
});
weightsFile.addEventListener('change', () => {
  showError(undefined);
  wanted = { model: wanted.model, weights: weightsFile.files?.[0] };
  void work();
});
cameraButton.addEventListener('click', async () => {
  showError(undefined);
  if (stopCamera !== undefined) {
    stopCamera();
    showCamera(undefined);
    showAnswer(undefined);
    isImageNew = image !== undefined;
    say(image === undefined ? 'Ready for an image.' : '');
  } else {
    try {
      showCamera(await startCamera(video));
      say('Looking through the camera.');
    } catch (error) {
      showError(error);
    }
  }
  void work();
});
addEventListener('dragover', (event) => {
  event.preventDefault();
  document.body.classList.add('dragging');
});
addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) document.body.classList.remove('dragging');
});
addEventListener('drop', (event) => {
  event.preventDefault();
  document.body.classList.remove('dragging');
  take(event.dataTransfer?.files[0]);
});

try {
  isWorking = true;
  const { engine, reason } = await classifier.start((query.get('engine') ?? 'auto') as Engine | 'auto');
  element('engine').textContent = `Engine: ${engine}. ${reason}`;
  try {
    showModels(await classifier.describe([...new Set([...OFFERED, wanted.model])]));
  } catch (error) {
    showError(error);
    wanted = { model: OFFERED[0]! };
    showModels(await classifier.describe(OFFERED));
  }
  isWorking = false;
  await work();
} catch (error) {
  say('');
  showError(error);
}
