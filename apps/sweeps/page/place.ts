import { useEffect, useState } from 'preact/hooks';

/** What the page shows; it is all in the address, so that links, reloads and the back button come to the same. */
export type Place =
  | { readonly view: 'home'; readonly search: string }
  | { readonly view: 'compare'; readonly folders: readonly string[] }
  /** A sweep, and where one is open its trial, and what that is compared with; without a folder the only one there is. */
  | { readonly view: 'sweep'; readonly folder?: string; readonly trial?: string; readonly other?: string };

/** The place that `hash`, a page's address from its `#` on, stands for. */
export function placeOf(hash: string, hasHome: boolean): Place {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?');
  const words = path.split('/').map(decoded).filter(Boolean);
  if (!hasHome) return sweepPlace(undefined, words);
  const [view, first, ...rest] = words;
  if (view === 'sweep' && first !== undefined) return sweepPlace(first, rest);
  if (view === 'compare' && rest.length > 0) return { view, folders: [first!, ...rest] };
  return { view: 'home', search: new URLSearchParams(query).get('search') ?? '' };
}

const sweepPlace = (folder: string | undefined, [trial, other]: readonly string[]): Place => ({
  view: 'sweep',
  ...(folder === undefined ? {} : { folder }),
  ...(trial === undefined ? {} : { trial }),
  ...(other === undefined ? {} : { other }),
});

/** The address of `place`, from the `#` on. */
export function hashOf(place: Place): string {
  const words = (...parts: readonly (string | undefined)[]) =>
    parts
      .filter((part) => part !== undefined)
      .map(encodeURIComponent)
      .join('/');
  if (place.view === 'home') return place.search === '' ? '#/' : `#/?${new URLSearchParams({ search: place.search })}`;
  if (place.view === 'compare') return `#/${words('compare', ...place.folders)}`;
  const { folder, trial, other } = place;
  return folder === undefined ? `#${words(trial, other)}` : `#/${words('sweep', folder, trial, other)}`;
}

/** Shows `place`; the place before comes back with the back button unless it is replaced. */
export function go(place: Place, { replaces = false } = {}): void {
  const hash = hashOf(place);
  if (replaces) {
    history.replaceState(null, '', hash === '#' ? location.pathname : hash);
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  } else location.hash = hash;
}

/** Where the page is. */
export function usePlace(hasHome: boolean): Place {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = () => setHash(location.hash);
    window.addEventListener('hashchange', follow);
    window.addEventListener('popstate', follow);
    return () => {
      window.removeEventListener('hashchange', follow);
      window.removeEventListener('popstate', follow);
    };
  }, []);
  return placeOf(hash, hasHome);
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}
