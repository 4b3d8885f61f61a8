import { Fault } from "@touchline/contracts";
import { type Backoff, backoffMs, type Health, inTime, type Runtime, systemRuntime } from "@touchline/service";
import { ErrorCode, Events, JSONCodec, Match, type MsgHdrs, headers as natsHeaders, type PubAck } from "nats";
import type { JetStream, JetStreamAdmin, NatsClient, Requests } from "./client.ts";
import { tooOld } from "./known-good.ts";
import { createNeeds, type Need } from "./needs.ts";

export interface MessagingOptions {
  /** e.g. `nats://127.0.0.1:4222`, or several separated by commas; may hold credentials. */
  readonly url: string;
  /** How many copies a new stream gets. Undefined: three if there are three servers, or else one. */
  readonly replicas?: number | undefined;
  /** Shown in NATS's own monitoring, and part of the inbox's subject: letters, digits and dashes. */
  readonly name: string;
  /** Called each time the connection is made or lost. */
  readonly onStatus?: (connected: boolean) => void;
  /** Called with a warning on connecting to a cluster whose version is known to lose messages. */
  readonly onWarning?: (sentence: string) => void;
  /** Gets a check named `nats`, which fails until NATS answers. */
  readonly health?: Health;
  /** False for a service that can answer requests without NATS. */
  readonly neededForTraffic?: boolean;
  /** The machine's own by default. */
  readonly runtime?: Runtime;
}

export interface PublishOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Repeats within the stream's duplicate window are dropped. */
  readonly msgId?: string;
  /** Refused unless this is the stream's last sequence. */
  readonly expectLastSequence?: number;
  /** Refused unless this is the sequence of the last message on the same subject; 0 when there is none. */
  readonly expectLastSubjectSequence?: number;
  /** Refused unless this is the id of the stream's last message. */
  readonly expectLastMsgId?: string | undefined;
}

export interface Request {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly header: (name: string) => string | undefined;
}

/** One connection to NATS. */
export interface Messaging {
  readonly js: JetStream;
  readonly jsm: JetStreamAdmin;
  readonly connected: boolean;
  /** Whether it leads to one of several servers. */
  isClustered(): boolean;
  /** Copies of streams created on this connection. */
  readonly replicas?: number | undefined;
  /** The runtime for consumers on this connection. */
  readonly runtime: Runtime;
  /** Makes `check` fail without this stream or consumer. */
  need(need: Need): void;
  /** Resolves, in less than two seconds, with why NATS does not work; undefined when it does. */
  check(): Promise<string | undefined>;
  /** Resolves when JetStream has the message on disk. After a time-out, repeating with the same msgId or expectation is safe. */
  publish(subject: string, payload: Uint8Array | string, options?: PublishOptions): Promise<PubAck>;
  /** Publishes without waiting for an answer. The answer to a later message that expects to follow it shows whether it was stored. */
  publishUnanswered(subject: string, payload: string, options: PublishOptions): void;
  /** @throws Fault */
  publishJson(subject: string, value: unknown, options?: PublishOptions): Promise<PubAck>;
  /**
   * Answers requests on a subject until the signal aborts. Instances in the same queue share the work. After an error, such as a
   * missing permission, it tries again, with backoff.
   */
  serve(
    subject: string,
    queue: string,
    signal: AbortSignal,
    answer: (request: Request) => Promise<unknown>,
    onBroken: (error: unknown) => void,
  ): Promise<void>;
  /** Asks the service behind a subject. Undefined when nobody serves it; throws `Fault` when no answer comes in time. */
  request<T>(
    subject: string,
    payload: Uint8Array,
    headers: Readonly<Record<string, string>>,
    timeoutMs: number,
  ): Promise<T | undefined>;
  close(): Promise<void>;
}

/** An open connection. */
export interface Dialled {
  readonly nc: NatsClient;
  readonly js: JetStream;
  readonly jsm: JetStreamAdmin;
}

const DRAIN_MS = 2_000;
const SERVE_AGAIN: Backoff = { firstMs: 500, maxMs: 60_000 };

/** Waits for the first connection. */
export const openMessaging = async (
  options: Omit<MessagingOptions, "url">,
  dial: () => Promise<Dialled>,
): Promise<Messaging> => {
  const { health, replicas, neededForTraffic = true, runtime = systemRuntime() } = options;
  let messaging: Messaging | undefined;
  health?.add("nats", () => messaging?.check() ?? "not connected", { neededForTraffic });
  const dialled = await dial();
  const closing = new AbortController();
  const isUp = watchStatus(dialled.nc, options, closing.signal);
  messaging = messagingOn(dialled, isUp, closing, { runtime, replicas });
  return messaging;
};

const messagingOn = (
  { nc, js, jsm }: Dialled,
  isUp: () => boolean,
  closing: AbortController,
  { runtime, replicas }: Pick<Messaging, "runtime" | "replicas">,
): Messaging => {
  const connected = () => isUp() && !nc.isClosed();
  const needs = createNeeds(jsm, runtime);
  const publish: Messaging["publish"] = (subject, payload, options = {}) =>
    js.publish(subject, payload, { headers: toHeaders(expectations(options)) });
  return {
    js,
    jsm,
    runtime,
    replicas,
    get connected() {
      return connected();
    },
    isClustered: () => nc.info?.cluster !== undefined,
    need: needs.add,
    check: async () => (connected() ? needs.fault() : "not connected"),
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
    serve: async (subject, queue, signal, answer, onBroken) => {
      const ending = AbortSignal.any([signal, closing.signal]);
      for (let failures = 1; !ending.aborted; failures++) {
        try {
          await serveOnce(nc.subscribe(subject, { queue }), ending, answer);
        } catch (error) {
          if (ending.aborted) return;
          onBroken(error);
        }
        await runtime.sleep(backoffMs(failures, SERVE_AGAIN, runtime.random), ending);
      }
    },
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
      closing.abort();
      if (nc.isClosed()) return;
      // Draining waits for the server's answer, and leaves the connection open if the server is lost meanwhile.
      await inTime(nc.drain(), runtime, DRAIN_MS);
      await nc.close();
    },
  };
};

const serveOnce = async (
  subscription: Requests,
  signal: AbortSignal,
  answer: (request: Request) => Promise<unknown>,
): Promise<void> => {
  const stop = () => subscription.unsubscribe();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    for await (const message of subscription) {
      const header = (name: string) => headerOf(message, name);
      message.respond(JSONCodec().encode(await answer({ subject: message.subject, data: message.data, header })));
    }
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
};

/**
 * Keeps track of whether the connection is up. A client that closes by itself never connects again, so that is a defect: it ends
 * the process, and the supervisor starts a new one.
 */
const watchStatus = (
  nc: NatsClient,
  { onStatus, onWarning }: Pick<MessagingOptions, "onStatus" | "onWarning">,
  closing: AbortSignal,
): (() => boolean) => {
  let up = true;
  const warn = () => {
    const sentence = tooOld(nc.info);
    if (sentence) onWarning?.(sentence);
  };
  warn();
  const watch = async () => {
    for await (const { type } of nc.status()) {
      if (type !== Events.Disconnect && type !== Events.Reconnect) continue;
      // The client also reports each handshake that failed as a loss, and later as many returns.
      if (up === (type === Events.Reconnect)) continue;
      up = type === Events.Reconnect;
      onStatus?.(up);
      if (up) warn();
    }
    up = false;
    if (!closing.aborted) throw new Error("The NATS client has given up its connection.");
  };
  void watch();
  return () => up;
};

/**
 * Undefined when there are no headers, or when the client cannot read them: it throws at a blank or a non-ASCII byte in a name,
 * which the server lets through. Without this, such a message could not even be parked, and would be redelivered for ever.
 */
export const headersOf = (message: { readonly headers?: MsgHdrs | undefined }): MsgHdrs | undefined => {
  try {
    return message.headers;
  } catch {
    return undefined;
  }
};

/** Ignores case: NATS keeps a name as its publisher spelt it, and other clients use lower case. */
export const headerOf = (message: { readonly headers?: MsgHdrs | undefined }, name: string): string | undefined => {
  const headers = headersOf(message);
  return headers?.get(name) || headers?.get(name, Match.IgnoreCase) || undefined;
};

/** The headers with which a publish states its expectations. */
const expectations = ({
  headers,
  msgId,
  expectLastSequence,
  expectLastSubjectSequence,
  expectLastMsgId,
}: PublishOptions): Record<string, string> => ({
  ...headers,
  ...(msgId && { "Nats-Msg-Id": msgId }),
  ...(expectLastSequence !== undefined && { "Nats-Expected-Last-Sequence": String(expectLastSequence) }),
  ...(expectLastSubjectSequence !== undefined && {
    "Nats-Expected-Last-Subject-Sequence": String(expectLastSubjectSequence),
  }),
  ...(expectLastMsgId && { "Nats-Expected-Last-Msg-Id": expectLastMsgId }),
});

const toHeaders = (values: Readonly<Record<string, string>>): MsgHdrs => {
  const result = natsHeaders();
  for (const [key, value] of Object.entries(values)) result.set(key, value);
  return result;
};
