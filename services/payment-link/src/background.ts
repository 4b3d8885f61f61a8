import type { StreamsWith } from "@touchline/event-store";
import { keepSweeping } from "./follow-up/sweep.ts";
import type { Parts, PaymentLinkOptions } from "./parts.ts";
import { everyLink } from "./projections/every-link.ts";
import { walkedPath } from "./projections/index.ts";
import { keepReconciling } from "./reconciliation/daily.ts";
import { reconcile } from "./reconciliation/reconcile.ts";
import { fileCheckpoint } from "./webhooks/checkpoint.ts";
import { createPlacer, keepPlacing } from "./webhooks/place.ts";
import { createPoller } from "./webhooks/poller.ts";

const PLACE_EVERY_MS = 15_000;
const SWEEP_EVERY_MS = 86_400_000;

/** Background work besides taps and messages, until the signal aborts. `changed`: see `TokenOptions`. */
export const runBackground = async (
  { config, context, store, projection }: PaymentLinkOptions,
  { provider, index, match, ingest, followUp }: Parts,
  changed: StreamsWith,
): Promise<void> => {
  const { log, metrics, runtime, signal } = context;
  metrics.gauge(
    "touchline_provider_events_parked",
    "GoCardless events that could not be placed.",
    ["reason"],
    (gauge) => {
      gauge.reset();
      for (const [reason, number] of Object.entries(index.parkedCounts())) gauge.set({ reason }, number);
    },
  );
  const awaitingSeason = metrics.gauge(
    "touchline_families_awaiting_season",
    "Families whose monthly fee is not collected because SEASON_START and SEASON_END are those of an earlier season.",
  );
  const onAwaitingSeason = (families: number) => awaitingSeason.set(families);
  const links = everyLink(projection.db);
  const checkpoint = fileCheckpoint(walkedPath(config.dataDir), () => index.firstLinkAt() ?? runtime.now());
  const everyMs = config.webhookPollMs;
  const poller = createPoller({ provider, ingest, checkpoint, log, metrics, signal, everyMs, runtime });
  const place = createPlacer({ store, index, match, ingest, provider, runtime });
  await Promise.all([
    changed.follow(signal, (err) =>
      log.warn({ err }, "the subscription to changed registrations was lost; resubscribing"),
    ),
    poller.run(),
    keepPlacing(place, { log, signal, runtime, everyMs: PLACE_EVERY_MS, onChange: projection.onCommit }),
    keepReconciling({
      store,
      reconcile: () => reconcile({ store, provider, index, links, ingest, runtime, signal }),
      hour: config.reconcileHour,
      log,
      metrics,
      signal,
      runtime,
    }),
    keepSweeping({ links, followUp, onAwaitingSeason, log, signal, runtime, everyMs: SWEEP_EVERY_MS }),
  ]);
};
