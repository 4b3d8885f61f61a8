/** Passes pushed items to one reader, in order. */
export interface Queue<T> extends AsyncIterable<T> {
  push(item: T): void;
  /** Calls `work` when the reader has dealt with everything pushed before. */
  whenReached(work: () => void): void;
  /** Ends after everything pushed before, with an error if one is given. */
  end(error?: Error): void;
}

export const createQueue = <T>(onLeft: () => void = () => {}): Queue<T> => {
  const entries: { readonly item?: T; readonly work?: () => void }[] = [];
  let wake = () => {};
  let ended = false;
  const add = (entry: (typeof entries)[number]) => {
    entries.push(entry);
    wake();
  };
  const read = async function* () {
    try {
      while (!ended) {
        const entry = entries.shift();
        if (entry?.work) entry.work();
        else if (entry) yield entry.item as T;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      ended = true;
      onLeft();
    }
  };
  return {
    push: (item) => add({ item }),
    whenReached: (work) => add({ work }),
    end: (error) =>
      add({
        work: () => {
          ended = true;
          if (error) throw error;
        },
      }),
    [Symbol.asyncIterator]: read,
  };
};
