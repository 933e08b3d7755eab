import { proxy } from 'comlink';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Settings } from '../settings/index.js';
import type { PairFacts, RunMessage, Side, Training } from '../training/index.js';
import { NO_HISTORY, type RunHistory, withMessages } from './run-history.js';

export type Histories = Readonly<Record<Side, RunHistory>>;

/** What the two runs do: nothing yet, being made, going on, waiting, over. */
export type PairState = 'new' | 'preparing' | 'playing' | 'paused' | 'over';

const EMPTY: Histories = { plain: NO_HISTORY, clipped: NO_HISTORY };
const isEnded = ({ state }: RunHistory) => state === 'done' || state === 'diverged';

/** Two runs of `settings` and what the buttons do to them. Other settings, or `reset`, put them back to their beginning. */
export function usePair(training: Training, settings: Settings) {
  const [histories, setHistories] = useState(EMPTY);
  const [state, setState] = useState<PairState>('new');
  const [facts, setFacts] = useState<PairFacts>();
  const [error, setError] = useState('');
  /** Number of the pair that is shown: what comes of others is late. */
  const number = useRef(0);

  useEffect(() => {
    const follow = (pair: number, messages: readonly RunMessage[]) => {
      if (pair !== number.current) return;
      setHistories((before) => {
        const of = (side: Side) =>
          withMessages(
            before[side],
            messages.filter((message) => message.side === side),
          );
        return { plain: of('plain'), clipped: of('clipped') };
      });
    };
    void training.follow(proxy(follow));
  }, [training]);

  const reset = () => {
    number.current++;
    void training.pause();
    setHistories(EMPTY);
    setFacts(undefined);
    setError('');
    setState('new');
  };
  const key = JSON.stringify(settings);
  const shown = useRef(key);
  useEffect(() => {
    if (shown.current !== key) reset();
    shown.current = key;
  }, [key]);

  useEffect(() => {
    if (isEnded(histories.plain) && isEnded(histories.clipped)) setState('over');
  }, [histories]);

  /** Makes the runs where they are new, then does `work`; what it ended as is told by `after`. */
  const act = async (during: PairState, work: () => Promise<void>, after: PairState) => {
    const mine = number.current;
    const isShown = () => mine === number.current;
    try {
      if (state === 'new') {
        setState('preparing');
        const made = await training.reset(settings, mine);
        if (!isShown()) return;
        setFacts(made);
      }
      setState(during);
      await work();
      if (isShown()) setState((now) => (now === 'over' ? now : after));
    } catch (problem) {
      if (!isShown()) return;
      setError(problem instanceof Error ? problem.message : String(problem));
      setState('paused');
    }
  };
  return {
    histories,
    state,
    facts,
    error,
    reset,
    play: () => act('playing', () => training.play(), 'paused'),
    pause: () => training.pause(),
    step: () => act('paused', () => training.step(), 'paused'),
  };
}
