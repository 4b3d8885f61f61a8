import { Fault } from "@touchline/contracts";
import type { KeptStoredMessage } from "./client.ts";
import { headerOf, type Messaging } from "./connection.ts";
import { apiErrorCode, goneCodes, NO_MESSAGE_FOUND } from "./streams.ts";

/** A message as its stream holds it. */
export interface KeptMessage {
  /** The subject as published; for a dead letter, `dead.<durable>`. */
  readonly subject: string;
  readonly data: Uint8Array;
  readonly header: (name: string) => string | undefined;
}

/**
 * Checks every message of a stream on a subject, and deletes those for which `isDoomed` is true, overwriting their bytes on disk.
 * Resolves with how many were deleted. Costs one request for each message, so it is for rare use. Throws `Fault`.
 *
 * The last message of EVENTS is the relay's checkpoint: never doom a message there that may be the last.
 */
export const sweep = async (
  messaging: Messaging,
  stream: string,
  subject: string,
  isDoomed: (message: KeptMessage) => boolean,
): Promise<number> => {
  let swept = 0;
  for (let found = await next(messaging, stream, subject, 1); found; ) {
    const { seq } = found;
    if (isDoomed(toKept(found)) && (await dropMessage(messaging, stream, seq))) swept++;
    found = await next(messaging, stream, subject, seq + 1);
  }
  return swept;
};

/** Reads headers as consumers do: in any case, and none if the client cannot read them. */
export const toKept = (stored: KeptStoredMessage): KeptMessage => {
  const message = {
    get headers() {
      return stored.header;
    },
  };
  return { subject: stored.subject, data: stored.data, header: (name) => headerOf(message, name) };
};

/** Deletes a message and overwrites its bytes. Resolves with whether there was anything to delete. Throws `Fault`. */
export const dropMessage = async ({ jsm }: Messaging, stream: string, sequence: number): Promise<boolean> => {
  try {
    return await jsm.streams.deleteMessage(stream, sequence, true);
  } catch (error) {
    if (goneCodes.has(apiErrorCode(error) ?? 0)) return false;
    throw new Fault("nats_unavailable", { cause: error });
  }
};

/** The first message at or after a sequence. */
const next = async (
  { jsm }: Messaging,
  stream: string,
  subject: string,
  seq: number,
): Promise<KeptStoredMessage | undefined> => {
  try {
    return await jsm.streams.getMessage(stream, { seq, next_by_subj: subject });
  } catch (error) {
    if (apiErrorCode(error) === NO_MESSAGE_FOUND) return undefined;
    throw new Fault("nats_unavailable", { cause: error });
  }
};
