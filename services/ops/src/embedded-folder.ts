import { resolve } from "node:path";
import type { Context } from "./context.ts";
import { Problem } from "./problem.ts";

/** Whether the settings name a server, of the events or NATS, instead of what `npm start` runs by itself. */
export const namesServer = ({ env }: Pick<Context, "env">, setting = "EVENTSTORE_URL"): boolean =>
  Boolean(env[setting]?.trim() || env[`${setting}_FILE`]?.trim());

/**
 * The folder of the embedded event store that a command is about. A server's events are in no such folder: what is there then is
 * old or somebody else's, and has to be named to be meant.
 */
export const embeddedFolder = (
  context: Pick<Context, "env" | "config">,
  { data }: { readonly data?: string },
  onServer: string,
): string => {
  if (data !== undefined) return resolve(data);
  if (!namesServer(context)) return resolve(context.config().embeddedStoreFolder);
  throw new Problem(
    "EVENTSTORE_URL names a server: the events are on that server, not in a folder of the embedded event store.",
    `${onServer}\nIf you do mean a folder, name it with --data.`,
  );
};
