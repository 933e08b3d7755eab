import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

/** Where the server tells of the sweep that is shown. */
export const SweepApi = createContext('/api');

export const useSweepApi = (): string => useContext(SweepApi);

/** Where the server tells of the sweep in `folder`; without one, of the only one there is. */
export const apiOf = (folder: string | undefined): string =>
  folder === undefined ? '/api' : `/api/sweeps/${encodeURIComponent(folder)}`;
