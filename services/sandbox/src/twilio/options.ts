import type { Runtime } from "@touchline/service";
import type { Keeper } from "../stand-in/table.ts";

/** Delays between a text's statuses, in milliseconds. */
export type TwilioLifecycle = {
  readonly acceptedMs: number;
  readonly sendingMs: number;
  readonly sentMs: number;
  readonly reportMs: number;
  /** How long it takes for the list of messages to have a new one. */
  readonly listedMs: number;
  /** Waits before the second and later tries of a callback. Twilio gives up after about 15 s in all. */
  readonly callbackRetriesMs: readonly number[];
  readonly callbackTimeoutMs: number;
  /** How long a reordered callback waits for a later one to overtake it. */
  readonly reorderMs: number;
};

/** Fast enough for tests; the sandbox page uses slower ones, so that people can watch. */
export const fastLifecycle: TwilioLifecycle = {
  acceptedMs: 1,
  sendingMs: 2,
  sentMs: 5,
  reportMs: 10,
  listedMs: 0,
  callbackRetriesMs: [20, 60, 120],
  callbackTimeoutMs: 5_000,
  reorderMs: 200,
};

export type TwilioOptions = {
  readonly accountSid: string;
  readonly authToken: string;
  /** Public origin of Touchline; inbound texts are posted to `/webhooks/twilio/inbound` on it. */
  readonly publicUrl?: string;
  /** Numbers and sender ids that the account owns. By default every well-formed one. */
  readonly senders?: readonly string[];
  /** The number that a messaging service sends from. */
  readonly serviceSender?: string;
  readonly lifecycle?: Partial<TwilioLifecycle>;
  /** Answers STOP and START by text, as Twilio does for long codes. */
  readonly autoReply?: boolean;
  readonly seed?: number;
  /** By default, the machine's own. */
  readonly runtime?: Runtime;
  readonly keeper?: Keeper;
};
