/**
 * Bounds an `LRUCache` to this many entries. Its `max` does so too, but reserves all of the memory at once: a service with some large
 * caches spends more time on that than on the rest of its start.
 */
export const atMost = (entries: number) => ({ maxSize: entries, sizeCalculation: () => 1 }) as const;
