import { Fault } from "@touchline/contracts";
import { withoutLogin } from "@touchline/event-store/address";
import { apiErrorCode, connectMessaging, type Messaging, STREAM_NOT_FOUND } from "@touchline/messaging";
import type { Context } from "./context.ts";
import { Problem } from "./problem.ts";

const CONNECT_MS = 5_000;

/** Connects to NATS for `use`, and disconnects afterwards. */
export const withMessaging = async <T>(
  { config, runtime }: Pick<Context, "config" | "runtime">,
  use: (messaging: Messaging) => Promise<T>,
): Promise<T> => {
  const { nats } = config();
  const away = new Problem(
    `NATS at ${withoutLogin(nats.url)} does not answer.`,
    "Start Touchline (npm start), or set NATS_URL or NATS_PORT to where it is.",
  );
  // A service waits for NATS indefinitely; a person who typed a command does not.
  const connecting = connectMessaging({ ...nats, name: "ops" }).catch((error: Error) => {
    throw new Problem(
      `NATS at ${withoutLogin(nats.url)} does not let this user in: ${error.message}.`,
      "Set NATS_URL with the operator's user and password (deploy/secrets/nats-url-operator in production).",
    );
  });
  const messaging = await Promise.race([connecting, runtime.sleep(CONNECT_MS)]);
  if (!messaging) throw away;
  try {
    return await use(messaging);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== "nats_unavailable") throw error;
    if (apiErrorCode(error.cause) !== STREAM_NOT_FOUND) throw away;
    throw new Problem(
      `NATS at ${withoutLogin(nats.url)} does not have this stream.`,
      "Touchline creates its streams when it starts. Is this the NATS that it uses?",
    );
  } finally {
    await messaging.close();
  }
};
