import type { GoCardlessClient } from "gocardless-nodejs";
import type { PaymentProvider } from "../payment/provider.ts";
import type { Call } from "./calls.ts";
import { createdSince, pagesOf } from "./pages.ts";
import { unexpected } from "./problems.ts";

/** GoCardless's names for the event filters. */
const filters = {
  request: "billing_request",
  payment: "payment",
  mandate: "mandate",
  subscription: "subscription",
  refund: "refund",
} as const;

export const eventList = (
  client: GoCardlessClient,
  call: Call,
): Pick<PaymentProvider, "events" | "eventsAbout" | "probe"> => {
  const list = (wanted: Parameters<typeof client.events.list>[0], signal: AbortSignal) =>
    pagesOf(
      (query) =>
        call(
          "list_events",
          undefined,
          async (headers) => {
            const { events, meta } = await client.events.list({ ...query, ...wanted }, headers);
            return { rows: events, meta };
          },
          (problem) => Promise.reject(unexpected("its events", problem)),
        ),
      signal,
    );
  return {
    events: (since, signal) => list(createdSince(since), signal),
    eventsAbout: (kind, id, signal) => list({ [filters[kind]]: id }, signal),
    probe: () =>
      call(
        "probe",
        undefined,
        (headers) => client.events.list({ limit: 1 }, headers).then(() => {}),
        // Any answer will do.
        () => {},
      ),
  };
};
