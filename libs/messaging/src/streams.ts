import { allEventSubjects, changeSubject, chatSubjects, Fault, streams } from "@touchline/contracts";
import { DiscardPolicy, nanos, RetentionPolicy, StorageType, type StreamConfig } from "nats";
import type { JetStreamAdmin } from "./client.ts";

const GIB = 1024 ** 3;
const DAY_MS = 86_400_000;

const base = {
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.Old,
  max_age: 0,
} satisfies Partial<StreamConfig>;

/** As long as an instance may be frozen that then parks a message which another one has parked. */
const PARKED_AGAIN = nanos(DAY_MS);
/** The server's default, which DEAD_LETTERS used to have. */
const FORMERLY_PARKED_AGAIN = nanos(120_000);

type Definition = Partial<StreamConfig> & { name: string };

const definitions: readonly Definition[] = [
  // Completed registrations wait here while we are down; a month is longer than any outage.
  { ...base, name: streams.chat, subjects: Object.values(chatSubjects), max_bytes: GIB, max_age: nanos(30 * DAY_MS) },
  // Limited by size, never by age: the last message is the relay's checkpoint. The duplicate window is short because
  // the relay states the expected sequence, and after a lost tail a longer window would drop the same messages published again.
  { ...base, name: streams.events, subjects: [allEventSubjects], max_bytes: 2 * GIB, duplicate_window: nanos(1_000) },
  { ...base, name: streams.deadLetters, subjects: ["dead.>"], max_bytes: GIB, duplicate_window: PARKED_AGAIN },
  // Never limited by age either: the last message is the registration service's checkpoint.
  { ...base, name: streams.changes, subjects: [changeSubject], max_bytes: GIB / 4 },
];

/**
 * No work waits for CHANGES: a relay from the previous version does not create it, and it has no subject left if an operator lets
 * CHAT take every one.
 */
const neededStreams: readonly string[] = [streams.chat, streams.events, streams.deadLetters];

/** CHAT's former default. A message on a mistyped subject was acknowledged, and never read. */
const EVERY_CHAT_SUBJECT = "chat.>";

/**
 * Makes sure that these streams of ours exist. Streams that an operator has configured differently are left alone, but our own
 * earlier subjects are replaced.
 */
export const ensureStreams = async (
  { jsm, replicas }: { readonly jsm: JetStreamAdmin; readonly replicas?: number | undefined },
  names: readonly string[] = neededStreams,
): Promise<void> => {
  for (const definition of definitions.filter(({ name }) => names.includes(name))) {
    try {
      const { config } = await jsm.streams.info(definition.name);
      const isOld = definition.name === streams.chat && config.subjects.join() === EVERY_CHAT_SUBJECT;
      if (isOld) await jsm.streams.update(definition.name, { ...config, subjects: definition.subjects ?? [] });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await makeStream(jsm, definition, replicas);
    }
  }
};

/** Gives a DEAD_LETTERS from an earlier version its present duplicate window. In production only the relay may do this. */
export const renewDeadLetters = async ({ jsm }: { readonly jsm: JetStreamAdmin }): Promise<void> => {
  const { config } = await jsm.streams.info(streams.deadLetters);
  if (config.duplicate_window === FORMERLY_PARKED_AGAIN)
    await jsm.streams.update(config.name, { ...config, duplicate_window: PARKED_AGAIN });
};

/** Three copies survive the loss of one server. We find out by trying whether there are three servers: they need not say. */
const COPIES = 3;

const makeStream = async (jsm: JetStreamAdmin, definition: Definition, replicas?: number): Promise<void> => {
  try {
    await jsm.streams.add({ ...definition, num_replicas: replicas ?? COPIES });
  } catch (error) {
    if (replicas !== undefined || !isTooFewServers(error)) throw error;
    await jsm.streams.add({ ...definition, num_replicas: 1 });
  }
};

/** "No suitable peers for placement", and "replicas > 1 not supported in non-clustered mode". */
const tooFewServers: ReadonlySet<number> = new Set([10005, 10074]);
/** There are enough servers, but one has no room. Its stream must not end up with a single copy for that. */
const NO_ROOM = /insufficient storage/;

const isTooFewServers = (error: unknown): boolean =>
  tooFewServers.has(apiErrorCode(error) ?? 0) && !NO_ROOM.test(String(error));

export const STREAM_NOT_FOUND = 10059;
export const CONSUMER_NOT_FOUND = 10014;
export const NO_MESSAGE_FOUND = 10037;
/** "No message found" and "sequence not found": which one comes depends on the server's version. */
export const goneCodes: ReadonlySet<number> = new Set([NO_MESSAGE_FOUND, 10043, 10057]);

export const apiErrorCode = (error: unknown): number | undefined =>
  (error as { api_error?: { err_code?: number } }).api_error?.err_code;

/** Removes every message of a stream; resolves with how many. Throws `Fault`. */
export const emptyStream = async ({ jsm }: { readonly jsm: JetStreamAdmin }, name: string): Promise<number> => {
  try {
    return (await jsm.streams.purge(name)).purged;
  } catch (error) {
    throw new Fault("nats_unavailable", { cause: error });
  }
};

const isNotFound = (error: unknown): boolean => apiErrorCode(error) === STREAM_NOT_FOUND;
