import type { GoCardlessClient } from "gocardless-nodejs";
import type { PaymentProvider } from "../payment/provider.ts";
import type { Call } from "./calls.ts";
import { unexpected } from "./problems.ts";

const PAGE = 500;

export const eventList = (client: GoCardlessClient, call: Call): Pick<PaymentProvider, "events" | "probe"> => ({
  async *events(since, signal) {
    let after: string | undefined;
    do {
      const cursor = after;
      const page = await call(
        "list_events",
        undefined,
        (headers) =>
          client.events.list(
            { limit: PAGE, created_at: { gte: since.toISOString() }, ...(cursor && { after: cursor }) },
            headers,
          ),
        (problem) => Promise.reject(unexpected("its events", problem)),
      );
      yield Array.isArray(page.events) ? page.events : [];
      after = page.meta?.cursors?.after ?? undefined;
      // A cursor that does not move would make the walk endless.
      if (after === cursor) return;
    } while (after && !signal.aborted);
  },

  probe: () =>
    call(
      "probe",
      undefined,
      (headers) => client.events.list({ limit: 1 }, headers).then(() => {}),
      // Any answer will do.
      () => {},
    ),
});
