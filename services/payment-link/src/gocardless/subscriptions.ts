import type { GoCardlessClient } from "gocardless-nodejs";
import type { NewSubscription, PaymentProvider } from "../payment/provider.ts";
import type { Call } from "./calls.ts";
import { metadataOf, purposes } from "./metadata.ts";
import { missing, noneLeft, oddAnswer, refusalOf } from "./problems.ts";

type Subscriptions = Pick<PaymentProvider, "createSubscription" | "cancelSubscription" | "runningSubscriptions">;

const PAGE = 500;

/** The states of a subscription that collects nothing more. */
const ended: ReadonlySet<string | undefined> = new Set(["customer_approval_denied", "finished", "cancelled"]);

export const subscriptions = (client: GoCardlessClient, call: Call): Subscriptions => ({
  createSubscription: (wanted, traceparent) =>
    call(
      "create_subscription",
      traceparent,
      async (headers) => {
        const { id } = await client.subscriptions.create(bodyOf(wanted), wanted.idempotencyKey, headers);
        if (!id) throw oddAnswer("a subscription without its id");
        return { id };
      },
      (problem) => (problem.kind === "conflict" ? { id: problem.id } : refusalOf(problem)),
    ),

  cancelSubscription: (id, traceparent) =>
    call(
      "cancel_subscription",
      traceparent,
      (headers) => client.subscriptions.cancel(id, {}, headers).then(() => true),
      noneLeft,
    ),

  runningSubscriptions: (mandate, registrationId, traceparent) =>
    call(
      "list_subscriptions",
      traceparent,
      async (headers) => {
        const { subscriptions: found } = await client.subscriptions.list({ mandate, limit: PAGE }, headers);
        if (!Array.isArray(found)) throw oddAnswer("a list without subscriptions");
        return found
          .filter(({ metadata }) => metadata?.registration_id === registrationId)
          .filter(({ metadata, status }) => metadata?.purpose === purposes.monthly && !ended.has(status))
          .flatMap(({ id }) => (id ? [id] : []));
      },
      (problem) => missing(problem) ?? [],
    ),
});

const bodyOf = (wanted: NewSubscription) => ({
  amount: wanted.amountPence,
  currency: "GBP",
  name: "Monthly fee",
  interval_unit: "monthly" as const,
  interval: 1,
  day_of_month: wanted.dayOfMonth,
  start_date: wanted.startDate,
  count: wanted.payments,
  metadata: metadataOf(wanted.registrationId, purposes.monthly),
  links: { mandate: wanted.mandateId },
});
