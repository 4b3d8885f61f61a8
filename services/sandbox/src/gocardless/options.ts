import type { Runtime } from "@touchline/service";
import type { Keeper } from "../stand-in/table.ts";

/** Delays in milliseconds. A null step never happens by itself, only on demand. */
export type GoCardlessLifecycle = {
  readonly mandateSubmittedMs: number | null;
  readonly mandateActiveMs: number | null;
  readonly paymentSubmittedMs: number | null;
  readonly paymentConfirmedMs: number | null;
  /** From confirmed to paid out, or to the late failure or charge-back that was asked for. */
  readonly paymentEndMs: number | null;
  /** From each status of a refund to the next. */
  readonly refundStepMs: number | null;
  /** Until a payout has reached the club's bank account. */
  readonly payoutPaidMs: number | null;
  /** How long events are gathered before they are sent together. */
  readonly webhookBatchMs: number;
  /** Waits before the second and later attempts, as many as GoCardless makes. */
  readonly webhookRetriesMs: readonly number[];
  readonly webhookTimeoutMs: number;
  /** How long a reordered event is held back. */
  readonly reorderMs: number;
  /** How long a page can be used: seven days. */
  readonly flowMs: number;
};

export const fastLifecycle: GoCardlessLifecycle = {
  mandateSubmittedMs: 5,
  mandateActiveMs: 10,
  paymentSubmittedMs: 5,
  paymentConfirmedMs: 10,
  paymentEndMs: 20,
  refundStepMs: 5,
  payoutPaidMs: 10,
  webhookBatchMs: 3,
  webhookRetriesMs: [10, 20, 40, 80, 160, 320, 640, 1_280],
  webhookTimeoutMs: 10_000,
  reorderMs: 200,
  flowMs: 7 * 86_400_000,
};

export type GoCardlessOptions = {
  readonly accessToken: string;
  readonly webhookSecret: string;
  /** The address for events; without it they can only be listed. */
  readonly webhookUrl?: string;
  /** Name of the club on the payment page. */
  readonly creditorName?: string;
  /** Origin of the payment pages; by default the one that the API was asked on. */
  readonly pageOrigin?: string;
  readonly rateLimitPerMinute?: number;
  /** Whether the payments, refunds, mandates and subscriptions of a removed customer are hidden too. */
  readonly removalHidesMoney?: boolean;
  /** Whether GoCardless retries failed fallback payments by itself; by default it does. */
  readonly fallbackRetries?: boolean;
  readonly lifecycle?: Partial<GoCardlessLifecycle>;
  readonly seed?: number;
  /** By default, the machine's own. */
  readonly runtime?: Runtime;
  readonly keeper?: Keeper;
};
