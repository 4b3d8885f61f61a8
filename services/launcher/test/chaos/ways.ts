import type { Runtime } from "@touchline/service/runtime";
import { type Doors, openDoors } from "@touchline/testing/stack";
import type { Instance, Ways } from "./instances.ts";

const CUT_OFF_MS = 10_000;

interface Cut {
  readonly instances: readonly Instance[];
  readonly runtime: Runtime;
}

/** Doors for one instance, at a loopback address of its own: only it goes through them. */
export const openWays = async (
  n: number,
  urls: { readonly nats: string; readonly eventStore: string },
): Promise<Ways> => {
  const host = `127.0.1.${n}`;
  const [nats, eventStore] = await Promise.all([openDoors(host, urls.nats), openDoors(host, urls.eventStore)]);
  return { nats, eventStore };
};

const cut =
  (way: keyof Ways, how: Exclude<keyof Doors, "url" | "close">) =>
  async ({ instances, runtime }: Cut): Promise<void> => {
    const one = instances[Math.floor(runtime.random() * instances.length)] as Instance;
    const putBack = await one.ways[way][how]();
    try {
      await runtime.sleep(CUT_OFF_MS);
    } finally {
      await putBack();
    }
  };

/** One instance loses all servers. A silent way keeps its connections, and lets nobody know. */
export const NATS_WAY_FAULTS = {
  "a service cut off from NATS": cut("nats", "reject"),
  "a service's way to NATS silent": cut("nats", "freeze"),
  "a service hears nothing from NATS": cut("nats", "freezeAnswers"),
} as const;

/** Real nodes announce their own addresses, which lead past the doors. */
export const STORE_WAY_FAULTS = {
  "a service cut off from the event store": cut("eventStore", "reject"),
  "a service's way to the event store silent": cut("eventStore", "freeze"),
  "a service hears nothing from the event store": cut("eventStore", "freezeAnswers"),
} as const;
