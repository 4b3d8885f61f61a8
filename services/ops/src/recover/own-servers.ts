import { join } from "node:path";
import { type RunningEventStore, startEventStore, startNats } from "@touchline/embedded";
import type { Context } from "../context.ts";
import { namesServer } from "../embedded-folder.ts";
import { Problem } from "../problem.ts";

/**
 * If events and NATS are those of `npm start`, which is stopped for a restore, runs both for as long as `use` takes. A folder that is
 * in use is refused, unless `use` only reads: then the running servers are asked.
 */
export const withOwnServers = async (
  context: Context,
  onlyReads: boolean,
  use: (context: Context) => Promise<void>,
): Promise<void> => {
  if (namesServer(context) || namesServer(context, "NATS_URL")) return use(context);
  const store = await ownStore(context);
  if (!store && onlyReads) return use(context);
  if (!store) {
    const { embeddedStoreFolder } = context.config();
    throw new Problem(`The events in ${embeddedStoreFolder} are in use, or cannot be read.`, "Stop Touchline first.");
  }
  try {
    const nats = await startNats({ dataDir: join(context.config().dataDir, "nats") });
    try {
      await use({
        ...context,
        config: () => ({ ...context.config(), eventStoreUrl: store.url, nats: { url: nats.url } }),
      });
    } finally {
      await nats.stop();
    }
  } finally {
    await store.stop();
  }
};

const ownStore = (context: Context): Promise<RunningEventStore | undefined> =>
  startEventStore({ dataDir: context.config().embeddedStoreFolder, stderr: "ignore" }).catch(() => undefined);
