import { randomUUID } from "node:crypto";
import { AckPolicy, nanos } from "nats";
import { afterAll, beforeAll, beforeEach } from "vitest";
import type { PulledMessage } from "../../src/client.ts";
import { apiErrorCode, type Messaging, type PublishOptions } from "../../src/index.ts";

/** A server, and connections to it such as processes have. */
export interface OpenedServer {
  connect(name: string): Promise<Messaging>;
  /** Stops the server; its disk keeps what it has. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export type Open = () => Promise<OpenedServer>;

export const text = ({ data }: { readonly data: Uint8Array }): string => new TextDecoder().decode(data);
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Long enough for a test to act in time. */
export const ACK_WAIT_MS = 600;
export const WINDOW_MS = 400;

/** A server and a connection for one suite, and a separate stream for each test. */
export const setScene = (open: Open) => {
  let server: OpenedServer;
  let messaging: Messaging;
  let stream: string;
  let subject: string;

  beforeAll(async () => {
    server = await open();
    messaging = await server.connect("test");
  });

  beforeEach(async () => {
    stream = `S${randomUUID()}`;
    subject = `${stream}.a`;
    await messaging.jsm.streams.add({ name: stream, subjects: [`${stream}.>`], duplicate_window: nanos(WINDOW_MS) });
  });

  afterAll(async () => {
    await messaging?.close();
    await server?.close();
  });

  const publish = (payload: string, options: PublishOptions & { readonly on?: string } = {}) =>
    messaging.publish(options.on ?? subject, payload, options);
  const state = async (filter?: string) =>
    (await messaging.jsm.streams.info(stream, filter ? { subjects_filter: filter } : undefined)).state;
  const code = (work: Promise<unknown>) =>
    work.then(
      () => "no error",
      (error) => apiErrorCode(error),
    );
  const consumer = (more = {}) =>
    messaging.jsm.consumers.add(stream, {
      durable_name: "durable",
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ACK_WAIT_MS),
      max_ack_pending: 100,
      ...more,
    });
  const info = () => messaging.jsm.consumers.info(stream, "durable");

  /** A reader that keeps what it gets, and answers nothing. */
  const reader = async (through = messaging, max_messages = 10) => {
    const seen: PulledMessage[] = [];
    const errors: unknown[] = [];
    const puller = await through.js.consumers.get(stream, "durable");
    const pulled = await puller.consume({ max_messages, expires: 5_000, abort_on_missing_resource: true });
    const read = async () => {
      for await (const message of pulled) seen.push(message);
    };
    const ended = read().catch((error) => void errors.push(error));
    const stop = async () => {
      pulled.stop();
      await ended;
    };
    return { seen, errors, ended, stop, texts: () => seen.map(text) };
  };

  return {
    publish,
    state,
    code,
    consumer,
    info,
    reader,
    /** What a test works on. */
    current: () => ({ server, messaging, stream, subject }),
  };
};
