import { useEffect, useState } from 'preact/hooks';

type Choice = 'auto' | 'light' | 'dark';

const NEXT: Readonly<Record<Choice, Choice>> = { auto: 'dark', dark: 'light', light: 'auto' };

/** The colours: the reader's system decides until the reader does. */
export function useTheme(): { readonly theme: string; readonly choice: Choice; readonly next: () => void } {
  const [choice, setChoice] = useState<Choice>(() => (localStorage.getItem('theme') as Choice | null) ?? 'auto');
  const [isDark, setIsDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const change = () => setIsDark(query.matches);
    query.addEventListener('change', change);
    return () => query.removeEventListener('change', change);
  }, []);
  const theme = choice === 'auto' ? (isDark ? 'dark' : 'light') : choice;
  // Before the charts read the colours, which are drawn in effects of this render.
  document.documentElement.dataset['theme'] = theme;
  return {
    theme,
    choice,
    next: () => {
      localStorage.setItem('theme', NEXT[choice]);
      setChoice(NEXT[choice]);
    },
  };
}
