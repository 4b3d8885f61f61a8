import type { GoCardlessClient } from "gocardless-nodejs";
import type { MadeSubscription, NewSubscription, PaymentProvider, Refusal } from "../payment/provider.ts";
import type { Call } from "./calls.ts";
import { metadataOf, purposes } from "./metadata.ts";
import { PAGE } from "./pages.ts";
import { missing, noneLeft, oddAnswer, refusalOf, unexpected } from "./problems.ts";
import { endedSubscriptions } from "./words.ts";

type Subscriptions = Pick<
  PaymentProvider,
  "createSubscription" | "amendSubscription" | "cancelSubscription" | "runningSubscriptions"
>;

export const subscriptions = (client: GoCardlessClient, call: Call): Subscriptions => ({
  createSubscription: (wanted, traceparent) =>
    call<MadeSubscription, MadeSubscription | Refusal>(
      "create_subscription",
      traceparent,
      async (headers) => {
        const { id } = await client.subscriptions.create(bodyOf(wanted), wanted.idempotencyKey, headers);
        if (!id) throw oddAnswer("a subscription without its id");
        const { amountPence, dayOfMonth, startDate, payments } = wanted;
        return { id, amountPence, dayOfMonth, startDate, payments };
      },
      (problem) =>
        problem.kind === "conflict"
          ? readMade(call, client, problem.id, traceparent)
          : refusalOf("a subscription", problem),
    ),

  amendSubscription: (id, amountPence, traceparent) =>
    call(
      "amend_subscription",
      traceparent,
      (headers) => client.subscriptions.update(id, { amount: amountPence }, headers).then(() => "amended" as const),
      (problem) => {
        const isOver = problem.kind === "not_found" || (problem.kind === "invalid_state" && over.has(problem.code));
        return isOver ? "over" : refusalOf("a change of a subscription", problem);
      },
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
          .filter(({ metadata, status }) => metadata?.purpose === purposes.monthly && !endedSubscriptions.has(status))
          .flatMap(({ id }) => (id ? [id] : []));
      },
      (problem) => missing(problem) ?? [],
    ),
});

/** Reasons for refusing a new amount that need no action. */
const over: ReadonlySet<string> = new Set(["subscription_not_active", "subscription_already_ended"]);

const readMade = (
  call: Call,
  client: GoCardlessClient,
  id: string,
  traceparent: string | undefined,
): Promise<MadeSubscription> =>
  call(
    "read_subscription",
    traceparent,
    async (headers) => {
      const { amount, day_of_month, start_date, count } = await client.subscriptions.find(id, headers);
      if (amount === undefined || !day_of_month || !start_date || !count)
        throw oddAnswer("a subscription without its terms");
      return { id, amountPence: amount, dayOfMonth: day_of_month, startDate: start_date, payments: count };
    },
    (problem) => {
      throw unexpected("the read of an existing subscription", problem);
    },
  );

const bodyOf = (wanted: NewSubscription) => ({
  amount: wanted.amountPence,
  currency: "GBP",
  name: "Monthly fee",
  interval_unit: "monthly" as const,
  interval: 1,
  day_of_month: wanted.dayOfMonth,
  start_date: wanted.startDate,
  count: wanted.payments,
  // Otherwise GoCardless never retries a month that fails for lack of money.
  retry_if_possible: true,
  metadata: metadataOf(wanted.registrationId, purposes.monthly),
  links: { mandate: wanted.mandateId },
});
