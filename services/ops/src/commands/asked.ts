import type { Context } from "../context.ts";

/** GoCardless usually answers within a second. */
const LOOKS = 12;
const LOOK_MS = 250;

/** Asks, and asks again under the same id until the result is known, or for a few seconds. A refusal rejects. */
export const askAndLook = async <A extends { changed: boolean }>(
  { runtime }: Pick<Context, "runtime">,
  ask: () => Promise<A>,
  isDone: (answer: A) => boolean,
): Promise<A> => {
  const first = await ask();
  let last = first;
  for (let look = 0; look < LOOKS && !isDone(last); look++) {
    await runtime.sleep(LOOK_MS);
    last = await ask();
  }
  return { ...last, changed: first.changed };
};
