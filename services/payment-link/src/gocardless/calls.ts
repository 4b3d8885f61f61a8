import { Fault } from "@touchline/contracts";
import { inSpan, type Tracing } from "@touchline/service/tracing";
import { type Problem, ProblemAnswer, problemOf } from "./errors.ts";

/** The endpoints, for spans. A full URL would contain a billing request's id, which opens its link. */
const endpoints = {
  read_billing_request: ["GET", "/billing_requests/{id}"],
  create_billing_request: ["POST", "/billing_requests"],
  cancel_billing_request: ["POST", "/billing_requests/{id}/actions/cancel"],
  create_flow: ["POST", "/billing_request_flows"],
  read_payment: ["GET", "/payments/{id}"],
  read_mandate: ["GET", "/mandates/{id}"],
  create_subscription: ["POST", "/subscriptions"],
  read_subscription: ["GET", "/subscriptions/{id}"],
  amend_subscription: ["PUT", "/subscriptions/{id}"],
  cancel_subscription: ["POST", "/subscriptions/{id}/actions/cancel"],
  list_subscriptions: ["GET", "/subscriptions"],
  remove_customer: ["DELETE", "/customers/{id}"],
  create_refund: ["POST", "/refunds"],
  read_refund: ["GET", "/refunds/{id}"],
  list_payments: ["GET", "/payments"],
  list_refunds: ["GET", "/refunds"],
  list_payouts: ["GET", "/payouts"],
  list_payout_items: ["GET", "/payout_items"],
  list_mandates: ["GET", "/mandates"],
  list_events: ["GET", "/events"],
  probe: ["GET", "/events"],
} as const;

type Operation = keyof typeof endpoints;

/** Headers of one call. */
type Headers = { traceparent?: string };

/** Runs one call: counts it, times it, and refuses it while GoCardless is down. */
export type Guard = <T>(operation: string, call: () => Promise<T>) => Promise<T>;

/**
 * Makes one call. `otherwise` handles an answer that is not a success; faults are thrown and never reach it. `traceparent` is the
 * trace that the call belongs to.
 */
export type Call = <T, R = never>(
  operation: Operation,
  traceparent: string | undefined,
  request: (headers: Headers) => Promise<T>,
  otherwise: (problem: Problem) => R | Promise<R>,
) => Promise<T | R>;

export interface Traced {
  readonly tracing: Tracing;
  /** The host of GoCardless or its stand-in. */
  readonly host: string;
}

export const createCall =
  (guard: Guard, traced?: Traced): Call =>
  async (operation, parent, request, otherwise) => {
    const send = (traceparent: string | undefined) => request(traceparent ? { traceparent } : {});
    const attempt = async () => {
      try {
        return await (traced ? inSpan(traced.tracing, spanStart(operation, parent, traced.host), send) : send(parent));
      } catch (error) {
        const problem = problemOf(error);
        throw problem instanceof Fault ? problem : new ProblemAnswer(problem);
      }
    };
    try {
      return await guard(operation, attempt);
    } catch (error) {
      if (!(error instanceof ProblemAnswer)) throw error;
      return otherwise(error.problem);
    }
  };

const spanStart = (operation: Operation, parent: string | undefined, host: string) => {
  const [method, template] = endpoints[operation];
  const attributes = { "http.request.method": method, "url.template": template, "server.address": host };
  return { name: `${method} ${template}`, kind: "client", parent, attributes } as const;
};
