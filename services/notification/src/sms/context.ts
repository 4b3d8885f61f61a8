import type { PaymentEvent, RegistrationEvent } from "@touchline/contracts";

/** What texting needs to know of a registration. */
export interface RegistrationContext {
  readonly childFirstName: string;
  readonly phone: string;
  readonly acceptedAt: string;
  readonly cancelled: boolean;
  /** Its personal data is gone. */
  readonly erased: boolean;
  readonly corrections: number;
  readonly resends: number;
}

export const evolveRegistration = (
  known: RegistrationContext | undefined,
  event: RegistrationEvent,
): RegistrationContext | undefined => {
  if (event.type === "RegistrationErased") return erasedContext(event.data);
  if (event.type === "RegistrationCompleted") {
    const { child, parentPhone, acceptedAt } = event.data;
    const fresh = { cancelled: false, erased: false, corrections: 0, resends: 0 };
    return known ?? { childFirstName: child.firstName, phone: parentPhone, acceptedAt, ...fresh };
  }
  if (!known) return known;
  if (event.type === "ParentPhoneCorrected") {
    return { ...known, phone: event.data.parentPhone, corrections: event.data.count };
  }
  if (event.type === "PaymentLinkResendRequested") return { ...known, resends: event.data.count };
  return event.type === "RegistrationCancelled" ? { ...known, cancelled: true } : known;
};

const erasedContext = ({
  resends,
  corrections,
  erasedAt,
}: Extract<RegistrationEvent, { type: "RegistrationErased" }>["data"]): RegistrationContext => ({
  childFirstName: "",
  phone: "",
  acceptedAt: erasedAt,
  cancelled: true,
  erased: true,
  corrections,
  resends,
});

/** What texting needs to know of a payment link. */
export interface LinkContext {
  readonly registrationId: string;
  readonly status: "pending" | "paid" | "failed" | "charged_back" | "cancelled";
  /**
   * The link asks for something that a text may mention: the fee, after a reversal the money that went back, and at first a
   * mandate. A mandate that is asked for again does not count: the fee is paid, and every text says that it is not.
   */
  readonly owed: boolean;
  /** The billing request that the link leads to now. */
  readonly requestId: string;
  readonly reopenings: number;
}

/** Events after which a link is no longer as its first event describes it. */
export const linkChanges = [
  "PaymentStatusChanged",
  "PaymentLinkReopened",
  "PaymentFulfilled",
  "PaymentLinkClosed",
] as const satisfies readonly PaymentEvent["type"][];

export const evolveLink = (known: LinkContext | undefined, event: PaymentEvent): LinkContext | undefined => {
  if (event.type === "PaymentTokenCreated") {
    const { registrationId, billingRequestId } = event.data;
    return known ?? { registrationId, status: "pending", owed: true, requestId: billingRequestId, reopenings: 0 };
  }
  if (!known) return known;
  switch (event.type) {
    case "PaymentStatusChanged": {
      const { status } = event.data;
      return { ...known, status, owed: status !== "paid" && (known.owed || status !== "pending") };
    }
    case "PaymentLinkReopened": {
      const { requestId, count, feePence } = event.data;
      return { ...known, owed: known.owed || feePence > 0, requestId, reopenings: count };
    }
    case "PaymentFulfilled":
      return event.data.requestId === known.requestId ? { ...known, owed: false } : known;
    case "PaymentLinkClosed":
      return { ...known, status: "cancelled" };
    default:
      return known;
  }
};
