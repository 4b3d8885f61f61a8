import { setTimeout as sleep } from "node:timers/promises";
import { Fault } from "@touchline/contracts";
import { connectMessaging, type Messaging } from "@touchline/messaging";
import type { OpsConfig } from "./config.ts";
import { Problem } from "./problem.ts";
import { withoutSecrets } from "./store.ts";

const CONNECT_MS = 5_000;

/** Connects to NATS for `use`, and disconnects afterwards. */
export const withMessaging = async <T>(
  { natsUrl }: OpsConfig,
  use: (messaging: Messaging) => Promise<T>,
): Promise<T> => {
  const away = new Problem(
    `NATS at ${withoutSecrets(natsUrl)} does not answer.`,
    "Start Touchline (npm start), or set NATS_URL or NATS_PORT to where it is.",
  );
  // A service waits for NATS for ever; whoever typed a command does not.
  const connecting = connectMessaging({ url: natsUrl, name: "ops" });
  const messaging = await Promise.race([connecting, sleep(CONNECT_MS)]);
  if (!messaging) throw away;
  try {
    return await use(messaging);
  } catch (error) {
    throw error instanceof Fault ? away : error;
  } finally {
    await messaging.close();
  }
};
