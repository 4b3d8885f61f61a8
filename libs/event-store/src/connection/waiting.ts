import type { Runtime } from "@touchline/service/runtime";
import type { StoreNode } from "../node/open.ts";

/** Calls that wait for the next node. */
export interface Waiting {
  /** Resolves with the next node, or with undefined when none comes in time or after an abort. */
  next(withinMs: number, signal: AbortSignal): Promise<StoreNode | undefined>;
  serve(node: StoreNode): void;
}

export const createWaiting = (runtime: Runtime): Waiting => {
  const waiting = new Set<(node: StoreNode) => void>();
  return {
    next: (withinMs, signal) =>
      new Promise((resolve) => {
        const finish = (node?: StoreNode) => {
          cancel();
          waiting.delete(finish);
          signal.removeEventListener("abort", giveUp);
          resolve(node);
        };
        const giveUp = () => finish();
        const cancel = runtime.after(withinMs, giveUp);
        waiting.add(finish);
        signal.addEventListener("abort", giveUp);
        if (signal.aborted) giveUp();
      }),
    serve: (node) => {
      for (const take of waiting) take(node);
    },
  };
};
