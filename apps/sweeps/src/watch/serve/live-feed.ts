import { setTimeout as wait } from 'node:timers/promises';

/** What a feed is made from: something that is looked at now and then. */
export interface Followed<Item, Message> {
  /** What changed since the last look, which may throw where a folder is being moved or deleted. */
  readonly look: () => Look<Item> | Promise<Look<Item>>;
  readonly keyOf: (item: Item) => string;
  /** Everything, as it is now. */
  readonly whole: () => Message;
  readonly part: (items: readonly Item[]) => Message;
}

/** What a look found. */
export interface Look<Item> {
  /** Whether so much changed that everything must be told again. */
  readonly isWhole: boolean;
  readonly changed: readonly Item[];
  /** Whether there is more to see right now. */
  readonly hasMore?: boolean;
}

/**
 * Shares one look at what is `followed`, every `every` milliseconds while anybody listens, among all subscribers. A slow
 * subscriber gets the latest state of each item, not every state.
 */
export function liveFeed<Item, Message>(followed: Followed<Item, Message>, every: number) {
  const subscribers = new Set<{ items: Map<string, Item>; isWhole: boolean; wake: () => void }>();
  let isLooking = false;

  const lookOn = async () => {
    if (isLooking) return;
    isLooking = true;
    for (let hasMore = true; hasMore || subscribers.size > 0; ) {
      await wait(hasMore ? 0 : every);
      const found = await lookNow(followed);
      hasMore = found.hasMore ?? false;
      if (!found.isWhole && found.changed.length === 0) continue;
      for (const subscriber of subscribers) {
        subscriber.isWhole ||= found.isWhole;
        for (const item of found.changed) subscriber.items.set(followed.keyOf(item), item);
        subscriber.wake();
      }
    }
    isLooking = false;
  };

  return {
    /** Looks until there is no more to see right now, whether anybody listens or not. */
    start: () => void lookOn(),
    /** Everything, then what changes, until `signal` aborts. */
    async *subscribe(signal: AbortSignal): AsyncGenerator<Message> {
      const subscriber = { items: new Map<string, Item>(), isWhole: false, wake: () => {} };
      subscribers.add(subscriber);
      signal.addEventListener('abort', () => subscriber.wake());
      try {
        yield followed.whole();
        void lookOn();
        while (!signal.aborted) {
          if (subscriber.isWhole) {
            subscriber.isWhole = false;
            subscriber.items.clear();
            yield followed.whole();
          } else if (subscriber.items.size > 0) {
            const items = [...subscriber.items.values()];
            subscriber.items.clear();
            yield followed.part(items);
          } else {
            await new Promise<void>((resolve) => {
              subscriber.wake = resolve;
            });
          }
        }
      } finally {
        subscribers.delete(subscriber);
      }
    },
  };
}

/** A folder that is being moved or deleted is looked at again later. */
async function lookNow<Item, Message>(followed: Followed<Item, Message>): Promise<Look<Item>> {
  try {
    return await followed.look();
  } catch {
    return { isWhole: false, changed: [] };
  }
}
