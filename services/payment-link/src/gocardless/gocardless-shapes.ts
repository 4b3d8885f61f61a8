import { Fault } from "@touchline/contracts";
import type { BillingRequest } from "gocardless-nodejs/types";
import { type NewRequest, purposes, type RequestReport } from "./provider.ts";

/** GoCardless answered with a success that lacks what it is about. */
export const oddAnswer = (what: string): Fault =>
  new Fault("provider_unavailable", { detail: `(GoCardless answered with ${what})` });

export const metadataOf = (registrationId: string, purpose: string) => ({ registration_id: registrationId, purpose });

/** Both requests carry metadata of their own: payment and mandate inherit it, and so do the events about them. */
export const bodyOf = ({ registrationId, feePence, mandate }: NewRequest) => ({
  ...(feePence > 0 && {
    payment_request: {
      amount: feePence,
      currency: "GBP",
      description: "Signing-on fee",
      scheme: "faster_payments",
      metadata: metadataOf(registrationId, purposes.fee),
    },
  }),
  ...(mandate && {
    mandate_request: { currency: "GBP", scheme: "bacs", metadata: metadataOf(registrationId, purposes.mandate) },
  }),
  metadata: { registration_id: registrationId },
});

const statuses = ["pending", "ready_to_fulfil", "fulfilling", "fulfilled", "cancelled"] as const;

export const reportOf = (request: BillingRequest): RequestReport => {
  if (typeof request.id !== "string") throw oddAnswer("a billing request without its id");
  const { links, payment_request: payment, mandate_request: mandate } = request;
  return {
    id: request.id,
    // A status that we do not know yet does not stop anybody from paying.
    status: statuses.find((s) => s === request.status) ?? "pending",
    // One that asks for neither does not exist: the answer is a short one, and says nothing about it.
    ...((payment || mandate) && { feePence: Number(payment?.amount ?? 0), mandate: Boolean(mandate) }),
    ...compact({
      registrationId: request.metadata?.registration_id,
      paymentId: links?.payment_request_payment ?? payment?.links?.payment,
      mandateId: links?.mandate_request_mandate ?? mandate?.links?.mandate,
    }),
  };
};

/** Left out when it is no instant. */
export const expiryOf = (text: string | undefined): { expiresAt?: string } => {
  const at = new Date(text ?? Number.NaN);
  return Number.isNaN(at.getTime()) ? {} : { expiresAt: at.toISOString() };
};

type Compact<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

export const compact = <T extends object>(values: T): Compact<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Compact<T>;
