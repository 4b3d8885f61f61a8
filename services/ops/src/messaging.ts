import { Fault } from "@touchline/contracts";
import { connectMessaging, type Messaging } from "@touchline/messaging";
import type { Context } from "./context.ts";
import { Problem } from "./problem.ts";
import { withoutSecrets } from "./store.ts";

const CONNECT_MS = 5_000;

/** Connects to NATS for `use`, and disconnects afterwards. */
export const withMessaging = async <T>(
  { config, runtime }: Pick<Context, "config" | "runtime">,
  use: (messaging: Messaging) => Promise<T>,
): Promise<T> => {
  const { nats } = config();
  const away = new Problem(
    `NATS at ${withoutSecrets(nats.url)} does not answer.`,
    "Start Touchline (npm start), or set NATS_URL or NATS_PORT to where it is.",
  );
  // A service waits for NATS indefinitely; a person who typed a command does not.
  const connecting = connectMessaging({ ...nats, name: "ops" });
  const messaging = await Promise.race([connecting, runtime.sleep(CONNECT_MS)]);
  if (!messaging) throw away;
  try {
    return await use(messaging);
  } catch (error) {
    throw error instanceof Fault && error.code === "nats_unavailable" ? away : error;
  } finally {
    await messaging.close();
  }
};
