import { connect } from "nats";
import { type Messaging, type MessagingOptions, openMessaging } from "./connection.ts";

/**
 * A server that holds the connection and answers nothing is left at the third ping, within 4.5 s; so is one that takes a new
 * connection and never greets.
 */
const FROZEN = { pingInterval: 1_500, maxPingOut: 2, timeout: 2_000 } as const;

/** Waits for the first connection, and reconnects for ever. */
export const connectMessaging = (options: MessagingOptions): Promise<Messaging> =>
  openMessaging({ ...options, replicas: options.replicas ?? copiesFor(options.url) }, async () => {
    const { url, name } = options;
    const nc = await connect({
      ...serversOf(url),
      name,
      // Replies and deliveries come to an inbox; one of its own lets NATS's permissions keep others out of it.
      inboxPrefix: `_INBOX_${name}`,
      waitOnFirstConnect: true,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      ...FROZEN,
      // A stack trace taken at each request, in case it fails, costs more than the request.
      noAsyncTraces: true,
    });
    return { nc, js: nc.jetstream(), jsm: await nc.jetstreamManager({ checkAPI: false }) };
  });

/** Where three servers are named there are three, also while one of them is away: a stream that was made then would have one copy. */
const copiesFor = (url: string): number | undefined => (url.split(",").length >= 3 ? 3 : undefined);

/** Credentials in the URL become options: the client takes them from nowhere else. */
const serversOf = (url: string) => {
  const urls = url.split(",").map((part) => new URL(part.includes("://") ? part.trim() : `nats://${part.trim()}`));
  const [first] = urls;
  const user = decodeURIComponent(first?.username ?? "");
  const pass = decodeURIComponent(first?.password ?? "");
  return {
    servers: urls.map((u) => u.host),
    ...(pass ? { user, pass } : user ? { token: user } : {}),
    ...(first?.protocol === "tls:" && { tls: {} }),
  };
};
