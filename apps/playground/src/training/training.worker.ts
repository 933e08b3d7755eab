// Everything that computes, away from the page's thread: the page calls these functions through Comlink.
import { useBackend } from '@nfnets/backends';
import * as tf from '@tensorflow/tfjs';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedSimd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { expose } from 'comlink';
import { loadImages } from '../images/index.js';
import type { EngineName, Settings } from '../settings/index.js';
import { cutData } from './make-run.js';
import { Pair } from './pair.js';
import { postsInBatches } from './posts-in-batches.js';
import { type CellProgress, runCell } from './run-cell.js';
import type { RunMessage } from './run-message.js';
import { type SignalOptions, type SignalVariance, signalVariance } from './signal-variance.js';
import { takingTurns } from './turns.js';

/** Of nets that are computed by turns: two and one of a map, each trained and evaluated. */
const MOST_ORDERS = 8;

const inTurn = takingTurns();
let engine: Promise<EngineFacts> | undefined;
let digits = '';
let pair: Pair | undefined;
let isPlaying = false;
let follower: (pair: number, messages: readonly RunMessage[]) => void = () => {};
let post = postsInBatches(() => {});
let stopMap: (() => void) | undefined;
let stopSignal: (() => void) | undefined;

/** What computes, for people. */
export interface EngineFacts {
  readonly engine: string;
  readonly threads?: number | undefined;
  readonly reason: string;
}

const api = {
  /** Chooses the engine: with `'auto'` WebGPU where there is a graphics card, else wasm, with threads where the page may have them. */
  start(wanted: EngineName, digitsAddress: string): Promise<EngineFacts> {
    digits = digitsAddress;
    engine ??= useBackend(wanted, {
      wasmPaths: {
        'tfjs-backend-wasm.wasm': plain,
        'tfjs-backend-wasm-simd.wasm': simd,
        'tfjs-backend-wasm-threaded-simd.wasm': threadedSimd,
      },
    }).then(({ engine, threads, reason }) => {
      // tfjs keeps the layers of a hundred nets in a cache of their order, those that were disposed of too.
      tf.env().set('TOPOLOGICAL_SORT_CACHE_MAX_ENTRIES', MOST_ORDERS);
      return { engine, threads, reason };
    });
    return engine;
  },

  /** Tells `tell` in batches what the two runs do, of all pairs from now on, with the number that `reset` gave them. */
  follow(tell: (pair: number, messages: readonly RunMessage[]) => void): void {
    follower = tell;
  },

  /** Begins the two runs of `settings`, called `number`, which wait to be stepped. */
  async reset(settings: Settings, number: number): Promise<PairFacts> {
    isPlaying = false;
    post.stop();
    const images = await loadImages(settings.data, digits);
    return inTurn(async () => {
      await engine;
      await pair?.dispose();
      pair = undefined;
      post = postsInBatches((messages) => follower(number, messages));
      pair = new Pair(settings, cutData(images, settings.images));
      return { steps: pair.steps, stepsPerEpoch: pair.stepsPerEpoch };
    });
  },

  /** Goes on until both runs are over or `pause` is called. */
  async play(): Promise<void> {
    if (isPlaying) return;
    isPlaying = true;
    try {
      while (isPlaying && (await stepPair()));
    } finally {
      isPlaying = false;
      post.flush();
    }
  },

  pause(): void {
    isPlaying = false;
  },

  /** One step of each run. */
  async step(): Promise<void> {
    isPlaying = false;
    await stepPair();
    post.flush();
  },

  /** Trains the cells of a map, one after the other, and tells how each goes; ends early at `cancelMap`. */
  async runMap(cells: readonly MapTask[], follow: (cell: number, progress: CellProgress) => void): Promise<void> {
    let isWanted = true;
    stopMap?.();
    stopMap = () => {
      isWanted = false;
    };
    for (const [i, { settings, isClipped }] of cells.entries()) {
      const data = cutData(await loadImages(settings.data, digits), settings.images);
      if (!isWanted) return;
      const progress = await inTurn(async () => runCell(settings, isClipped, data));
      try {
        for (;;) {
          const { value, done } = await inTurn(() => progress.next());
          if (done || !isWanted) break;
          follow(i, value);
        }
      } finally {
        await inTurn(() => progress.return(undefined));
      }
    }
  },

  cancelMap(): void {
    stopMap?.();
  },

  /** Tells the signal's variance block by block; a later call ends this one. */
  async runSignal(options: SignalOptions, follow: (variance: SignalVariance) => void): Promise<void> {
    let isWanted = true;
    stopSignal?.();
    stopSignal = () => {
      isWanted = false;
    };
    const variances = signalVariance(options);
    try {
      for (;;) {
        const { value, done } = await inTurn(() => variances.next());
        if (done || !isWanted) break;
        follow(value);
      }
    } finally {
      await inTurn(() => variances.return(undefined));
    }
  },
};

/** A cell of a map as a run. */
export interface MapTask {
  readonly settings: Settings;
  readonly isClipped: boolean;
}

/** How long the runs are. */
export interface PairFacts {
  readonly steps: number;
  readonly stepsPerEpoch: number;
}

export type TrainingApi = typeof api;

function stepPair(): Promise<boolean> {
  return inTurn(async () => (await pair?.step(post.add)) ?? false);
}

expose(api);
