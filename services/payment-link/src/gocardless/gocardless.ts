import { randomUUID } from "node:crypto";
import { Fault } from "@touchline/contracts";
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

/** Runs one call: counts it, times it, keeps it away from a GoCardless that is down. */
export type Guard = <T>(operation: string, call: () => Promise<T>) => Promise<T>;

const PAGE = 500;

/** GoCardless through its SDK. Answers become reports, refusals and faults; nothing of an answer's text goes further. */
export const goCardlessProvider = (client: GoCardlessClient, guard: Guard): PaymentProvider => {
  const attempt = async <T, R = never>(
    operation: string,
    call: () => Promise<T>,
    otherwise: (problem: Exclude<Problem, { kind: "fault" }>) => R | Promise<R>,
  ): Promise<T | R> => {
    let problem: Problem;
    try {
      return await guard(operation, async () => {
        try {
          return await call();
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

  const find = async (id: string): Promise<RequestReport | undefined> =>
    attempt("read_billing_request", async () => reportOf(await client.billingRequests.find(id)), missing);

  const cancelled = (problem: Exclude<Problem, { kind: "fault" }>): boolean => {
    if (problem.kind === "invalid_state" || problem.kind === "not_found") return false;
    throw unexpected("cancel", problem);
  };

  const createFlow = (
    { requestId, redirectUri, exitUri }: NewFlow,
    again = true,
  ): Promise<FlowReport | "invalid_state"> =>
    attempt<FlowReport, FlowReport | "invalid_state">(
      "create_flow",
      async () => {
        const links = { billing_request: requestId };
        const flow = await client.billingRequestFlows.create(
          { redirect_uri: redirectUri, exit_uri: exitUri, links },
          randomUUID(),
        );
        const url = flow.authorisation_url ?? "";
        if (!URL.canParse(url)) throw oddAnswer("a flow without its address");
        // As a browser would read it: what goes into a header must not hold whatever else was written there.
        return { id: String(flow.id), url: new URL(url).href, ...expiryOf(flow.expires_at) };
      },
      (problem) => {
        if (problem.kind === "invalid_state") return "invalid_state";
        // The first answer was lost on the way, and a flow cannot be asked for by its id: several on one request are normal.
        if (problem.kind === "conflict" && again) return createFlow({ requestId, redirectUri, exitUri }, false);
        throw unexpected("a flow", problem);
      },
    );

  return {
    readRequest: find,

    createRequest: (request) =>
      attempt(
        "create_billing_request",
        async () => reportOf(await client.billingRequests.create(bodyOf(request), request.idempotencyKey)),
        async (problem) => {
          if (problem.kind === "conflict") return (await find(problem.id)) ?? Promise.reject(oddAnswer("conflict"));
          return refusalOf(problem);
        },
      ),

    cancelRequest: (id) =>
      attempt("cancel_billing_request", () => client.billingRequests.cancel(id, {}).then(() => true), cancelled),

    createFlow: (flow) => createFlow(flow),

    readPayment: (id) =>
      attempt(
        "read_payment",
        async () => {
          const { links, metadata } = await client.payments.find(id);
          return compact({
            subscriptionId: links?.subscription,
            mandateId: links?.mandate,
            registrationId: metadata?.registration_id,
            purpose: metadata?.purpose,
          });
        },
        missing,
      ),

    readMandate: (id) =>
      attempt(
        "read_mandate",
        async () => {
          const { status = "", next_possible_charge_date, metadata } = await client.mandates.find(id);
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

    createSubscription: (wanted) =>
      attempt(
        "create_subscription",
        async () => {
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
          );
          if (!id) throw oddAnswer("a subscription without its id");
          return { id };
        },
        (problem) => (problem.kind === "conflict" ? { id: problem.id } : refusalOf(problem)),
      ),

    cancelSubscription: (id) =>
      attempt("cancel_subscription", () => client.subscriptions.cancel(id, {}).then(() => true), cancelled),

    async *events(since, signal) {
      let after: string | undefined;
      do {
        const cursor = after;
        const page = await attempt(
          "list_events",
          () =>
            client.events.list({
              limit: PAGE,
              created_at: { gte: since.toISOString() },
              ...(cursor && { after: cursor }),
            }),
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
        () => client.events.list({ limit: 1 }).then(() => {}),
        // Any answer will do.
        () => {},
      ),
  };
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
