import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A server's port, separate from the server: connections can be cut, held or led nowhere, as by the network or the kernel. */
export interface Door {
  /** Accepts connections for the server at this port. Listens on the same port as last time, if there was one. */
  readonly open: (behind: number) => Promise<number>;
  /** Refuses new connections; existing ones go on. */
  readonly refuse: () => void;
  /** Like a kill: all connections are gone, and new ones are refused. */
  readonly close: () => Promise<void>;
  /** Like a firewall that rejects: all connections are reset, and new ones are refused. */
  readonly reject: () => Promise<void>;
  /** Like a stopped process, or a cable that was pulled: connections are accepted, but nothing passes, not even that an end is gone. */
  readonly freeze: () => void;
  /** The same for what the server sends. What is sent to the server passes. */
  readonly freezeAnswers: () => void;
  readonly thaw: () => void;
  /** Like a firewall that forgot them: data on existing connections vanishes, but new ones work. */
  readonly leadNowhere: () => void;
}

/** `port`: where it listens; any free one by default. */
export const createDoor = (host: string, port = 0): Door => {
  const pairs = new Set<Pair>();
  let server: Server | undefined;
  let at = port;
  let frozen: Frozen = "nothing";

  const freeze = (what: Frozen) => {
    frozen = what;
    for (const pair of pairs) pair.freeze(what);
  };
  const closeBy = async (cut: (pair: Pair) => void) => {
    for (const pair of pairs) cut(pair);
    const closing = server;
    if (closing?.listening) await new Promise<void>((resolve) => closing.close(() => resolve()));
  };
  return {
    open: async (behind) => {
      frozen = "nothing";
      server = createServer({ noDelay: true }, (outside) => {
        const pair = connected(outside, behind, () => pairs.delete(pair));
        pairs.add(pair);
        pair.freeze(frozen);
      });
      at = await listening(server, host, at);
      return at;
    },
    refuse: () => void server?.close(),
    close: () => closeBy((pair) => pair.cut()),
    reject: () => closeBy((pair) => pair.reset()),
    freeze: () => freeze("everything"),
    freezeAnswers: () => freeze("answers"),
    thaw: () => freeze("nothing"),
    leadNowhere: () => {
      for (const pair of pairs) pair.leadNowhere();
    },
  };
};

const listening = (server: Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });

type Frozen = "nothing" | "answers" | "everything";

interface Pair {
  readonly freeze: (what: Frozen) => void;
  readonly cut: () => void;
  readonly reset: () => void;
  readonly leadNowhere: () => void;
}

/** A connection from outside, and its other half to the server behind the door. */
const connected = (outside: Socket, behind: number, onGone: () => void): Pair => {
  const inside = connect({ port: behind, host: "127.0.0.1", noDelay: true });
  const [questions, answers] = [way(outside, inside), way(inside, outside)];
  const gone = () => {
    if (outside.destroyed && inside.destroyed) onGone();
  };
  for (const end of [outside, inside]) end.on("close", gone);
  return {
    freeze: (what) => {
      questions.hold(what === "everything");
      answers.hold(what !== "nothing");
    },
    cut: () => {
      outside.destroy();
      inside.destroy();
    },
    reset: () => {
      outside.resetAndDestroy();
      inside.resetAndDestroy();
    },
    leadNowhere: () => {
      for (const one of [questions, answers]) one.leadNowhere();
      inside.destroy();
    },
  };
};

/** One direction of a connection. */
const way = (from: Socket, to: Socket) => {
  let passes = true;
  let nowhere = false;
  from.pipe(to);
  from.on("error", () => {});
  from.on("close", () => {
    if (passes) to.destroy();
  });
  return {
    hold: (held: boolean) => {
      if (nowhere || passes !== held) return;
      passes = !held;
      // A piped socket cannot be paused otherwise: its destination has to be removed.
      if (held) from.unpipe(to).pause();
      else if (from.destroyed) to.destroy();
      else from.pipe(to);
    },
    leadNowhere: () => {
      nowhere = true;
      passes = false;
      from.unpipe(to).resume();
    },
  };
};
