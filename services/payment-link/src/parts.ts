import { createRecoveryWindow, type EventStore, patienceMs, withPatience } from "@touchline/event-store";
import type { RunningProjection } from "@touchline/projections";
import type { ServiceContext, Tracing } from "@touchline/service";
import type { PaymentLinkConfig } from "./config.ts";
import { createAskAgain } from "./follow-up/ask-again.ts";
import { createFollowUp } from "./follow-up/follow-up.ts";
import { createSeasons } from "./follow-up/season.ts";
import { connectGoCardless } from "./gocardless/connect.ts";
import type { LimitsOptions } from "./links/limits.ts";
import { createRecords } from "./links/records.ts";
import type { Provider } from "./payment/money-provider.ts";
import { linkIndex } from "./projections/link-index.ts";
import { createIngest } from "./webhooks/ingest.ts";
import { matcher } from "./webhooks/match.ts";

export interface PaymentLinkOptions {
  readonly config: PaymentLinkConfig;
  readonly context: ServiceContext;
  readonly store: EventStore;
  readonly projection: RunningProjection;
  readonly limits?: LimitsOptions;
  /** Replaces GoCardless and its SDK. */
  readonly provider?: Provider;
  readonly tracing?: Tracing | undefined;
}

export type Parts = ReturnType<typeof createParts>;

/** What taps, webhooks, consumers and background work share. */
export const createParts = ({ config, context, store, projection, tracing, provider: given }: PaymentLinkOptions) => {
  const { log, metrics, runtime, signal } = context;
  const { forTaps, background: provider } = given
    ? { forTaps: given, background: given }
    : connectGoCardless({ goCardless: config.goCardless, context, tracing });
  const index = linkIndex(projection.db, projection.onCommit);
  const seasons = createSeasons(config.season, runtime.now);
  const asking = { store, index, seasons, log, runtime };
  /** For calls during which a parent waits. */
  const storeForTaps = withPatience(store, patienceMs.call);
  const askAgain = createAskAgain({ ...asking, provider });
  const match = matcher(index, store);
  return {
    forTaps,
    provider,
    index,
    seasons,
    match,
    askAgainForTaps: createAskAgain({ ...asking, store: storeForTaps, provider: forTaps }),
    followUp: createFollowUp({
      ...asking,
      provider,
      askAgain,
      metrics,
      lostSince: createRecoveryWindow(store, runtime),
    }),
    ingest: createIngest({ store: withPatience(store, patienceMs.webhook), index, match, log, metrics, runtime }),
    records: createRecords({ store: storeForTaps, index, log, metrics, signal, runtime }),
  };
};
