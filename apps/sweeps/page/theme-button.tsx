const TEXTS: Readonly<Record<string, string>> = { auto: '◐ auto', dark: '● dark', light: '○ light' };

/** Light, dark, or as the system says. */
export const ThemeButton = ({ choice, next }: { readonly choice: string; readonly next: () => void }) => (
  <button type="button" class="theme" onClick={next} title="light, dark, or as the system says">
    {TEXTS[choice]}
  </button>
);
