import type { PaymentEvent, RegistrationEvent } from "@touchline/contracts";

/** What texting needs to know of a registration. */
export interface RegistrationStory {
  readonly childFirstName: string;
  readonly phone: string;
  readonly acceptedAt: string;
  readonly cancelled: boolean;
  /** Nobody knows any more who it was. */
  readonly erased: boolean;
  readonly corrections: number;
  readonly resends: number;
}

export const evolveRegistration = (
  story: RegistrationStory | undefined,
  event: RegistrationEvent,
): RegistrationStory | undefined => {
  if (event.type === "RegistrationErased") return erasedStory(event.data);
  if (event.type === "RegistrationCompleted") {
    const { child, parentPhone, acceptedAt } = event.data;
    const fresh = { cancelled: false, erased: false, corrections: 0, resends: 0 };
    return story ?? { childFirstName: child.firstName, phone: parentPhone, acceptedAt, ...fresh };
  }
  if (!story) return story;
  if (event.type === "ParentPhoneCorrected") {
    return { ...story, phone: event.data.parentPhone, corrections: event.data.count };
  }
  if (event.type === "PaymentLinkResendRequested") return { ...story, resends: event.data.count };
  return event.type === "RegistrationCancelled" ? { ...story, cancelled: true } : story;
};

const erasedStory = ({
  resends,
  corrections,
  erasedAt,
}: Extract<RegistrationEvent, { type: "RegistrationErased" }>["data"]): RegistrationStory => ({
  childFirstName: "",
  phone: "",
  acceptedAt: erasedAt,
  cancelled: true,
  erased: true,
  corrections,
  resends,
});

/** What texting needs to know of a payment link. */
export interface PaymentStory {
  readonly registrationId: string;
  readonly status: "pending" | "paid" | "failed" | "charged_back" | "cancelled";
  /**
   * The link asks for something that a text may speak of: the fee, after a reversal what went back, and at first a mandate. A
   * mandate that is asked for again is not: the fee is paid, and every text says that it is not.
   */
  readonly owed: boolean;
  /** The billing request behind the link by now. */
  readonly requestId: string;
  readonly reopenings: number;
}

/** Events that make another story of a link than its first one does. */
export const linkChanges = [
  "PaymentStatusChanged",
  "PaymentLinkReopened",
  "PaymentFulfilled",
  "PaymentLinkClosed",
] as const satisfies readonly PaymentEvent["type"][];

export const evolvePayment = (story: PaymentStory | undefined, event: PaymentEvent): PaymentStory | undefined => {
  if (event.type === "PaymentTokenCreated") {
    const { registrationId, billingRequestId } = event.data;
    return story ?? { registrationId, status: "pending", owed: true, requestId: billingRequestId, reopenings: 0 };
  }
  if (!story) return story;
  switch (event.type) {
    case "PaymentStatusChanged": {
      const { status } = event.data;
      return { ...story, status, owed: status !== "paid" && (story.owed || status !== "pending") };
    }
    case "PaymentLinkReopened": {
      const { requestId, count, feePence } = event.data;
      return { ...story, owed: story.owed || feePence > 0, requestId, reopenings: count };
    }
    case "PaymentFulfilled":
      return event.data.requestId === story.requestId ? { ...story, owed: false } : story;
    case "PaymentLinkClosed":
      return { ...story, status: "cancelled" };
    default:
      return story;
  }
};
