import { randomUUID } from "node:crypto";
import { Fault } from "@touchline/contracts";
import { inSpan, type Tracing } from "@touchline/service/tracing";
import type { GoCardlessClient } from "gocardless-nodejs";
import { type Problem, problemOf } from "./gocardless-errors.ts";
import { bodyOf, compact, expiryOf, metadataOf, oddAnswer, reportOf } from "./gocardless-shapes.ts";
import {
  type FlowReport,
  type NewFlow,
  type PaymentProvider,
  purposes,
  type Refusal,
  type RequestReport,
} from "./provider.ts";

/** The endpoints that are called, for spans: a URL would hold a billing request's id, which opens its link. */
const endpoints = {
  read_billing_request: ["GET", "/billing_requests/{id}"],
  create_billing_request: ["POST", "/billing_requests"],
  cancel_billing_request: ["POST", "/billing_requests/{id}/actions/cancel"],
  create_flow: ["POST", "/billing_request_flows"],
  read_payment: ["GET", "/payments/{id}"],
  read_mandate: ["GET", "/mandates/{id}"],
  create_subscription: ["POST", "/subscriptions"],
  cancel_subscription: ["POST", "/subscriptions/{id}/actions/cancel"],
  list_subscriptions: ["GET", "/subscriptions"],
  list_events: ["GET", "/events"],
  probe: ["GET", "/events"],
} as const;
type Operation = keyof typeof endpoints;

/** Headers of one call. */
type Headers = { traceparent?: string };

/** Runs one call: counts it, times it, keeps it away from a GoCardless that is down. */
export type Guard = <T>(operation: string, call: () => Promise<T>) => Promise<T>;

const PAGE = 500;

/** GoCardless through its SDK. Answers become reports, refusals and faults; nothing of an answer's text goes further. */
export const goCardlessProvider = (client: GoCardlessClient, guard: Guard, traced?: Traced): PaymentProvider => {
  const attempt = async <T, R = never>(
    operation: Operation,
    parent: string | undefined,
    call: (headers: Headers) => Promise<T>,
    otherwise: (problem: Exclude<Problem, { kind: "fault" }>) => R | Promise<R>,
  ): Promise<T | R> => {
    let problem: Problem;
    const told = (traceparent: string | undefined) => call(traceparent ? { traceparent } : {});
    try {
      return await guard(operation, async () => {
        try {
          return await (traced
            ? inSpan(traced.tracing, spanStart(operation, parent, traced.host), told)
            : told(parent));
        } catch (error) {
          const found = problemOf(error);
          if (found.kind === "fault") throw found.fault;
          throw new Answer(found);
        }
      });
    } catch (error) {
      if (!(error instanceof Answer)) throw error;
      problem = error.problem;
    }
    return otherwise(problem as Exclude<Problem, { kind: "fault" }>);
  };

  const find = async (id: string, traceparent?: string): Promise<RequestReport | undefined> =>
    attempt(
      "read_billing_request",
      traceparent,
      async (headers) => reportOf(await client.billingRequests.find(id, headers)),
      missing,
    );

  const cancelled = (problem: Exclude<Problem, { kind: "fault" }>): boolean => {
    if (problem.kind === "invalid_state" || problem.kind === "not_found") return false;
    throw unexpected("cancel", problem);
  };

  const createFlow = (
    { requestId, redirectUri, exitUri }: NewFlow,
    traceparent: string | undefined,
    again = true,
  ): Promise<FlowReport | "invalid_state"> =>
    attempt<FlowReport, FlowReport | "invalid_state">(
      "create_flow",
      traceparent,
      async (headers) => {
        const links = { billing_request: requestId };
        const flow = await client.billingRequestFlows.create(
          { redirect_uri: redirectUri, exit_uri: exitUri, links },
          randomUUID(),
          headers,
        );
        const url = flow.authorisation_url ?? "";
        if (!URL.canParse(url)) throw oddAnswer("a flow without its address");
        // As a browser would read it: what goes into a header must not hold whatever else was written there.
        return { id: String(flow.id), url: new URL(url).href, ...expiryOf(flow.expires_at) };
      },
      (problem) => {
        if (problem.kind === "invalid_state") return "invalid_state";
        // The first answer was lost on the way, and a flow cannot be asked for by its id: several on one request are normal.
        if (problem.kind === "conflict" && again) {
          return createFlow({ requestId, redirectUri, exitUri }, traceparent, false);
        }
        throw unexpected("a flow", problem);
      },
    );

  return {
    readRequest: find,

    createRequest: (request, traceparent) =>
      attempt(
        "create_billing_request",
        traceparent,
        async (headers) =>
          reportOf(await client.billingRequests.create(bodyOf(request), request.idempotencyKey, headers)),
        async (problem) => {
          if (problem.kind === "conflict")
            return (await find(problem.id, traceparent)) ?? Promise.reject(oddAnswer("conflict"));
          return refusalOf(problem);
        },
      ),

    cancelRequest: (id, traceparent) =>
      attempt(
        "cancel_billing_request",
        traceparent,
        (headers) => client.billingRequests.cancel(id, {}, headers).then(() => true),
        cancelled,
      ),

    createFlow: (flow, traceparent) => createFlow(flow, traceparent),

    readPayment: (id, traceparent) =>
      attempt(
        "read_payment",
        traceparent,
        async (headers) => {
          const { links, metadata } = await client.payments.find(id, headers);
          return compact({
            subscriptionId: links?.subscription,
            mandateId: links?.mandate,
            registrationId: metadata?.registration_id,
            purpose: metadata?.purpose,
          });
        },
        missing,
      ),

    readMandate: (id, traceparent) =>
      attempt(
        "read_mandate",
        traceparent,
        async (headers) => {
          const { status = "", next_possible_charge_date, metadata } = await client.mandates.find(id, headers);
          return {
            status,
            ...compact({
              nextPossibleChargeDate: next_possible_charge_date ?? undefined,
              registrationId: metadata?.registration_id,
            }),
          };
        },
        missing,
      ),

    createSubscription: (wanted, traceparent) =>
      attempt(
        "create_subscription",
        traceparent,
        async (headers) => {
          const { id } = await client.subscriptions.create(
            {
              amount: wanted.amountPence,
              currency: "GBP",
              name: "Monthly fee",
              interval_unit: "monthly",
              interval: 1,
              day_of_month: wanted.dayOfMonth,
              start_date: wanted.startDate,
              count: wanted.payments,
              metadata: metadataOf(wanted.registrationId, purposes.monthly),
              links: { mandate: wanted.mandateId },
            },
            wanted.idempotencyKey,
            headers,
          );
          if (!id) throw oddAnswer("a subscription without its id");
          return { id };
        },
        (problem) => (problem.kind === "conflict" ? { id: problem.id } : refusalOf(problem)),
      ),

    cancelSubscription: (id, traceparent) =>
      attempt(
        "cancel_subscription",
        traceparent,
        (headers) => client.subscriptions.cancel(id, {}, headers).then(() => true),
        cancelled,
      ),

    runningSubscriptions: (mandate, registrationId, traceparent) =>
      attempt(
        "list_subscriptions",
        traceparent,
        async (headers) => {
          const { subscriptions } = await client.subscriptions.list({ mandate, limit: PAGE }, headers);
          if (!Array.isArray(subscriptions)) throw oddAnswer("a list without subscriptions");
          return subscriptions
            .filter(({ metadata }) => metadata?.registration_id === registrationId)
            .filter(({ metadata, status }) => metadata?.purpose === purposes.monthly && !endedSubscriptions.has(status))
            .flatMap(({ id }) => (id ? [id] : []));
        },
        (problem) => missing(problem) ?? [],
      ),

    async *events(since, signal) {
      let after: string | undefined;
      do {
        const cursor = after;
        const page = await attempt(
          "list_events",
          undefined,
          (headers) =>
            client.events.list(
              { limit: PAGE, created_at: { gte: since.toISOString() }, ...(cursor && { after: cursor }) },
              headers,
            ),
          (problem) => Promise.reject(unexpected("its events", problem)),
        );
        yield Array.isArray(page.events) ? page.events : [];
        after = page.meta?.cursors?.after ?? undefined;
        // A cursor that stands still would be an endless walk.
        if (after === cursor) return;
      } while (after && !signal.aborted);
    },

    probe: () =>
      attempt(
        "probe",
        undefined,
        (headers) => client.events.list({ limit: 1 }, headers).then(() => {}),
        // Any answer will do.
        () => {},
      ),
  };
};

const endedSubscriptions: ReadonlySet<string | undefined> = new Set([
  "customer_approval_denied",
  "finished",
  "cancelled",
]);

export interface Traced {
  readonly tracing: Tracing;
  /** Where GoCardless, or what stands in for it, is. */
  readonly host: string;
}

const spanStart = (operation: Operation, parent: string | undefined, host: string) => {
  const [method, template] = endpoints[operation];
  const attributes = { "http.request.method": method, "url.template": template, "server.address": host };
  return { name: `${method} ${template}`, kind: "client", parent, attributes } as const;
};

/** Carries an answer that is not a fault through the guard, which must not take it for an outage. */
export class Answer extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.kind);
    this.problem = problem;
  }
}

const unexpected = (what: string, problem: Problem): Fault =>
  new Fault("provider_unavailable", { detail: `(GoCardless will not give ${what}: ${problem.kind})` });

const missing = (problem: Problem): undefined => {
  if (problem.kind !== "not_found") throw unexpected("the thing asked for", problem);
  return undefined;
};

const refusalOf = (problem: Exclude<Problem, { kind: "fault" }>): Refusal =>
  problem.kind === "refused"
    ? { refused: problem.type, reason: problem.reason }
    : { refused: problem.kind, reason: "no reason given" };
