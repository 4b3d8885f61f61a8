import type { Runtime } from "@touchline/service";
import { type Messaging, type MessagingOptions, openMessaging } from "../connection.ts";
import { createBroker } from "./broker.ts";
import { dialOn } from "./dial.ts";
import { createLink, type Link, type LinkOptions } from "./link.ts";

export type { Crossing, Fate } from "./link.ts";

type ConnectOptions = Omit<MessagingOptions, "url" | "runtime"> & LinkOptions;

/** An in-memory NATS server with JetStream, for tests and simulations. It behaves as a real one does; the same test suite checks both. */
export interface MemoryNats {
  /** Waits until the server is up. */
  connect(options: ConnectOptions): Promise<Messaging>;
  /** Stops the server. Its disk keeps what it has. */
  stop(): void;
  /** Starts it again; clients reconnect after a moment. */
  start(): void;
  /** Breaks the connections with this name; each reconnects by itself. */
  drop(name: string): void;
  /** Wipes the server's disk. Only while it is stopped. */
  lose(): void;
}

/** @param runtime the server's own; each process brings its own */
export const memoryNats = (runtime: Runtime): MemoryNats => {
  const broker = createBroker(runtime);
  const links = new Set<{ readonly name: string; readonly link: Link }>();
  const waiting = new Set<() => void>();
  let up = true;
  return {
    connect: (options) =>
      openMessaging(options, async () => {
        while (!up) await new Promise<void>((resolve) => waiting.add(resolve));
        const link = createLink(options, () => up);
        const entry = { name: options.name, link };
        links.add(entry);
        const remove = () => void links.delete(entry);
        link.presence.onClosed.add(remove);
        options.killed?.addEventListener("abort", remove, { once: true });
        return dialOn(broker, link);
      }),
    stop: () => {
      up = false;
      for (const { link } of links) link.presence.detach();
    },
    start: () => {
      up = true;
      for (const stream of broker.streams.values()) stream.reload();
      for (const { link } of links) link.comeBack();
      for (const go of waiting) go();
      waiting.clear();
    },
    drop: (name) => {
      for (const one of links) {
        if (one.name !== name) continue;
        one.link.presence.detach();
        one.link.comeBack();
      }
    },
    lose: () => broker.streams.clear(),
  };
};
