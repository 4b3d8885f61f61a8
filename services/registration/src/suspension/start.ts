import { createRecoveryWindow, type EventStore } from "@touchline/event-store";
import type { ServiceContext } from "@touchline/service";
import type { ReadModel } from "../read-model/start.ts";
import { createSuspensionQueries } from "../read-model/suspension-queries.ts";
import type { SuspensionRules } from "../registration/suspend.ts";
import { keepSuspensions } from "./sweep.ts";

/** Suspends and reinstates families once the read model is there. */
export const startSuspensions = async (
  { metrics, onClose, ...context }: ServiceContext,
  store: EventStore,
  { registrations, queries }: Pick<ReadModel, "registrations" | "queries">,
  rules: SuspensionRules | undefined,
): Promise<void> => {
  await registrations.ready;
  const more = createSuspensionQueries(registrations.db);
  metrics.gauge("touchline_registrations_suspended", "Registrations that are suspended.", [], (gauge) =>
    gauge.set(more.suspended()),
  );
  const suspensions = keepSuspensions({
    ...context,
    store,
    registrations,
    queries: { ...queries, ...more },
    rules,
    lostSince: createRecoveryWindow(store, context.runtime),
  });
  onClose(suspensions.idle);
};
