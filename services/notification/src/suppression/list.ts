import { createHash } from "node:crypto";
import { SUPPRESSION_KEY_ID, type SuppressionEvent, suppressionIdOf } from "@touchline/contracts";
import {
  type Aggregate,
  type Cause,
  type EventStore,
  inStepWith,
  load,
  type StoredEvent,
  transact,
} from "@touchline/event-store";
import type { Runtime } from "@touchline/service/runtime";

interface Suppression {
  readonly optedOut: boolean;
  /** When the owner last changed their mind, in milliseconds since 1970. */
  readonly changedMs: number;
  /** Ids of the causes so far, so that none is applied again after the number's owner has changed their mind. */
  readonly applied: readonly (string | undefined)[];
}

const suppressionAggregate: Aggregate<Suppression, SuppressionEvent> = {
  category: "suppression",
  initial: { optedOut: false, changedMs: Number.NEGATIVE_INFINITY, applied: [] },
  evolve: (state, event) => {
    if (event.type !== "PhoneOptedOut" && event.type !== "PhoneOptedIn") return state;
    const { metadata, created } = event as Partial<StoredEvent>;
    const saidMs = Date.parse(event.type === "PhoneOptedOut" ? event.data.optedOutAt : event.data.optedInAt);
    return {
      optedOut: event.type === "PhoneOptedOut",
      // The clock of the instance that wrote the event may have been ahead of the store's.
      changedMs: created ? Math.min(saidMs, created.getTime()) : saidMs,
      applied: [...state.applied, metadata?.$causationId],
    };
  },
};

const keyAggregate: Aggregate<{ readonly key?: string }, SuppressionEvent> = {
  category: "suppression",
  initial: {},
  evolve: (state, event) => (event.type === "SuppressionKeyCreated" && !state.key ? { key: event.data.key } : state),
};

type OptOut = Omit<Extract<SuppressionEvent, { type: "PhoneOptedOut" }>["data"], "phone" | "optedOutAt">;

/** Now, or `asOf` an earlier moment, if we may learn the same thing again later. */
export type Said = Date | { readonly at: Date; readonly asOf: Date };

/** Numbers whose owners have opted out. */
export interface SuppressionList {
  /**
   * Keeps the list in memory until the signal aborts, because every text needs it. While it is not in step with the events, the
   * streams are read instead.
   */
  follow(signal: AbortSignal, onBroken: (error: unknown) => void): Promise<void>;
  isOptedOut(phone: string): Promise<boolean>;
  /** Resolves with whether that is new. What holds as of a moment before the owner last changed their mind is not. */
  optOut(phone: string, how: OptOut, said: Said, cause: Cause): Promise<boolean>;
  optIn(phone: string, said: Said, cause: Cause): Promise<boolean>;
  /** Whether this text from the number's owner was applied before. */
  wasApplied(phone: string, causeId: string): Promise<boolean>;
}

export interface SuppressionOptions {
  readonly store: EventStore;
  /** The service that decides. */
  readonly service: string;
  readonly runtime: Pick<Runtime, "now" | "uuid">;
}

/** The list in the event store. Stream names are keyed hashes, because they appear in message headers, where no number may be. */
export const suppressionList = (options: SuppressionOptions): SuppressionList => {
  const { store } = options;
  const idOf = createStreamIds(options);
  const optedOutPhones = new Set<string>();
  const apply = ({ type, data }: SuppressionEvent | StoredEvent) => {
    if (type === "PhoneOptedOut") optedOutPhones.add(data.phone);
    if (type === "PhoneOptedIn") optedOutPhones.delete(data.phone);
  };
  const kept = inStepWith(store, {
    prefixes: ["suppression-"],
    take: apply,
    forget: () => optedOutPhones.clear(),
  });

  const change = async (event: Change, said: Said, cause: Cause) => {
    const { phone } = event.data;
    const decision = changeTo(event, said instanceof Date ? undefined : said.asOf, cause.id);
    const { events } = await transact(store, suppressionAggregate, await idOf(phone), decision, cause);
    // The next text may come before the subscription does.
    events.forEach(apply);
    return events.length > 0;
  };

  return {
    follow: kept.follow,
    isOptedOut: async (phone) =>
      kept.isInStep()
        ? optedOutPhones.has(phone)
        : (await load(store, suppressionAggregate, await idOf(phone))).state.optedOut,
    optOut: (phone, how, said, cause) =>
      change({ type: "PhoneOptedOut", data: { phone, ...how, optedOutAt: saidAt(said) } }, said, cause),
    optIn: (phone, said, cause) =>
      change({ type: "PhoneOptedIn", data: { phone, optedInAt: saidAt(said) } }, said, cause),
    wasApplied: async (phone, causeId) =>
      (await load(store, suppressionAggregate, await idOf(phone))).state.applied.includes(causeId),
  };
};

type Change = Extract<SuppressionEvent, { type: "PhoneOptedOut" | "PhoneOptedIn" }>;

const saidAt = (said: Said): string => (said instanceof Date ? said : said.at).toISOString();

/** Decides nothing if the list already says so, the same cause was applied before, or it is older than the last change. */
const changeTo =
  (event: Change, asOf: Date | undefined, causeId: string | undefined) =>
  ({ optedOut, changedMs, applied }: Suppression): SuppressionEvent[] => {
    // A STOP that has just come always counts: a wrong opt-out does less harm than a missed one.
    const isStop = event.type === "PhoneOptedOut" && event.data.via === "inbound" && asOf === undefined;
    const wasApplied = causeId !== undefined && applied.includes(causeId);
    const isOld = wasApplied || (asOf !== undefined && asOf.getTime() < changedMs);
    return optedOut === (event.type === "PhoneOptedOut") || (isOld && !isStop) ? [] : [event];
  };

/** Names the stream of a number. The first instance that needs the key creates it. */
const createStreamIds = ({ store, service, runtime }: SuppressionOptions) => {
  let cachedKey: string | undefined;

  const createKey = async (): Promise<string> => {
    const { uuid, now } = runtime;
    const key = createHash("sha256").update(`${uuid()}${uuid()}${uuid()}`).digest("base64");
    const created: SuppressionEvent = {
      type: "SuppressionKeyCreated",
      data: { key, createdAt: now().toISOString() },
    };
    const decision = (state: { readonly key?: string }) => (state.key ? [] : [created]);
    const { state } = await transact(store, keyAggregate, SUPPRESSION_KEY_ID, decision, { service, claim: true });
    return state.key ?? key;
  };

  const readKey = async (): Promise<string> => {
    cachedKey ??= (await load(store, keyAggregate, SUPPRESSION_KEY_ID)).state.key ?? (await createKey());
    return cachedKey;
  };

  return async (phone: string): Promise<string> => suppressionIdOf(await readKey(), phone);
};
