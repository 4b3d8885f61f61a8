import { describe, expect, test } from "vitest";
import type { ProviderEvent } from "../payment/provider.ts";
import { effects, factOf, meaningOf } from "./effects.ts";
import { decodeProviderEvent } from "./events.ts";

/** What GoCardless's documentation lists. */
const documented: Record<string, string> = {
  billing_requests:
    "created flow_created flow_visited flow_exited collect_customer_details collect_bank_account payer_details_confirmed bank_authorisation_visited bank_authorisation_authorised bank_authorisation_denied bank_authorisation_expired bank_authorisation_failed fulfilled cancelled failed payer_geo_blocked",
  payments:
    "created submitted confirmed paid_out failed cancelled charged_back chargeback_cancelled chargeback_settled late_failure_settled resubmission_requested",
  mandates: "created submitted active failed cancelled expired transferred reinstated replaced consumed blocked",
  refunds: "created paid refund_settled failed funds_returned",
  subscriptions: "created payment_created amended paused resumed cancelled finished",
};

const event = (resourceType: string, action: string, links: Record<string, string> = {}): ProviderEvent => ({
  id: "EV1",
  resourceType,
  action,
  links: {
    billing_request: "BRQ0001",
    payment: "PM1",
    mandate: "MD1",
    subscription: "SB1",
    payment_request_payment: "PM1",
    mandate_request_mandate: "MD1",
    new_mandate: "MD2",
    refund: "RF1",
    ...links,
  },
  occurredAt: "2026-11-22T10:00:00.000Z",
});

const fact = (
  resource: string,
  action: string,
  kind: "fee" | "monthly" | "request" | "mandate" | "subscription" = "fee",
) => factOf(event(resource, action), { linkId: "BRQ0001", kind }, "webhook");

describe("GoCardless's events", () => {
  test.each(Object.entries(documented).flatMap(([r, actions]) => actions.split(" ").map((a) => [r, a])))(
    "%s %s has an effect, or a reason for none",
    (resource = "", action = "") => {
      const effect = effects[resource]?.[action];
      const kind = action === "submitted" ? "monthly" : "fee";
      if (typeof effect === "function") expect(fact(resource, action, kind)).toBeDefined();
      else expect(effect?.none).toMatch(/\w+ \w+/);
    },
  );

  test("an event that is not in the catalogue is unknown; one that does not concern us is not", () => {
    expect(meaningOf(event("spaceships", "launched"))).toBe("unknown");
    expect(meaningOf(event("payments", "teleported"))).toBe("unknown");
    expect(meaningOf(event("payments", "toString"))).toBe("unknown");
    expect(meaningOf(event("constructor", "name"))).toBe("unknown");
    expect(meaningOf(event("payouts", "paid"))).toBe("none");
  });

  test("a failed payment that GoCardless will retry is not a failure yet", () => {
    const failed = {
      id: "EV1",
      resource_type: "payments",
      action: "failed",
      links: { payment: "PM1" },
      created_at: "2026-11-22T10:00:00.000Z",
    };
    const read = (will_attempt_retry: unknown, kind: "fee" | "monthly") => {
      const details = { origin: "bank", cause: "insufficient_funds", will_attempt_retry };
      const decoded = decodeProviderEvent({ ...failed, details }, new Date());
      return decoded && factOf(decoded, { linkId: "BRQ0001", kind }, "webhook");
    };
    expect(read(true, "fee")).toEqual({
      type: "PaymentResubmitted",
      data: {
        billingRequestId: "BRQ0001",
        providerEventId: "EV1",
        occurredAt: "2026-11-22T10:00:00.000Z",
        via: "webhook",
        action: "failed",
        cause: "insufficient_funds",
        paymentId: "PM1",
      },
    });
    expect(read(true, "monthly")?.type).toBe("MonthlyPaymentRetried");
    for (const given of [false, undefined, "true", null]) {
      expect(read(given, "fee")?.type).toBe("PaymentFailed");
      expect(read(given, "monthly")?.type).toBe("MonthlyPaymentFailed");
    }
  });

  test("payments of the fee and of a month become different facts", () => {
    const types = (kind: "fee" | "monthly") =>
      ["confirmed", "failed", "charged_back", "paid_out", "late_failure_settled"].map(
        (a) => fact("payments", a, kind)?.type,
      );
    expect(types("fee")).toEqual([
      "PaymentConfirmed",
      "PaymentFailed",
      "PaymentChargedBack",
      "PaymentPaidOut",
      "PaymentFailed",
    ]);
    expect(types("monthly")).toEqual([
      "MonthlyPaymentCollected",
      "MonthlyPaymentFailed",
      "MonthlyPaymentChargedBack",
      "MonthlyPaymentPaidOut",
      "MonthlyPaymentFailed",
    ]);
  });

  test("a month that the club cancelled is skipped; one cancelled with its mandate is missed", () => {
    const cancelled = (cause: string) =>
      factOf({ ...event("payments", "cancelled"), cause }, { linkId: "BRQ0001", kind: "monthly" }, "webhook")?.type;
    expect(cancelled("payment_cancelled")).toBe("MonthlyPaymentSkipped");
    expect(cancelled("mandate_cancelled")).toBe("MonthlyPaymentFailed");
    expect(fact("payments", "cancelled", "fee")?.type).toBe("PaymentFailed");
  });

  test("a refund that did not reach the payer or came back stays with the club", () => {
    const types = ["created", "paid", "failed", "funds_returned"].map((action) => fact("refunds", action)?.type);
    expect(types).toEqual(["RefundCreated", "RefundPaid", "RefundReturned", "RefundReturned"]);
  });

  test("a fact carries what a view needs", () => {
    expect(fact("billing_requests", "fulfilled", "request")).toEqual({
      type: "PaymentFulfilled",
      data: {
        billingRequestId: "BRQ0001",
        requestId: "BRQ0001",
        providerEventId: "EV1",
        occurredAt: "2026-11-22T10:00:00.000Z",
        via: "webhook",
        action: "fulfilled",
        paymentId: "PM1",
        mandateId: "MD1",
      },
    });
  });
});

describe("decodeProviderEvent", () => {
  const now = new Date("2026-11-22T12:00:00.000Z");
  const raw = {
    id: "EV1",
    resource_type: "payments",
    action: "failed",
    created_at: "2026-11-22T10:00:00Z",
    links: { payment: "PM1" },
  };

  test("takes only what we use, and only our own metadata", () => {
    const resource_metadata = { registration_id: "r-1", purpose: "signing_fee", child: "Zoë" };
    expect(
      decodeProviderEvent({ ...raw, details: { cause: "mandate_cancelled", origin: "bank" }, resource_metadata }, now),
    ).toEqual({
      id: "EV1",
      resourceType: "payments",
      action: "failed",
      links: { payment: "PM1" },
      occurredAt: "2026-11-22T10:00:00.000Z",
      cause: "mandate_cancelled",
      registrationId: "r-1",
      purpose: "signing_fee",
    });
  });

  test("accepts missing fields", () => {
    const bare = { id: "EV1", resource_type: "payments", action: "failed" };
    expect(decodeProviderEvent(bare, now)).toMatchObject({ links: {}, occurredAt: now.toISOString() });
    expect(decodeProviderEvent({ ...raw, created_at: "yesterday", links: null, details: 7 }, now)?.occurredAt).toBe(
      now.toISOString(),
    );
  });

  test.each([null, 7, "EV1", {}, { ...raw, id: 7 }, { ...raw, id: "../EV1" }, { ...raw, action: null }])(
    "%j is not an event",
    (no) => {
      expect(decodeProviderEvent(no, now)).toBeUndefined();
    },
  );
});
