import type { PaymentEvent } from "@touchline/contracts";

type TokenCreated = Extract<PaymentEvent, { type: "PaymentTokenCreated" }>;

export const LINK = "BRQ000LINK";

/** A link's first event, with a fee and a mandate for monthly fees. `more` overrides its data. */
export const tokenCreated = (more: Partial<TokenCreated["data"]> = {}): TokenCreated => ({
  type: "PaymentTokenCreated",
  data: {
    billingRequestId: LINK,
    registrationId: "r-1",
    origin: "created",
    feePence: 4_500,
    mandate: true,
    monthlyFeePence: 2_750,
    preferredPaymentDay: 1,
    season: "2627",
    createdAt: "2026-11-01T10:00:00.000Z",
    ...more,
  },
});
