import { allEventSubjects, chatSubjects, streams } from "@touchline/contracts";
import { DiscardPolicy, type JetStreamManager, nanos, RetentionPolicy, StorageType, type StreamConfig } from "nats";

const GIB = 1024 ** 3;
const DAY_MS = 86_400_000;

const base = {
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.Old,
  max_age: 0,
} satisfies Partial<StreamConfig>;

const definitions: readonly (Partial<StreamConfig> & { name: string })[] = [
  // Completed registrations wait here while we are down; a month is more than any outage.
  { ...base, name: streams.chat, subjects: Object.values(chatSubjects), max_bytes: GIB, max_age: nanos(30 * DAY_MS) },
  // Bounded by bytes, never by age: the last message is the relay's checkpoint. The duplicate window is short because
  // the relay states the expected sequence, and a window that outlives a lost tail would swallow the refill.
  { ...base, name: streams.events, subjects: [allEventSubjects], max_bytes: 2 * GIB, duplicate_window: nanos(1_000) },
  { ...base, name: streams.deadLetters, subjects: ["dead.>"], max_bytes: GIB },
];

/** What CHAT took by default before: a subject with a typing error was acknowledged, and never read. */
const EVERY_CHAT_SUBJECT = "chat.>";

/**
 * Makes sure that the three streams exist. Streams that an operator has configured differently are left alone; our own earlier
 * subjects are replaced.
 */
export const ensureStreams = async (jsm: JetStreamManager): Promise<void> => {
  for (const definition of definitions) {
    try {
      const { config } = await jsm.streams.info(definition.name);
      const isOld = definition.name === streams.chat && config.subjects.join() === EVERY_CHAT_SUBJECT;
      if (isOld) await jsm.streams.update(definition.name, { ...config, subjects: definition.subjects ?? [] });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await jsm.streams.add(definition);
    }
  }
};

/** A stream that is not there, by name: on a full disk NATS answers, and has none. Undefined when all are there. */
export const missingStream = async (jsm: JetStreamManager): Promise<string | undefined> => {
  for (const { name } of definitions) {
    try {
      await jsm.streams.info(name);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return name;
    }
  }
  return undefined;
};

const STREAM_NOT_FOUND = 10059;
/** A consumer: among others, since there is one of that name that starts elsewhere. */
export const CANNOT_BE_MADE = 10012;
export const NO_MESSAGE_FOUND = 10037;

export const apiErrorCode = (error: unknown): number | undefined =>
  (error as { api_error?: { err_code?: number } }).api_error?.err_code;

const isNotFound = (error: unknown): boolean => apiErrorCode(error) === STREAM_NOT_FOUND;
