import { monthlyFeeWords } from "@touchline/contracts";
import type { BillingRequest } from "gocardless-nodejs/types";
import type { NewRequest, Purpose, RequestReport } from "../payment/provider.ts";
import { metadataOf, purposes } from "./metadata.ts";
import { oddAnswer } from "./problems.ts";

/** What the parent reads on GoCardless's page and perhaps on a bank statement. */
const descriptions = ({ feePence, monthsPence = 0, mandate, monthly }: NewRequest) => {
  const once =
    feePence === 0
      ? "Missed monthly fees"
      : monthsPence > 0
        ? "Signing-on fee and missed monthly fees"
        : "Signing-on fee";
  const words = mandate && monthly ? monthlyFeeWords(monthly) : undefined;
  return {
    fee: words ? `${once}, once. Then ${words}` : once,
    mandate: words ? { description: `Monthly fee: ${words}` } : {},
  };
};

/** Both requests have their own metadata. The payment and the mandate inherit it, and so do the events about them. */
export const bodyOf = (request: NewRequest, fallback: boolean) => {
  const { registrationId, feePence, monthsPence = 0, mandate } = request;
  const amount = feePence + monthsPence;
  const described = descriptions(request);
  return {
    ...(amount > 0 && {
      payment_request: {
        amount,
        currency: "GBP",
        description: described.fee,
        scheme: "faster_payments",
        metadata: metadataOf(registrationId, feePence > 0 ? purposes.fee : purposes.missed),
      },
    }),
    ...(mandate && {
      mandate_request: {
        currency: "GBP",
        scheme: "bacs",
        ...described.mandate,
        metadata: metadataOf(registrationId, purposes.mandate),
      },
    }),
    // A mandate never needs the bank's help.
    ...(fallback && amount > 0 && { fallback_enabled: true }),
    metadata: { registration_id: registrationId },
  };
};

/** The states in which a billing request is finished or nearly so. In any other state, known or not, it can be paid. */
const statuses = ["fulfilling", "fulfilled", "cancelled"] as const;

export const requestReportOf = (request: BillingRequest): RequestReport => {
  if (typeof request.id !== "string") throw oddAnswer("a billing request without its id");
  const { links, payment_request: payment, mandate_request: mandate } = request;
  return {
    id: request.id,
    status: statuses.find((s) => s === request.status) ?? "open",
    // A request for neither does not exist: a short answer just leaves both out.
    ...((payment || mandate) && { feePence: Number(payment?.amount ?? 0), mandate: Boolean(mandate) }),
    ...compact({
      registrationId: request.metadata?.registration_id,
      paymentId: links?.payment_request_payment ?? payment?.links?.payment,
      mandateId: links?.mandate_request_mandate ?? mandate?.links?.mandate,
    }),
  };
};

/** The purpose that we wrote in the metadata; undefined if there is none. */
export const purposeOf = (written: string | undefined): Purpose | undefined =>
  (["fee", "missed", "mandate", "monthly"] as const).find((purpose) => purposes[purpose] === written);

/** Left out if it is not a time. */
export const expiryOf = (text: string | undefined): { expiresAt?: string } => {
  const at = new Date(text ?? Number.NaN);
  return Number.isNaN(at.getTime()) ? {} : { expiresAt: at.toISOString() };
};

type Compact<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

export const compact = <T extends object>(values: T): Compact<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Compact<T>;
