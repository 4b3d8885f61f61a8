import { rmSync } from "node:fs";
import { projectionFiles as notification } from "@touchline/notification/projections";
import { projectionFiles as paymentLink, walkedPath } from "@touchline/payment-link/projections";
import { nextPath, type RunnerOptions, removeDatabase } from "@touchline/projections";
import { projectionFiles as registration } from "@touchline/registration/projections";
import type { Context } from "./context.ts";

/** A view and its file. */
export type View = Pick<RunnerOptions, "projection" | "path">;

const services: readonly { readonly names: readonly string[]; readonly files: (env: NodeJS.ProcessEnv) => View[] }[] = [
  { names: ["registrations", "days", "ledger"], files: registration },
  { names: ["links"], files: paymentLink },
  { names: ["texts", "reminders", "emails"], files: notification },
];

export const viewNames: readonly string[] = services.flatMap((service) => service.names);

/** All views, or the one with this name; none if it is switched off. Throws `ConfigError`. */
export const viewsOf = ({ env, config }: Pick<Context, "env" | "config">, name?: string): View[] => {
  const { dataDir, eventStoreUrl, nats } = config();
  // The same settings that the launcher passes on.
  const settings = { ...env, DATA_DIR: dataDir, EVENTSTORE_URL: eventStoreUrl, NATS_URL: nats.url };
  return services
    .filter(({ names }) => name === undefined || names.includes(name))
    .flatMap(({ files }) => files(settings))
    .filter(({ projection }) => name === undefined || projection.name === name);
};

/**
 * Deletes what was made of other events than those that are there now. Views are folded again at the next start, and
 * GoCardless's events walked again from the first link on: what was deleted is found once more.
 */
export const forgetViews = (context: Pick<Context, "env" | "config">): void => {
  for (const { path } of viewsOf(context)) {
    removeDatabase(path);
    removeDatabase(nextPath(path));
  }
  rmSync(walkedPath(context.config().dataDir), { force: true });
};
