import { Agent, request as httpRequest } from "node:http";
import net from "node:net";
import { Duplex } from "node:stream";

/** The network between the processes of a simulation: streams in memory in place of sockets. */
export interface Network {
  /** Whether bytes have moved since the last call. */
  readonly hasMoved: () => boolean;
  /** Closes everything that a process listens on and is connected to. */
  readonly drop: (owner: object) => void;
}

export interface NetworkOptions {
  /** The process that runs now. */
  readonly owner: () => object | undefined;
  /** A process connects to another. */
  readonly onConnect: () => void;
  /** Runs work as part of a process, as soon as the process can. */
  readonly within: (owner: object | undefined, work: () => void) => void;
  readonly route: Route;
  readonly random: () => number;
}

/** Where a public address leads. */
export type Route = (
  url: URL,
  facts: { readonly listens: (port: number) => boolean; readonly random: () => number },
) => URL;

/** One end of a connection. */
class End extends Duplex {
  readonly connecting = false;
  readonly remoteAddress = "127.0.0.1";
  readonly remotePort = 40_000;
  readonly localAddress = "127.0.0.1";
  readonly remoteFamily = "IPv4";
  peer: End | undefined;
  readonly #deliver: (work: () => void) => void;

  constructor(deliver: (work: () => void) => void) {
    super({ allowHalfOpen: true });
    this.#deliver = deliver;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#toPeer((peer) => peer.push(chunk));
    done();
  }

  override _final(done: () => void): void {
    this.#toPeer((peer) => peer.push(null));
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#toPeer((peer) => peer.destroy());
    done(error);
  }

  #toPeer(work: (peer: End) => void): void {
    const { peer } = this;
    if (peer) this.#deliver(() => peer.destroyed || work(peer));
  }

  // HTTP expects these of a socket; connections in memory ignore them.
  setTimeout(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  address() {
    return { address: "127.0.0.1", family: "IPv4", port: this.remotePort };
  }
}

interface Listening {
  readonly server: net.Server;
  readonly owner: object | undefined;
}

type Sockets = ReturnType<typeof createSockets>;

/** The listeners, and the ends of each connection. */
const createSockets = ({ owner, within, onConnect }: NetworkOptions) => {
  const servers = new Map<number, Listening>();
  const ends = new Map<End, object | undefined>();
  let moved = false;

  const endOf = (holder: object | undefined, other: object | undefined): End => {
    const end = new End((work) =>
      process.nextTick(() => {
        moved = true;
        within(other, work);
      }),
    );
    ends.set(end, holder);
    end.once("close", () => ends.delete(end));
    return end;
  };

  const connect = (port: number): Duplex => {
    const here = owner();
    const there = servers.get(port);
    moved = true;
    onConnect();
    const near = endOf(here, there?.owner);
    if (!there) {
      const refused = Object.assign(new Error(`connect ECONNREFUSED ${port}`), { code: "ECONNREFUSED" });
      process.nextTick(() => near.destroy(refused));
      return near;
    }
    const far = endOf(there.owner, here);
    near.peer = far;
    far.peer = near;
    far.on("error", () => {});
    process.nextTick(() => within(there.owner, () => there.server.emit("connection", far)));
    return near;
  };

  return {
    servers,
    connect,
    hasMoved: () => {
      const had = moved;
      moved = false;
      return had;
    },
    drop: (gone: object) => {
      // Node's HTTP servers check their connections by a timer of their own, which would keep them for ever.
      for (const { server, owner: own } of servers.values()) if (own === gone) server.close();
      for (const [end, holder] of ends) if (holder === gone) end.destroy();
    },
  };
};

/** Replaces Node's sockets, for every client and server of this process, also inside libraries. */
export const takeOverNetwork = (options: NetworkOptions): Network => {
  const sockets = createSockets(options);
  replaceListen(sockets, options.owner);
  const createConnection = (wanted: { port?: number | string | null }) => sockets.connect(Number(wanted.port));
  Object.assign(Agent.prototype, { createConnection });
  const facts = { listens: (port: number) => sockets.servers.has(port), random: options.random };
  globalThis.fetch = fetchOver((url) => options.route(url, facts));
  return sockets;
};

/** Replaces only what `net.Server` does with its handle: `address`, `listening` and `close` work on this one. */
const replaceListen = ({ servers }: Sockets, owner: NetworkOptions["owner"]): void => {
  let freePort = 50_000;
  const listen = function (this: net.Server, ...args: unknown[]) {
    const [options, ...rest] = args;
    const wanted = typeof options === "object" ? (options as net.ListenOptions).port : (options as number);
    const port = wanted || freePort++;
    const onListening = rest.find((arg) => typeof arg === "function") as (() => void) | undefined;
    if (onListening) this.once("listening", onListening);
    if (servers.has(port)) {
      const taken = Object.assign(new Error(`listen EADDRINUSE ${port}`), { code: "EADDRINUSE", port });
      process.nextTick(() => this.emit("error", taken));
      return this;
    }
    servers.set(port, { server: this, owner: owner() });
    const handle = {
      close: (done?: () => void) => {
        servers.delete(port);
        if (done) process.nextTick(() => done.call(handle));
      },
      getsockname: (out: object) => Object.assign(out, { address: "127.0.0.1", family: "IPv4", port }) && 0,
      ref: () => {},
      unref: () => {},
    };
    Object.assign(this, { _handle: handle });
    process.nextTick(() => this.emit("listening"));
    return this;
  };
  net.Server.prototype.listen = listen as typeof net.Server.prototype.listen;
};

/** The part of `fetch` that is used: by the stand-ins, for webhooks and callbacks, and by parents. */
const fetchOver =
  (route: (url: URL) => URL): typeof fetch =>
  (input, init = {}) =>
    new Promise((resolve, reject) => {
      const { method = "GET", headers, body, signal } = init;
      const asked = new URL(input instanceof Request ? input.url : input);
      const { port, pathname, search } = route(asked);
      const sent = { host: asked.host, ...Object.fromEntries(new Headers(headers)) };
      const request = httpRequest({ port, method, headers: sent, path: pathname + search, agent: false }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => {
          const status = answer.statusCode ?? 0;
          const given = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]);
          const content = [101, 204, 205, 304].includes(status) ? null : Buffer.concat(chunks);
          resolve(new Response(content, { status, headers: given }));
        });
      });
      request.on("error", reject);
      const abort = () => request.destroy(new Error("aborted"));
      if (signal?.aborted) abort();
      signal?.addEventListener("abort", abort, { once: true });
      request.on("close", () => signal?.removeEventListener("abort", abort));
      request.end(body as string | undefined);
    });
