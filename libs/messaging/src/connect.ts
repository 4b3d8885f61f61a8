import { type Messaging, type MessagingOptions, openMessaging } from "./connection.ts";
import { connectLeaving } from "./transport.ts";

/**
 * The client leaves a server that keeps the connection but answers nothing at the third ping, within 4.5 s. It also leaves one
 * that accepts a new connection and never sends its greeting.
 */
const FROZEN = { pingInterval: 1_500, maxPingOut: 2, timeout: 2_000 } as const;

/** Waits for the first connection, and reconnects for ever. Rejects if the server keeps refusing the credentials of a start. */
export const connectMessaging = (options: MessagingOptions): Promise<Messaging> =>
  openMessaging({ ...options, replicas: options.replicas ?? copiesFor(options.url) }, async () => {
    const { url, name } = options;
    const nc = await connectLeaving({
      ...serversOf(url),
      name,
      // Replies and deliveries arrive at an inbox. With its own prefix, NATS's permissions can keep others out of it.
      inboxPrefix: `_INBOX_${name}`,
      waitOnFirstConnect: true,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      ...FROZEN,
      // Taking a stack trace at each request, in case it fails, costs more than the request itself.
      noAsyncTraces: true,
    });
    return { nc, js: nc.jetstream(), jsm: await nc.jetstreamManager({ checkAPI: false }) };
  });

/** Counts the servers that are named, not those that are up: a stream created while one is away must still get three copies. */
const copiesFor = (url: string): number | undefined => (url.split(",").length >= 3 ? 3 : undefined);

/** Turns credentials in the URL into options: the client reads them only from there. */
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
