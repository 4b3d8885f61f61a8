import { Fault, scrub } from "@touchline/contracts";
import type { JsMsg } from "nats";
import type { Messaging } from "./connection.ts";

const own = (name: string) => `Touchline-Dead-${name}`;

/** Headers of a dead letter; the original's own headers and payload are kept beside them. */
export const deadLetterHeaders = {
  subject: own("Subject"),
  stream: own("Stream"),
  sequence: own("Sequence"),
  durable: own("Durable"),
  reason: own("Reason"),
  stack: own("Stack"),
  deliveries: own("Deliveries"),
  firstSeen: own("First-Seen"),
  parkedAt: own("Parked-At"),
} as const;

/** Parks a message on `dead.<durable>` with what an operator needs; resolves when it is on disk. */
export const deadLetter = async (
  messaging: Messaging,
  { stream, durable }: { stream: string; durable: string },
  message: JsMsg,
  error: unknown,
): Promise<void> => {
  const headers: Record<string, string> = {};
  for (const [key, values] of message.headers ?? []) if (!key.startsWith("Nats-")) headers[key] = values[0] ?? "";
  const reason = error instanceof Error ? error.message : String(error ?? "refused by its consumer");
  try {
    await messaging.publish(`dead.${durable}`, message.data, {
      // The same message parked twice is one dead letter.
      msgId: `${durable}/${stream}/${message.seq}`,
      headers: {
        ...headers,
        [deadLetterHeaders.subject]: message.subject,
        [deadLetterHeaders.stream]: stream,
        [deadLetterHeaders.sequence]: String(message.seq),
        [deadLetterHeaders.durable]: durable,
        [deadLetterHeaders.reason]: headerSafe(reason),
        [deadLetterHeaders.stack]: headerSafe((error instanceof Error && error.stack) || ""),
        [deadLetterHeaders.deliveries]: String(message.info.deliveryCount),
        [deadLetterHeaders.firstSeen]: new Date(message.info.timestampNanos / 1e6).toISOString(),
        [deadLetterHeaders.parkedAt]: new Date().toISOString(),
      },
    });
  } catch (cause) {
    throw new Fault("nats_unavailable", { cause, detail: "The message could not be parked." });
  }
};

/** One line of ASCII without anything personal: what others wrote in an error may quote a number. */
const headerSafe = (text: string): string =>
  scrub(text)
    .replaceAll(/\s*\n\s*/g, " | ")
    .replaceAll(/[^\x20-\x7e]/g, "?")
    .slice(0, 2_000);
