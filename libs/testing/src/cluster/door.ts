import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A node's port, separate from the node: connections can be cut, held or led nowhere, as by the network or the kernel. */
export interface Door {
  /** Accepts connections for the server at this port. Listens on the same port as last time, if there was one. */
  readonly open: (behind: number) => Promise<number>;
  /** Refuses new connections; existing ones go on. */
  readonly refuse: () => void;
  /** Like a kill: all connections are gone, and new ones are refused. */
  readonly close: () => Promise<void>;
  /** Like a stopped process: connections are accepted, but no data moves on any. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Like a firewall that forgot them: data on existing connections vanishes, but new ones work. */
  readonly leadNowhere: () => void;
}

export const createDoor = (host: string): Door => {
  const pairs = new Set<Pair>();
  let server: Server | undefined;
  let port = 0;
  let frozen = false;

  return {
    open: async (behind) => {
      frozen = false;
      server = createServer({ noDelay: true }, (outside) => {
        const pair = connected(outside, behind);
        pairs.add(pair);
        outside.once("close", () => pairs.delete(pair));
        if (frozen) pair.hold();
      });
      port = await listening(server, host, port);
      return port;
    },
    refuse: () => void server?.close(),
    close: async () => {
      for (const pair of pairs) pair.cut();
      const closing = server;
      if (closing?.listening) await new Promise<void>((resolve) => closing.close(() => resolve()));
    },
    freeze: () => {
      frozen = true;
      for (const pair of pairs) pair.hold();
    },
    thaw: () => {
      frozen = false;
      for (const pair of pairs) pair.letGo();
    },
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

interface Pair {
  readonly hold: () => void;
  readonly letGo: () => void;
  readonly cut: () => void;
  readonly leadNowhere: () => void;
}

/** A connection from outside, and its other half to the server behind the door. */
function connected(outside: Socket, behind: number): Pair {
  const inside = connect({ port: behind, host: "127.0.0.1", noDelay: true });
  const ends: [Socket, Socket][] = [
    [outside, inside],
    [inside, outside],
  ];
  let nowhere = false;
  for (const [from, to] of ends) {
    from.pipe(to);
    from.on("error", () => {});
    from.on("close", () => {
      if (!nowhere) to.destroy();
    });
  }
  return {
    // A piped socket cannot be paused otherwise: its destination has to be removed.
    hold: () => {
      for (const [from, to] of ends) from.unpipe(to).pause();
    },
    letGo: () => {
      for (const [from, to] of ends) from.pipe(to);
    },
    cut: () => {
      outside.destroy();
      inside.destroy();
    },
    leadNowhere: () => {
      nowhere = true;
      for (const [from, to] of ends) from.unpipe(to).resume();
      inside.destroy();
    },
  };
}
