import { Fault, scrub, streams } from "@touchline/contracts";
import type { Messaging, Request } from "./connection.ts";
import type { ConsumeOptions, Delivery } from "./delivery.ts";

const own = (name: string) => `Touchline-Dead-${name}`;

/** The headers of a dead letter, in addition to the original's own headers and payload. */
export const deadLetterHeaders = {
  subject: own("Subject"),
  stream: own("Stream"),
  sequence: own("Sequence"),
  durable: own("Durable"),
  reason: own("Reason"),
  stack: own("Stack"),
  deliveries: own("Deliveries"),
  /** When the original was published. */
  firstSeen: own("First-Seen"),
  firstFailure: own("First-Failure"),
  lastFailure: own("Last-Failure"),
  /** The original's `Nats-Msg-Id`: on the dead letter itself, NATS would act on that header. */
  msgId: own("Msg-Id"),
} as const;

export const deadLetterSubject = (durable: string): string => `dead.${durable}`;
export const redriveSubject = (durable: string): string => `redrive.${durable}`;

export interface Parking {
  readonly stream: string;
  readonly durable: string;
  readonly delivery: Delivery;
  readonly headers: Readonly<Record<string, string>>;
  readonly error: unknown;
  readonly firstFailure: Date;
}

/** Parks a message on `dead.<durable>`, with what an operator needs to know. Resolves when it is on disk. */
export const park = async (messaging: Messaging, parking: Parking): Promise<void> => {
  const { stream, durable, delivery, error } = parking;
  const kept = Object.entries(parking.headers).filter(([name]) => !name.startsWith("Nats-"));
  const msgId = parking.headers["Nats-Msg-Id"];
  const publish = (payload: Uint8Array, reason: string) =>
    messaging.publish(deadLetterSubject(durable), payload, {
      // A message parked twice is one dead letter. With its time: a stream that was created again has the same sequences.
      msgId: `${durable}/${stream}/${delivery.sequence}/${delivery.publishedAt.getTime()}`,
      headers: {
        ...Object.fromEntries(kept),
        [deadLetterHeaders.subject]: delivery.subject,
        [deadLetterHeaders.stream]: stream,
        [deadLetterHeaders.sequence]: String(delivery.sequence),
        [deadLetterHeaders.durable]: durable,
        [deadLetterHeaders.reason]: headerSafe(reason),
        [deadLetterHeaders.stack]: headerSafe((error instanceof Error && error.stack) || ""),
        [deadLetterHeaders.deliveries]: String(delivery.deliveries),
        [deadLetterHeaders.firstSeen]: delivery.publishedAt.toISOString(),
        [deadLetterHeaders.firstFailure]: parking.firstFailure.toISOString(),
        [deadLetterHeaders.lastFailure]: messaging.runtime.now().toISOString(),
        ...(msgId && { [deadLetterHeaders.msgId]: msgId }),
      },
    });
  try {
    await publish(delivery.data, reasonOf(error)).catch((failure: { code?: string }) => {
      if (failure.code !== "MAX_PAYLOAD_EXCEEDED") throw failure;
      // With our headers it is larger than NATS accepts, so the payload stays where it is.
      return publish(
        new Uint8Array(),
        `${reasonOf(error)} (too large to be parked; its payload is in ${stream} at ${delivery.sequence})`,
      );
    });
  } catch (cause) {
    throw new Fault("nats_unavailable", { cause, detail: "The message could not be parked." });
  }
};

/** A consumer's answer to a dead letter that it was given again. */
export interface RedriveAnswer {
  readonly done: boolean;
  readonly reason?: string;
}

/** Takes this consumer's dead letters when an operator redrives them; each is one request. */
export const serveRedrives = (messaging: Messaging, options: ConsumeOptions): Promise<void> => {
  const { durable, signal, handle, onSettled, onBroken } = options;
  const answer = async (request: Request): Promise<RedriveAnswer> => {
    const delivery = originalOf(request);
    try {
      const settlement = await handle(delivery);
      onSettled?.(settlement, delivery);
      return settlement === "done" ? { done: true } : { done: false, reason: `its consumer answered "${settlement}"` };
    } catch (error) {
      onSettled?.("later", delivery, error);
      return { done: false, reason: headerSafe(reasonOf(error)) };
    }
  };
  return messaging.serve(redriveSubject(durable), durable, signal, answer, (error) => onBroken?.(error));
};

/** The delivery as the consumer first saw it. */
const originalOf = ({ data, header }: Request): Delivery => ({
  subject: header(deadLetterHeaders.subject) ?? "",
  data,
  sequence: Number(header(deadLetterHeaders.sequence)),
  deliveries: Number(header(deadLetterHeaders.deliveries) ?? 0) + 1,
  publishedAt: new Date(header(deadLetterHeaders.firstSeen) ?? 0),
  header: (name) => header(name === "Nats-Msg-Id" ? deadLetterHeaders.msgId : name),
});

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : typeof error === "string" ? error : "refused by its consumer";

/** One line of ASCII with nothing personal in it: an error written by others may quote a number. */
const headerSafe = (text: string): string =>
  scrub(text)
    .replaceAll(/\s*\n\s*/g, " | ")
    .replaceAll(/[^\x20-\x7e]/g, "?")
    .slice(0, 2_000);

/** The number of dead letters of each consumer that has any. */
export const deadLetterDepth = async (messaging: Messaging): Promise<ReadonlyMap<string, number>> => {
  const { state } = await messaging.jsm.streams.info(streams.deadLetters, { subjects_filter: deadLetterSubject(">") });
  const counts = Object.entries(state.subjects ?? {});
  return new Map(counts.map(([subject, count]) => [subject.slice(deadLetterSubject("").length), count]));
};
