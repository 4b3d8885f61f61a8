import { type Logger, logFields, type Metrics, type Runtime } from "@touchline/service";
import { paymentAggregate, recordFacts } from "../gocardless/payment-stream.ts";
import type { RequestReport } from "../payment/provider.ts";
import { cancelledFact, fulfilledFact } from "../payment/read-facts.ts";
import type { Link, LinkState } from "../payment/state.ts";
import { calledOff } from "../payment/status.ts";
import type { Flows } from "./flows.ts";
import type { Records } from "./records.ts";
import type { Stopwatch } from "./stopwatch.ts";

/** Where a tap leads. */
export type Lead =
  | { readonly to: "gocardless"; readonly url: string; readonly reused: boolean }
  | { readonly to: "paid" | "settled" | "refunded" | "processing" | "cancelled" | "ask_club" | "try_again" };

export interface SendOnOptions {
  readonly flows: Flows;
  readonly records: Records;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly runtime: Pick<Runtime, "now">;
}

interface Sent {
  readonly lead: Lead;
  /** The updated link, if GoCardless said something new about it. */
  readonly changed?: Link | undefined;
}

/** Sends a tap to the billing request's page, unless GoCardless says that it is paid or cancelled. */
export const createSendOn = ({ flows, records, log, metrics, runtime }: SendOnOptions) => {
  const refusedHosts = metrics.counter(
    "touchline_payment_page_host_refused_total",
    "Redirects refused because GoCardless's answer led outside the allowed hosts.",
  );

  /** Records what reading a finished billing request said. */
  const learn = async (link: Link, request: RequestReport, traceparent: string | undefined): Promise<Sent> => {
    flows.forget(request.id);
    const paid = request.status === "fulfilled";
    const now = runtime.now();
    const fact = paid ? fulfilledFact(link.id, request, now) : cancelledFact(link.id, request.id, "gocardless", now);
    const changed = await records.learn(link, fact, traceparent);
    if (paid) return { lead: { to: "paid" }, changed };
    // We may have cancelled it ourselves, because more is owed than it asks for, or something else.
    const after = recordFacts([fact], now)(link).reduce<LinkState>(paymentAggregate.evolve, link);
    return { lead: { to: after.status === "known" && calledOff(after) ? "cancelled" : "try_again" }, changed };
  };

  const sendOn = async (
    link: Link,
    requestId: string,
    waiting: Stopwatch,
    traceparent: string | undefined,
  ): Promise<Sent> => {
    // Both at once to save time: the first answer decides whether the second is used.
    const reading = flows.read(requestId, traceparent).catch(() => "unread" as const);
    const making = flows.get(link.id, requestId, traceparent);
    // It throws below, unless the page is no longer needed.
    making.catch(() => {});
    const request = await waiting.during(reading);
    if (typeof request === "object") {
      if (request.status === "fulfilled" || request.status === "cancelled") return learn(link, request, traceparent);
      if (request.status === "fulfilling") return { lead: { to: "processing" } };
    }
    const flow = await waiting.during(making);
    // It is paid, being paid or cancelled, even if it could not be read. A later tap finds out which.
    if (flow === "invalid_state") return { lead: { to: "processing" } };
    if (flow === "foreign_host") {
      refusedHosts.inc();
      log.error(
        logFields(link.registrationId, traceparent),
        "GoCardless's page is on a host that PAYMENT_PAGE_HOSTS does not allow; the parent was not sent there",
      );
      return { lead: { to: "try_again" } };
    }
    if (flow.fresh) records.flowCreated(link, { requestId, flowId: flow.id, expiresAt: flow.expiresAt }, traceparent);
    else if (!link.opened) records.opened(link, traceparent);
    return { lead: { to: "gocardless", url: flow.url, reused: !flow.fresh } };
  };

  return { sendOn, learn };
};
