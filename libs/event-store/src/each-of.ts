import type { Readable } from "node:stream";

/**
 * Hands on what a stream yields, one after the other; `take` is waited for when it says so, and its error ends the rest.
 * Resolves at the stream's end, and rejects when it breaks or is closed before. An async iterator would do the same, at
 * several promises an event.
 */
export const eachOf = <T>(stream: Readable, take: (one: T) => void | Promise<void>): Promise<void> =>
  new Promise((resolve, reject) => {
    let over = false;
    let taking: Promise<void> | undefined;
    /** The first end counts. What is in flight is finished first: a caller that starts over must not meet it. */
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
    // Not once: the client may report the same end twice.
    stream.on("error", fail);
    // A stream that was through when its last event was read ends although it is paused, with that event in flight.
    stream.once("end", () => finish(resolve));
    // After the end this says nothing new; before it, what has come is not all there is.
    stream.once("close", () => fail(new Error("The stream was closed before its end.")));
  });
