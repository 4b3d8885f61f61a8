import { type BillingRequest, hidePath } from "./resources.ts";

type Action = {
  readonly type: string;
  readonly required: boolean;
  readonly completes_actions: readonly string[];
  readonly requires_actions: readonly string[];
  readonly status: "pending" | "completed";
};

/** The billing request as the API shows it, with what the payer still has to do. */
export const showBillingRequest = (request: BillingRequest): object => {
  const done = request.status !== "pending" && request.status !== "cancelled";
  const action = (type: string, requires: string[], completes: string[] = []): Action => ({
    type,
    required: true,
    completes_actions: completes,
    requires_actions: requires,
    status: done ? "completed" : "pending",
  });
  const incomplete = {
    customer: ["email", "given_name", "family_name"],
    customer_billing_detail: ["address_line1", "city", "postal_code", "country_code"],
  };
  return {
    ...hidePath(request),
    actions: [
      { ...action("choose_currency", []), status: "completed", available_currencies: ["GBP"] },
      {
        ...action("collect_customer_details", ["choose_currency"]),
        collect_customer_details: {
          incomplete_fields: done ? { customer: [], customer_billing_detail: [] } : incomplete,
          default_country_code: "GB",
        },
      },
      { ...action("collect_bank_account", [], ["choose_currency"]), available_country_codes: ["GB"] },
      action("confirm_payer_details", ["collect_customer_details", "collect_bank_account"]),
      ...(request.payment_request === null || request.fallback_occurred
        ? []
        : [
            {
              ...action("bank_authorisation", ["select_institution"]),
              bank_authorisation: { authorisation_type: "payment", adapter: "open_banking_gateway_pis" },
            },
          ]),
    ],
  };
};
