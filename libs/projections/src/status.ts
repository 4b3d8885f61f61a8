/** An event cannot be applied, or another process writes the file. Lasts until a restart or a rebuild. */
export interface ProjectionStopped {
  readonly state: "stopped";
  /** For people: a sentence about the cause, or the event at which it stopped. */
  readonly reason: string;
  readonly error: unknown;
  readonly eventId?: string;
  readonly eventType?: string;
}

/** Its file cannot be read or written. It goes on by itself once it can. */
interface ProjectionWaiting {
  readonly state: "waiting";
  /** For people: a sentence about the cause. */
  readonly reason: string;
}

export type ProjectionStatus = { readonly state: "catching_up" | "live" } | ProjectionWaiting | ProjectionStopped;

/** Keeps track of whether a projection reads history, is live, waits for its file, or has stopped. */
export interface StatusKeeper {
  readonly current: () => ProjectionStatus;
  /** Resolves when it is live, or has stopped, for the first time. */
  readonly ready: Promise<void>;
  readonly live: () => void;
  readonly wait: (reason: string) => void;
  readonly stop: (why: Omit<ProjectionStopped, "state">) => void;
  /** Calls the listener each time the state becomes another one. */
  readonly onChange: (listener: () => void) => () => void;
  /** Goes back to reading history, if it was live. */
  readonly readAgain: () => void;
  /** Goes back to reading history, if it had stopped. Returns whether it had. */
  readonly startAgain: () => boolean;
}

export const keepStatus = (onStopped: ((status: ProjectionStatus) => void) | undefined): StatusKeeper => {
  const ready = Promise.withResolvers<void>();
  const listeners = new Set<() => void>();
  let status: ProjectionStatus = { state: "catching_up" };
  const become = (next: ProjectionStatus) => {
    const other = next.state !== status.state;
    status = next;
    if (other) for (const listener of listeners) listener();
  };
  return {
    current: () => status,
    ready: ready.promise,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    live: () => {
      if (status.state === "stopped") return;
      become({ state: "live" });
      ready.resolve();
    },
    wait: (reason) => {
      if (status.state !== "stopped") become({ state: "waiting", reason });
    },
    stop: (why) => {
      if (status.state === "stopped") return;
      become({ state: "stopped", ...why });
      onStopped?.(status);
      ready.resolve();
    },
    readAgain: () => {
      if (status.state === "live") become({ state: "catching_up" });
    },
    startAgain: () => {
      if (status.state !== "stopped") return false;
      become({ state: "catching_up" });
      return true;
    },
  };
};
