import { Fault } from "@touchline/contracts";
import { type Health, type Runtime, systemRuntime } from "@touchline/service";
import {
  connect,
  ErrorCode,
  Events,
  type JetStreamClient,
  type JetStreamManager,
  JSONCodec,
  Match,
  type MsgHdrs,
  type NatsConnection,
  headers as natsHeaders,
  type PubAck,
  type Subscription,
} from "nats";
import { missingStream } from "./streams.ts";

export interface MessagingOptions {
  /** e.g. `nats://127.0.0.1:4222`, or several separated by commas; may hold credentials. */
  readonly url: string;
  /** Shown in NATS's own monitoring, and part of the inbox's subject: letters, digits and dashes. */
  readonly name: string;
  /** Called each time the connection comes or goes. */
  readonly onStatus?: (connected: boolean) => void;
  /** Gets a check named `nats`, which fails from now on until NATS answers. */
  readonly health?: Health;
  /** False for a service that answers requests without NATS. */
  readonly neededForTraffic?: boolean;
  /** The machine's own when absent. */
  readonly runtime?: Runtime;
}

export interface PublishOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Repeats within the stream's duplicate window are dropped. */
  readonly msgId?: string;
  /** Refused unless this is the stream's last sequence. */
  readonly expectLastSequence?: number;
  /** Refused unless this is the id of the stream's last message. */
  readonly expectLastMsgId?: string | undefined;
}

export interface Request {
  readonly data: Uint8Array;
  readonly header: (name: string) => string | undefined;
}

/** One connection to NATS. */
export interface Messaging {
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly connected: boolean;
  /** What consumers on this connection use. */
  readonly runtime: Runtime;
  /** Why NATS does not work; undefined when it answers. Does not resolve while it is silent. */
  check(): Promise<string | undefined>;
  /** Resolves when JetStream has the message on disk. A time-out is safe to repeat with the same msgId or expectation. */
  publish(subject: string, payload: Uint8Array | string, options?: PublishOptions): Promise<PubAck>;
  /** Publishes without an answer. Whether the message was stored shows in the answer to a later one that expects to follow it. */
  publishUnanswered(subject: string, payload: string, options: PublishOptions): void;
  /** @throws Fault */
  publishJson(subject: string, value: unknown, options?: PublishOptions): Promise<PubAck>;
  /** Answers requests on a subject until the signal aborts; instances that share a queue share the work. */
  serve(
    subject: string,
    queue: string,
    signal: AbortSignal,
    answer: (request: Request) => Promise<unknown>,
  ): Promise<void>;
  /** Asks the service behind a subject. Undefined when there is none; throws `Fault` when no answer comes in time. */
  request<T>(
    subject: string,
    payload: Uint8Array,
    headers: Readonly<Record<string, string>>,
    timeoutMs: number,
  ): Promise<T | undefined>;
  close(): Promise<void>;
}

/** Waits for the first connection, and reconnects for ever. */
export const connectMessaging = async (options: MessagingOptions): Promise<Messaging> => {
  const { url, name, onStatus, health, neededForTraffic = true, runtime = systemRuntime() } = options;
  let messaging: Messaging | undefined;
  health?.add("nats", () => messaging?.check() ?? "not connected", { neededForTraffic });
  const nc = await connect({
    ...serversOf(url),
    name,
    // Replies and deliveries come to an inbox; one of its own lets NATS's permissions keep others out of it.
    inboxPrefix: `_INBOX_${name}`,
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    pingInterval: 10_000,
    // A stack trace taken at each request, in case it fails, costs more than the request.
    noAsyncTraces: true,
  });
  const jsm = await nc.jetstreamManager({ checkAPI: false });
  messaging = messagingOn(nc, jsm, watchStatus(nc, onStatus), runtime);
  return messaging;
};

const messagingOn = (nc: NatsConnection, jsm: JetStreamManager, isUp: () => boolean, runtime: Runtime): Messaging => {
  const js = nc.jetstream();
  const connected = () => isUp() && !nc.isClosed();
  const publish: Messaging["publish"] = (subject, payload, options = {}) =>
    js.publish(subject, payload, { headers: toHeaders(expectations(options)) });
  return {
    js,
    jsm,
    runtime,
    get connected() {
      return connected();
    },
    check: async () => {
      if (!connected()) return "not connected";
      await nc.flush();
      const missing = await missingStream(jsm);
      return missing && `NATS has no stream ${missing}`;
    },
    publish,
    publishUnanswered: (subject, payload, options) =>
      nc.publish(subject, payload, { headers: toHeaders(expectations(options)) }),
    publishJson: async (subject, value, options) => {
      try {
        return await publish(subject, JSONCodec().encode(value), options);
      } catch (error) {
        throw new Fault("nats_unavailable", { cause: error });
      }
    },
    serve: (subject, queue, signal, answer) => serve(nc.subscribe(subject, { queue }), signal, answer),
    request: async <T>(
      subject: string,
      payload: Uint8Array,
      headers: Readonly<Record<string, string>>,
      timeoutMs: number,
    ) => {
      try {
        const answer = await nc.request(subject, payload, { timeout: timeoutMs, headers: toHeaders(headers) });
        return answer.json<T>();
      } catch (error) {
        if ((error as { code?: string }).code === ErrorCode.NoResponders) return undefined;
        throw new Fault("nats_unavailable", { cause: error });
      }
    },
    close: async () => {
      if (!nc.isClosed()) await nc.drain().catch(() => nc.close());
    },
  };
};

const serve = async (
  subscription: Subscription,
  signal: AbortSignal,
  answer: (request: Request) => Promise<unknown>,
): Promise<void> => {
  const stop = () => subscription.unsubscribe();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  for await (const message of subscription) {
    const header = (name: string) => headerOf(message, name);
    message.respond(JSONCodec().encode(await answer({ data: message.data, header })));
  }
  signal.removeEventListener("abort", stop);
};

/** Follows whether the connection is up. */
const watchStatus = (nc: NatsConnection, onStatus: MessagingOptions["onStatus"]): (() => boolean) => {
  let up = true;
  const watch = async () => {
    for await (const { type } of nc.status()) {
      if (type !== Events.Disconnect && type !== Events.Reconnect) continue;
      up = type === Events.Reconnect;
      onStatus?.(up);
    }
    up = false;
  };
  void watch();
  return () => up;
};

/**
 * Undefined when there are none, or when the client cannot read them: it throws at a blank or a byte beyond ASCII in a name, and
 * the server lets everything through. A message that could not even be parked would come again for ever.
 */
export const headersOf = (message: { readonly headers?: MsgHdrs | undefined }): MsgHdrs | undefined => {
  try {
    return message.headers;
  } catch {
    return undefined;
  }
};

/** NATS keeps names as they were spelt, and other clients than ours spell them in lower case. */
export const headerOf = (message: { readonly headers?: MsgHdrs | undefined }, name: string): string | undefined => {
  const headers = headersOf(message);
  return headers?.get(name) || headers?.get(name, Match.IgnoreCase) || undefined;
};

/** Headers by which a publish states what it expects. */
const expectations = ({
  headers,
  msgId,
  expectLastSequence,
  expectLastMsgId,
}: PublishOptions): Record<string, string> => ({
  ...headers,
  ...(msgId && { "Nats-Msg-Id": msgId }),
  ...(expectLastSequence !== undefined && { "Nats-Expected-Last-Sequence": String(expectLastSequence) }),
  ...(expectLastMsgId && { "Nats-Expected-Last-Msg-Id": expectLastMsgId }),
});

const toHeaders = (values: Readonly<Record<string, string>>): MsgHdrs => {
  const result = natsHeaders();
  for (const [key, value] of Object.entries(values)) result.set(key, value);
  return result;
};

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
