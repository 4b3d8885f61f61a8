import type { Runtime } from "@touchline/service";

/** Adds up the time spent waiting for promises. */
export interface Stopwatch {
  during<T>(work: Promise<T>): Promise<T>;
  ms(): number;
}

export const stopwatch = ({ monotonicMs }: Pick<Runtime, "monotonicMs">): Stopwatch => {
  let ms = 0;
  return {
    during: async (work) => {
      const since = monotonicMs();
      try {
        return await work;
      } finally {
        ms += monotonicMs() - since;
      }
    },
    ms: () => ms,
  };
};
