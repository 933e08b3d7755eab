import type { FunctionComponent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Training } from '../training/index.js';

interface BlocksProps {
  readonly training: Training;
  readonly theme: string;
}

/** The last part of the page, which is loaded shortly before it is scrolled to. */
export function LateBlocks(props: BlocksProps) {
  const place = useRef<HTMLElement>(null);
  const [Blocks, setBlocks] = useState<FunctionComponent<BlocksProps>>();
  useEffect(() => {
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (!entry?.isIntersecting) return;
        observer.disconnect();
        void import('../blocks/index.js').then(({ BlocksSection }) => setBlocks(() => BlocksSection));
      },
      { rootMargin: '400px' },
    );
    observer.observe(place.current!);
    return () => observer.disconnect();
  }, []);
  return (
    <section aria-labelledby="blocks-title" ref={place} id="blocks">
      <h2 id="blocks-title">Augmentation and blocks</h2>
      {Blocks ? <Blocks {...props} /> : <p class="muted">Loading …</p>}
    </section>
  );
}
