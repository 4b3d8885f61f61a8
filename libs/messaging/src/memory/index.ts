import type { Runtime } from "@touchline/service";
import { type Messaging, type MessagingOptions, openMessaging } from "../connection.ts";
import { createBroker } from "./broker.ts";
import { dialOn } from "./dial.ts";
import { createLink, type Link, type LinkOptions } from "./link.ts";

export type { Crossing, Fate } from "./link.ts";

type ConnectOptions = Omit<MessagingOptions, "url" | "runtime"> & LinkOptions;

/** A NATS server with JetStream, for tests and simulations: the same promises as the real one, checked by the same suite. */
export interface MemoryNats {
  /** Waits until the server is there. */
  connect(options: ConnectOptions): Promise<Messaging>;
  /** Takes the server away. What is on its disk stays there. */
  stop(): void;
  /** Brings it back; clients find it after a moment. */
  start(): void;
  /** Breaks the connections of a name; each comes back by itself. */
  drop(name: string): void;
  /** Empties the server's disk. Only while it is stopped. */
  lose(): void;
}

/** @param runtime the server's own: processes bring theirs */
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
