import type { EventStore } from "@touchline/event-store";
import { createMetrics, type Logger, type Runtime } from "@touchline/service";
import { readConfig } from "@touchline/service/env";
import { readGoCardless } from "../config.ts";
import { goCardlessClient } from "../gocardless/client.ts";
import { goCardlessProvider } from "../gocardless/provider.ts";
import { everyLink } from "../projections/every-link.ts";
import { linkIndex } from "../projections/link-index.ts";
import { linksInMemory } from "../projections/links-in-memory.ts";
import { createIngest } from "../webhooks/ingest.ts";
import { matcher } from "../webhooks/match.ts";
import { type ReconciliationReport, reconcile } from "./reconcile.ts";

export { lastReport, type ReconciliationReport } from "./reconcile.ts";

export interface ByHandOptions {
  readonly store: EventStore;
  /** Has the service's GoCardless settings. */
  readonly env: NodeJS.ProcessEnv;
  readonly runtime: Runtime;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

const TIMEOUT_MS = 15_000;

/** Does the service's daily reconciliation without the service. @throws Fault or ConfigError */
export const reconcileByHand = async (options: ByHandOptions): Promise<ReconciliationReport> => {
  const { store, env, runtime } = options;
  const goCardless = readConfig(env, readGoCardless);
  const db = await linksInMemory(store);
  try {
    const index = linkIndex(db, () => {});
    const provider = goCardlessProvider(
      goCardlessClient({ ...goCardless, timeoutMs: TIMEOUT_MS }),
      (_operation, call) => call(),
      runtime,
    );
    const match = matcher(index, store);
    const ingest = createIngest({ ...options, index, match, metrics: createMetrics("payment-link") });
    return await reconcile({ ...options, provider, index, links: everyLink(db), ingest });
  } finally {
    db.close();
  }
};
