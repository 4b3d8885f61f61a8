import { type Cause, type EventStore, transact } from "@touchline/event-store";
import { type Logger, logFields, type Runtime } from "@touchline/service";
import { paymentAggregate } from "../gocardless/payment-stream.ts";
import { reopenLink } from "../payment/decide.ts";
import { nextStep } from "../payment/follow-up.ts";
import { isRefusal, type PaymentProvider } from "../payment/provider.ts";
import type { Link } from "../payment/state.ts";
import { wasAmended } from "../payment/terms.ts";
import type { LinkIndex } from "../projections/link-index.ts";
import type { Seasons } from "./season.ts";

export interface AskAgainOptions {
  readonly store: EventStore;
  readonly index: LinkIndex;
  readonly provider: Pick<PaymentProvider, "createRequest">;
  readonly seasons: Pick<Seasons, "collecting" | "monthly">;
  readonly log: Logger;
  readonly runtime: Pick<Runtime, "now">;
}

/** Makes sure that the link has a billing request for what is owed. Resolves with the updated link, or `refused` if GoCardless says no. */
export type AskAgain = (link: Link, cause: Cause) => Promise<Link | "refused">;

export const createAskAgain =
  ({ store, index, provider, seasons, log, runtime }: AskAgainOptions): AskAgain =>
  async (link, cause) => {
    const step = nextStep({ tapped: true, collecting: seasons.collecting(link), inSeason: false })(link);
    if (step?.do !== "ask_again") return link;
    const { owed, count, replaces, amended } = step;
    // The same reversal has the same key, whichever process notices it first. Two processes that see different missed months ask
    // for different sums; the link leads to only one of the requests.
    const sum = owed.monthsPence > 0 ? `-${owed.monthsPence}` : "";
    const terms = wasAmended(link) ? `-terms-${link.terms.length}` : "";
    const idempotencyKey = `touchline-again-${link.id}-${count}${sum}${terms}`;
    const wanted = { idempotencyKey, registrationId: link.registrationId, ...owed, monthly: seasons.monthly(link) };
    const request = await provider.createRequest(wanted, cause.traceparent);
    if (isRefusal(request)) {
      log.error(
        { ...logFields(link.registrationId, cause.traceparent), refused: request.refused },
        "GoCardless refused to ask again for what is owed",
      );
      return "refused";
    }
    const { id: requestId, feePence: sumPence, mandate = owed.mandate } = request;
    const { months, monthsPence } = owed;
    // GoCardless only knows the total.
    const feePence = sumPence === undefined ? owed.feePence : Math.max(0, sumPence - monthsPence);
    const asked = { requestId, replaces, feePence, mandate, months, monthsPence, amended };
    const again = reopenLink({ ...asked, now: runtime.now() });
    const { state, events } = await transact(store, paymentAggregate, link.id, again, cause);
    index.remember(link.id, events);
    return state.status === "known" ? state : link;
  };
