import { useTheme } from '@nfnets/charts';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { CompareSection } from '../compare/index.js';
import { MapSection } from '../map/index.js';
import { fromLink, type Settings, toLink } from '../settings/index.js';
import { type EngineFacts, startTraining } from '../training/index.js';
import { LateBlocks } from './late-blocks.js';

/** The whole page. Its link holds the settings, so that a reload or another reader begins with the same. */
export function App() {
  const { theme, choice, next } = useTheme();
  const first = useMemo(() => fromLink(location.hash), []);
  const [settings, setSettings] = useState<Settings>(first.settings);
  const [problems, setProblems] = useState(first.problems);
  const training = useMemo(startTraining, []);
  const [engine, setEngine] = useState<EngineFacts>();
  const [error, setError] = useState('');
  useEffect(() => {
    training
      .start(first.settings.engine, new URL('digits.bin', document.baseURI).href)
      .then(setEngine, (problem: Error) => setError(problem.message));
  }, [training]);
  useEffect(() => {
    const link = toLink(settings);
    // Not at the first time: a link that was wrong in part stays to be seen.
    if (link !== toLink(fromLink(location.hash).settings))
      history.replaceState(null, '', `${location.pathname}${location.search}${link && `#${link}`}`);
  }, [settings]);
  useEffect(() => {
    const follow = () => {
      const read = fromLink(location.hash);
      setSettings(read.settings);
      setProblems(read.problems);
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return (
    <>
      <header class="top">
        <h1>Adaptive gradient clipping, felt</h1>
        <button type="button" id="theme" onClick={next} title="light, dark, or as the system says">
          {{ auto: '◐ auto', dark: '● dark', light: '○ light' }[choice]}
        </button>
        <p>
          Two networks with the same weights see the same images in the same order. The left one is trained as usual.
          The right one’s gradients are clipped, by default as in{' '}
          <em>High-Performance Large-Scale Image Recognition Without Normalization</em> (Brock et al. 2021): a unit
          whose gradient is large beside its weights is scaled down. At a large rate the first one is lost in a few
          steps and the second one learns. All of it runs in this page, with the packages of nfnets; nothing is sent
          anywhere.
        </p>
      </header>
      <main>
        {problems.length > 0 && (
          <ul role="alert" class="problem" id="problems">
            {problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        )}
        {error !== '' && (
          <p role="alert" class="problem">
            {error}
          </p>
        )}
        <CompareSection {...{ training, settings, engine, theme }} onSettings={setSettings} />
        <MapSection
          {...{ training, settings }}
          onOpen={(chosen) => {
            setSettings(chosen);
            document.getElementById('compare')?.scrollIntoView();
          }}
        />
        <LateBlocks training={training} theme={theme} />
      </main>
    </>
  );
}
