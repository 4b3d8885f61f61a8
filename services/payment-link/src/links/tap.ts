import { randomUUID } from "node:crypto";
import { Fault } from "@touchline/contracts";
import { aboutStory, type Logger, type Metrics } from "@touchline/service";
import type { AskAgain } from "../follow-up/ask-again.ts";
import type { RequestReport } from "../gocardless/provider.ts";
import type { Fact } from "../payment/decide.ts";
import { calledOff, openRequest, outdatedRequest, owed } from "../payment/standing.ts";
import type { BillingRequest, Link } from "../payment/state.ts";
import { fulfilledFact } from "../tokens/create-token.ts";
import type { Flows } from "./flows.ts";
import type { Records } from "./records.ts";

/** Where a tap leads. */
export type TapResult =
  | { readonly to: "gocardless"; readonly url: string; readonly reused: boolean }
  | { readonly to: "paid" | "processing" | "cancelled" | "try_again" };

export interface TapOptions {
  readonly flows: Flows;
  readonly askAgain: AskAgain;
  /** Whether a mandate is of use: the link's season is not known to be over. */
  readonly collecting: (link: Link) => boolean;
  readonly records: Records;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: () => Date;
}

/** How long a tap has waited for GoCardless. */
export interface Waited {
  ms: number;
}

export interface Taps {
  /**
   * Where a person who opens the link is to go; known at once when GoCardless need not be asked. `traceparent` is the
   * request's.
   */
  tap(link: Link, waited?: Waited, traceparent?: string): TapResult | Promise<TapResult>;
  /** Why nothing more is asked for, as far as the link tells. */
  over(link: Link): "paid" | "cancelled" | undefined;
  /** Finds out whether somebody who came back has paid; never throws. */
  checkPaid(link: Link, traceparent?: string): Promise<void>;
}

/** A tap may find that the request is paid, and then that the payment has gone back: each time the link is looked at anew. */
const MAX_LOOKS = 3;

export const createTaps = (options: TapOptions): Taps => {
  const { askAgain, collecting, flows, log } = options;
  const { send, learn } = sender(options);
  /** Where the link leads as it stands; otherwise the billing request to send to, or undefined when there must be a new one. */
  const standing = (link: Link): TapResult | BillingRequest | undefined => {
    if (link.closed) return { to: "cancelled" };
    const due = owed(link, collecting(link));
    if (due.feePence === 0 && !due.mandate && !unfinishedMandate(link)) return { to: "paid" };
    if (calledOff(link)) return { to: "cancelled" };
    // It is being cancelled; then there is a new one.
    return outdatedRequest(link, due) ? { to: "try_again" } : openRequest(link);
  };
  const tap: Taps["tap"] = (link, waited = { ms: 0 }, traceparent) => {
    const stands = standing(link);
    return stands && "to" in stands ? stands : sendOn(link, waited, traceparent);
  };
  const sendOn = async (link: Link, waited: Waited, traceparent: string | undefined): Promise<TapResult> => {
    try {
      let now = link;
      for (let looks = MAX_LOOKS; ; looks--) {
        const stands = standing(now);
        if (!stands) {
          const cause = { service: "payment-link", id: randomUUID(), traceparent };
          now = await waiting(waited, askAgain(now, cause));
          if (looks === 0 || !openRequest(now)) return { to: "try_again" };
          continue;
        }
        if ("to" in stands) return stands;
        const { result, changed } = await send(now, stands.id, waited, traceparent);
        if (!changed || looks === 0) return result;
        now = changed;
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      log.warn({ ...aboutStory(link.registrationId, traceparent), err: error }, "a tap could not be sent on");
      return { to: "try_again" };
    }
  };
  const over: Taps["over"] = (link) => {
    const stands = standing(link);
    return stands && "to" in stands && (stands.to === "paid" || stands.to === "cancelled") ? stands.to : undefined;
  };
  const checkPaid = async (link: Link, traceparent?: string): Promise<void> => {
    const open = openRequest(link);
    if (!open) return;
    try {
      const request = await flows.read(open.id, traceparent);
      if (request?.status === "fulfilled") await learn(link, request, traceparent);
    } catch (err) {
      const about = { ...aboutStory(link.registrationId, traceparent), err };
      log.warn(about, "whether a parent who came back has paid could not be asked");
    }
  };
  return { tap, over, checkPaid };
};

const waiting = async <T>(waited: Waited, call: Promise<T>): Promise<T> => {
  const since = performance.now();
  try {
    return await call;
  } finally {
    waited.ms += performance.now() - since;
  }
};

/** With no fee to pay, the link is for the mandate alone, until it is set up. */
const unfinishedMandate = (link: Link): boolean => link.feePence === 0 && openRequest(link)?.id === link.id;

interface Sent {
  readonly result: TapResult;
  /** The link as it is now, when the tap has learnt something. */
  readonly changed?: Link | undefined;
}

const sender = ({ flows, records, log, metrics, clock }: TapOptions) => {
  const refusedHosts = metrics.counter(
    "touchline_payment_page_host_refused_total",
    "Redirects that GoCardless's answer would have sent outside the allowed hosts.",
  );

  const learn = async (link: Link, request: RequestReport, traceparent: string | undefined): Promise<Sent> => {
    flows.forget(request.id);
    const fact =
      request.status === "fulfilled"
        ? fulfilledFact(link.id, request, clock())
        : cancelledFact(link.id, request.id, clock());
    const changed = await records.learn(link.id, fact, traceparent);
    return { result: { to: request.status === "fulfilled" ? "paid" : "cancelled" }, changed };
  };

  const send = async (
    link: Link,
    requestId: string,
    waited: Waited,
    traceparent: string | undefined,
  ): Promise<Sent> => {
    // Both at once: the answer to the first decides whether the second is used.
    const reading = flows.read(requestId, traceparent);
    const making = flows.young(requestId) ?? flows.get(link.id, requestId, traceparent);
    // Thrown below, unless nobody needs the page any more.
    if (making instanceof Promise) making.catch(() => {});
    const since = performance.now();
    let request: RequestReport | undefined;
    let unread = false;
    try {
      request = await reading;
    } catch {
      unread = true;
    }
    waited.ms += performance.now() - since;
    if (request?.status === "fulfilled" || request?.status === "cancelled") return learn(link, request, traceparent);
    if (request?.status === "fulfilling") return { result: { to: "processing" } };
    const flow = making instanceof Promise ? await waiting(waited, making) : making;
    if (flow === "invalid_state") return { result: { to: unread ? "try_again" : "processing" } };
    if (flow === "foreign_host") {
      refusedHosts.inc();
      log.error(
        aboutStory(link.registrationId, traceparent),
        "GoCardless's answer leads to a host that is not allowed (PAYMENT_PAGE_HOSTS)",
      );
      return { result: { to: "try_again" } };
    }
    if (flow.fresh) records.flowCreated(link, { requestId, flowId: flow.id, expiresAt: flow.expiresAt }, traceparent);
    else if (!link.opened) records.opened(link, traceparent);
    return { result: { to: "gocardless", url: flow.url, reused: !flow.fresh } };
  };
  return { send, learn };
};

const cancelledFact = (billingRequestId: string, requestId: string, now: Date): Fact => ({
  type: "PaymentTokenCancelled",
  data: {
    billingRequestId,
    requestId,
    by: "gocardless",
    via: "read",
    action: "cancelled",
    occurredAt: now.toISOString(),
  },
});
