import type { Training } from '../training/index.js';
import { Gallery } from './gallery.js';
import { SignalChart } from './signal-chart.js';

/** Augmentation and blocks to look at. Loaded when it comes into view. */
export function BlocksSection({ training, theme }: { readonly training: Training; readonly theme: string }) {
  return (
    <div class="blocks">
      <SignalChart training={training} theme={theme} />
      <Gallery />
    </div>
  );
}
