import { createHmac, randomBytes } from "node:crypto";
import type { SuppressionEvent } from "@touchline/contracts";
import {
  type Aggregate,
  type Cause,
  type EventStore,
  inStepWith,
  load,
  type StoredEvent,
  transact,
} from "@touchline/event-store";

interface Suppression {
  readonly optedOut: boolean;
  /** Ids of what led here, so that none of it is heeded again after the number's owner has changed their mind. */
  readonly heeded: readonly (string | undefined)[];
}

const suppressionAggregate: Aggregate<Suppression, SuppressionEvent> = {
  category: "suppression",
  initial: { optedOut: false, heeded: [] },
  evolve: (state, event) => {
    if (event.type !== "PhoneOptedOut" && event.type !== "PhoneOptedIn") return state;
    const { metadata } = event as Partial<StoredEvent>;
    return { optedOut: event.type === "PhoneOptedOut", heeded: [...state.heeded, metadata?.$causationId] };
  },
};

const keyAggregate: Aggregate<{ readonly key?: string }, SuppressionEvent> = {
  category: "suppression",
  initial: {},
  evolve: (state, event) => (event.type === "SuppressionKeyCreated" && !state.key ? { key: event.data.key } : state),
};

type OptOut = Omit<Extract<SuppressionEvent, { type: "PhoneOptedOut" }>["data"], "phone" | "optedOutAt">;

/** Who wants no texts, by number. */
export interface SuppressionList {
  /**
   * Keeps the list in memory, in step with the events, until the signal aborts: each text asks for it. Without it, and while
   * it is not in step, the streams are read.
   */
  follow(signal: AbortSignal, onBroken: (error: unknown) => void): Promise<void>;
  isOptedOut(phone: string): Promise<boolean>;
  /** Whether that is new. */
  optOut(phone: string, how: OptOut, at: Date, cause: Cause): Promise<boolean>;
  optIn(phone: string, at: Date, cause: Cause): Promise<boolean>;
}

/** The list in the event store. The streams' names are keyed hashes: they travel in message headers, where no number may be. */
export const suppressionList = (store: EventStore, service: string): SuppressionList => {
  let cachedKey: string | undefined;
  const key = async (): Promise<string> => {
    if (cachedKey) return cachedKey;
    const { state } = await load(store, keyAggregate, "key");
    if (state.key) cachedKey = state.key;
    else {
      const fresh = { key: randomBytes(32).toString("base64"), createdAt: new Date().toISOString() };
      const created: SuppressionEvent = { type: "SuppressionKeyCreated", data: fresh };
      const cause = { service, claim: true };
      const made = await transact(store, keyAggregate, "key", (s) => (s.key ? [] : [created]), cause);
      cachedKey = made.state.key ?? fresh.key;
    }
    return cachedKey;
  };
  const idOf = async (phone: string) =>
    createHmac("sha256", await key())
      .update(phone)
      .digest("hex")
      .slice(0, 32);
  const optedOutPhones = new Set<string>();
  const take = ({ type, data }: { readonly type: string; readonly data: object }) => {
    const { phone } = data as { phone?: string };
    if (phone && type === "PhoneOptedOut") optedOutPhones.add(phone);
    if (phone && type === "PhoneOptedIn") optedOutPhones.delete(phone);
  };
  const kept = inStepWith(store, { prefixes: ["suppression-"] }, take);
  const change = async (phone: string, optedOut: boolean, event: SuppressionEvent, cause: Cause) => {
    // A STOP always counts: one too many does less harm than one too few.
    const isStop = event.type === "PhoneOptedOut" && event.data.via === "inbound";
    const wasHeeded = ({ heeded }: Suppression) => !isStop && cause.id !== undefined && heeded.includes(cause.id);
    const decide = (state: Suppression) => (state.optedOut === optedOut || wasHeeded(state) ? [] : [event]);
    const { events } = await transact(store, suppressionAggregate, await idOf(phone), decide, cause);
    // The next text may be faster than the subscription.
    events.forEach(take);
    return events.length > 0;
  };
  return {
    follow: kept.follow,
    isOptedOut: async (phone) =>
      kept.isInStep()
        ? optedOutPhones.has(phone)
        : (await load(store, suppressionAggregate, await idOf(phone))).state.optedOut,
    optOut: (phone, how, at, cause) =>
      change(phone, true, { type: "PhoneOptedOut", data: { phone, ...how, optedOutAt: at.toISOString() } }, cause),
    optIn: (phone, at, cause) =>
      change(phone, false, { type: "PhoneOptedIn", data: { phone, optedInAt: at.toISOString() } }, cause),
  };
};
