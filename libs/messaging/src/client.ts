import type {
  ConsumerConfig,
  ConsumerInfo,
  DeliveryInfo,
  JsMsg,
  Msg,
  MsgHdrs,
  PubAck,
  StoredMsg,
  StreamConfig,
  StreamState,
} from "nats";

/**
 * The parts of a NATS client that Touchline uses. Both the client of nats.js and a connection to the in-memory server have them. Shapes,
 * errors and time-outs are those of nats.js.
 */
export interface NatsClient {
  publish(subject: string, payload: Uint8Array | string, options?: { headers?: MsgHdrs }): void;
  request(
    subject: string,
    payload: Uint8Array,
    options: { timeout: number; headers?: MsgHdrs },
  ): Promise<Pick<Msg, "json">>;
  subscribe(subject: string, options: { queue: string }): Requests;
  /** Resolves when the server has answered. */
  flush(): Promise<void>;
  status(): AsyncIterable<{ readonly type: string }>;
  /** About the server it is connected to now. */
  readonly info?: { readonly version: string; readonly cluster?: string } | undefined;
  isClosed(): boolean;
  drain(): Promise<void>;
  close(): Promise<void>;
}

export type RequestMessage = Pick<Msg, "subject" | "data" | "headers"> & { respond(data: Uint8Array): void };

export interface Requests extends AsyncIterable<RequestMessage> {
  unsubscribe(): void;
}

/** JetStream for publishers and consumers. */
export interface JetStream {
  publish(subject: string, payload: Uint8Array | string, options?: { headers?: MsgHdrs }): Promise<PubAck>;
  readonly consumers: {
    /** A durable consumer by its name, or an ordered one that reads what is on some subjects now. */
    get(stream: string, wanted: string | { filterSubjects: string }): Promise<Puller>;
  };
}

export interface Puller {
  /** Goes on until stopped. Throws when its stream or its consumer is gone. */
  consume(options: {
    max_messages: number;
    expires: number;
    idle_heartbeat?: number;
    abort_on_missing_resource: true;
  }): Promise<Pulled>;
  /** Ends after `max_messages`, or after `expires` milliseconds. */
  fetch(options: { max_messages: number; expires: number }): Promise<Pulled>;
}

export interface Pulled extends AsyncIterable<PulledMessage> {
  stop(error?: Error): void;
  /**
   * What the server says besides its messages, and each pull that it is asked for. Absent where a pull cannot fall silent and
   * leaves nothing behind.
   */
  status?(): Promise<AsyncIterable<{ readonly type: string }>>;
}

export interface PulledMessage
  extends Pick<JsMsg, "subject" | "data" | "seq" | "headers" | "ack" | "nak" | "term" | "working"> {
  readonly info: Pick<DeliveryInfo, "deliveryCount" | "timestampNanos">;
}

export type StreamSettings = Pick<StreamConfig, "name" | "subjects" | "max_bytes" | "max_age" | "duplicate_window"> &
  Partial<Pick<StreamConfig, "num_replicas">>;
export type ConsumerSettings = Pick<
  ConsumerConfig,
  "durable_name" | "filter_subject" | "ack_policy" | "ack_wait" | "max_ack_pending" | "max_deliver" | "deliver_policy"
>;
export type KeptStoredMessage = Pick<StoredMsg, "subject" | "seq" | "data" | "time" | "header">;

/** A consumer, and how far it has got. */
export type ConsumerState = Pick<ConsumerInfo, "name" | "num_pending" | "num_ack_pending" | "num_redelivered"> & {
  readonly config: ConsumerSettings;
  readonly cluster?: ClusterState;
  readonly delivered: Pick<ConsumerInfo["delivered"], "stream_seq">;
  readonly ack_floor: Pick<ConsumerInfo["ack_floor"], "stream_seq">;
};

/** The leader, and the others with a copy. Absent on a single server. */
export interface ClusterState {
  readonly leader?: string;
  readonly replicas?: readonly { readonly current: boolean; readonly offline: boolean }[];
}

export interface StreamAnswer {
  readonly cluster?: ClusterState;
  readonly config: StreamSettings;
  readonly state: Pick<StreamState, "messages" | "bytes" | "first_seq" | "last_seq" | "subjects">;
}

/** By sequence, or the last on a subject. A sequence with a subject means the first on that subject from there on. */
export type StoredMessageQuery =
  | { readonly seq: number; readonly next_by_subj?: string }
  | { readonly last_by_subj: string };

/** JetStream for managing streams. A refusal by the server is thrown with its `api_error`. */
export interface JetStreamAdmin {
  readonly streams: {
    add(settings: Partial<StreamSettings> & { name: string }): Promise<StreamAnswer>;
    update(name: string, settings: Partial<StreamSettings>): Promise<StreamAnswer>;
    info(name: string, options?: { subjects_filter: string }): Promise<StreamAnswer>;
    delete(name: string): Promise<boolean>;
    purge(name: string): Promise<{ readonly purged: number }>;
    getMessage(stream: string, query: StoredMessageQuery): Promise<KeptStoredMessage>;
    deleteMessage(stream: string, seq: number, erase?: boolean): Promise<boolean>;
  };
  readonly consumers: {
    add(stream: string, settings: Partial<ConsumerSettings>): Promise<ConsumerState>;
    update(stream: string, durable: string, settings: Partial<ConsumerSettings>): Promise<ConsumerState>;
    info(stream: string, durable: string): Promise<ConsumerState>;
    list(stream: string): AsyncIterable<ConsumerState>;
  };
}
