import { SegmentedMessage } from "sms-segments-calculator";
import { deliveryErrorMessage } from "./errors.ts";

export type MessageStatus =
  | "scheduled"
  | "accepted"
  | "queued"
  | "sending"
  | "sent"
  | "delivered"
  | "undelivered"
  | "failed"
  | "canceled"
  | "received";

/**
 * How a text is to end. `delivered` is the rule; `sent` is a carrier that never reports; `queued` never leaves Twilio;
 * `later` is a second, late report, such as a delivery after `undelivered`.
 */
export type Outcome = {
  readonly status: "queued" | "sent" | "delivered" | "undelivered" | "failed";
  readonly errorCode?: number;
  readonly later?: {
    readonly status: "delivered" | "undelivered" | "failed";
    readonly errorCode?: number;
    readonly afterMs: number;
  };
};

export type Message = {
  /** The SID: SM, or MM with pictures, and 32 hexadecimal digits. */
  readonly id: string;
  readonly direction: "outbound-api" | "outbound-reply" | "inbound";
  readonly to: string;
  /** Null until a messaging service has chosen its sender. */
  readonly from: string | null;
  readonly body: string;
  /** How many pictures it has, which the stand-in does not fetch. */
  readonly media?: number;
  readonly segments: number;
  readonly encoding: "GSM-7" | "UCS-2";
  readonly status: MessageStatus;
  readonly errorCode: number | null;
  readonly messagingServiceSid: string | null;
  readonly statusCallback: string | null;
  readonly outcome: Outcome;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly sentAt: string | null;
  /** When it is to be sent, if it is scheduled. */
  readonly sendAt?: string;
  /** How long it may wait in Twilio's queue. Ten hours by default, which the stand-in does not count. */
  readonly validitySeconds?: number;
};

export const countSegments = (body: string): { segments: number; encoding: "GSM-7" | "UCS-2" } => {
  const counted = new SegmentedMessage(body);
  return { segments: counted.segmentsCount, encoding: counted.encodingName === "UCS-2" ? "UCS-2" : "GSM-7" };
};

const terminal: readonly MessageStatus[] = ["delivered", "undelivered", "failed", "canceled", "received"];
export const isTerminal = (status: MessageStatus): boolean => terminal.includes(status);

/** The next status of a text on the way to its outcome; undefined if it stays as it is. */
export const nextStatus = (message: Message): MessageStatus | undefined => {
  const { outcome } = message;
  switch (message.status) {
    case "scheduled":
    case "accepted":
      return "queued";
    case "queued":
      return outcome.status === "queued" ? undefined : outcome.status === "failed" ? "failed" : "sending";
    case "sending":
      return "sent";
    case "sent":
      return outcome.status === "delivered" || outcome.status === "undelivered" ? outcome.status : undefined;
    case "delivered":
    case "undelivered":
    case "failed":
    case "canceled":
    case "received":
      return undefined;
  }
};

export const moved = (message: Message, status: MessageStatus, now: Date, errorCode?: number): Message => ({
  ...message,
  status,
  errorCode: errorCode ?? null,
  updatedAt: now.toISOString(),
  sentAt: message.sentAt ?? (status === "sent" || status === "delivered" ? now.toISOString() : null),
});

/** `Thu, 24 Aug 2023 05:01:45 +0000` */
export const rfc2822 = (iso: string): string => new Date(iso).toUTCString().replace("GMT", "+0000");

const PRICE_PER_SEGMENT = 0.04;

/** The resource as the API shows it. Price and date_sent are null until the text has left. */
export const toResource = (message: Message, accountSid: string): Record<string, unknown> => {
  const uri = `/2010-04-01/Accounts/${accountSid}/Messages/${message.id}`;
  const unassigned = message.status === "accepted" || message.status === "scheduled";
  return {
    account_sid: accountSid,
    api_version: "2010-04-01",
    body: message.body,
    date_created: rfc2822(message.createdAt),
    date_sent: message.sentAt === null ? null : rfc2822(message.sentAt),
    date_updated: rfc2822(message.updatedAt),
    direction: message.direction,
    error_code: message.errorCode,
    error_message: message.errorCode === null ? null : deliveryErrorMessage(message.errorCode),
    from: message.from,
    messaging_service_sid: message.messagingServiceSid,
    num_media: String(message.media ?? 0),
    num_segments: unassigned ? "0" : String(message.segments),
    price: message.sentAt === null ? null : (-PRICE_PER_SEGMENT * message.segments).toFixed(5),
    price_unit: "USD",
    sid: message.id,
    status: message.status,
    subresource_uris: { media: `${uri}/Media.json` },
    tags: null,
    to: message.to,
    uri: `${uri}.json`,
  };
};
