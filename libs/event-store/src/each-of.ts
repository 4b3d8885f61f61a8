import type { Readable } from "node:stream";

/**
 * Passes a stream's items to `take`, one after the other. Waits if `take` returns a promise; its error ends the stream. Resolves
 * at the stream's end, and rejects if it breaks or is closed before. An async iterator would do the same, but with several
 * promises for each event.
 */
export const eachOf = <T>(stream: Readable, take: (one: T) => void | Promise<void>): Promise<void> =>
  new Promise((resolve, reject) => {
    let over = false;
    let taking: Promise<void> | undefined;
    /** Only the first end counts. The item in flight finishes first, so that a caller who starts over does not meet it. */
    const finish = (settle: () => void) => {
      if (over) return;
      over = true;
      if (taking) taking.then(settle, reject);
      else settle();
    };
    const fail = (error: unknown) => finish(() => reject(error));
    stream.on("data", (one: T) => {
      if (over) return;
      try {
        taking = take(one) ?? undefined;
      } catch (error) {
        return fail(error);
      }
      if (!taking) return;
      stream.pause();
      taking.then(
        () => {
          taking = undefined;
          stream.resume();
        },
        (error: unknown) => {
          taking = undefined;
          fail(error);
        },
      );
    });
    // Not `once`: the client may report the same end twice.
    stream.on("error", fail);
    // If the last event was already read, the stream can end while paused, with that event still in flight.
    stream.once("end", () => finish(resolve));
    // After the end this changes nothing. Before it, something may be missing.
    stream.once("close", () => fail(new Error("The stream was closed before its end.")));
  });
