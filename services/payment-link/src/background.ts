import type { StreamsWith } from "@touchline/event-store";
import { keepSweeping } from "./follow-up/sweep.ts";
import type { Parts, PaymentLinkOptions } from "./parts.ts";
import { everyLink } from "./projections/every-link.ts";
import { walkedPath } from "./projections/index.ts";
import { fileCheckpoint } from "./webhooks/checkpoint.ts";
import { createPlacer, keepPlacing } from "./webhooks/place.ts";
import { createPoller } from "./webhooks/poller.ts";

const PLACE_EVERY_MS = 15_000;
const SWEEP_EVERY_MS = 86_400_000;

/** What runs beside taps and messages until the signal aborts. `calledOff`: registrations that were cancelled or erased. */
export const runBackground = async (
  { config, context, store, projection }: PaymentLinkOptions,
  { provider, index, match, ingest, followUp }: Parts,
  calledOff: StreamsWith,
): Promise<void> => {
  const { log, metrics, runtime, signal } = context;
  metrics.gauge(
    "touchline_provider_events_parked",
    "GoCardless's events that could not be placed.",
    ["reason"],
    (gauge) => {
      gauge.reset();
      for (const [reason, number] of Object.entries(index.parkedCounts())) gauge.set({ reason }, number);
    },
  );
  const checkpoint = fileCheckpoint(walkedPath(config.dataDir), () => index.firstLinkAt() ?? runtime.now());
  const everyMs = config.webhookPollMs;
  const poller = createPoller({ provider, ingest, checkpoint, log, metrics, signal, everyMs, runtime });
  const place = createPlacer({ store, index, match, ingest, provider, runtime });
  await Promise.all([
    calledOff.follow(signal, (err) => log.warn({ err }, "the list of cancellations broke; following again")),
    poller.run(),
    keepPlacing(place, { log, signal, runtime, everyMs: PLACE_EVERY_MS, onChange: projection.onCommit }),
    keepSweeping({ links: everyLink(projection.db), followUp, log, signal, runtime, everyMs: SWEEP_EVERY_MS }),
  ]);
};
