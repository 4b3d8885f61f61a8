import type { MsgHdrs } from "nats";
import type {
  ConsumerSettings,
  ConsumerState,
  KeptStoredMessage,
  StoredMessageQuery,
  StreamAnswer,
  StreamSettings,
} from "../client.ts";
import type { Log } from "./log.ts";

export interface Publication {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
}

/** What a publish is answered. */
export interface StoredAnswer {
  readonly stream: string;
  readonly seq: number;
  readonly duplicate: boolean;
}

/** A JetStream stream: messages, and the consumers that read them. */
export interface Stream {
  readonly settings: StreamSettings;
  readonly consumers: Map<string, Consumer>;
  takes(subject: string): boolean;
  update(changed: Partial<StreamSettings>): void;
  /** Throws the refusal when the publication does not follow what it says it must. */
  store(publication: Publication): StoredAnswer;
  get(query: StoredMessageQuery): KeptStoredMessage;
  readonly at: Log["at"];
  /** The first message at or after a sequence. */
  readonly firstFrom: Log["firstFrom"];
  remove(seq: number): boolean;
  purge(): number;
  /** What a server knows after a start: the ids of the messages that it still has. */
  reload(): void;
  info(subjectsFilter?: string): StreamAnswer;
}

/** A client's open request for messages. */
export interface Pull {
  take(message: KeptStoredMessage, deliveries: number): void;
  /** The request's time is over; so many messages were not there. */
  onExpired(left: number): void;
  /** The consumer was deleted. */
  onGone(): void;
}

/** A pull consumer: what it has given out comes again until it is acknowledged. */
export interface Consumer {
  /** Gives out what there is to those who have asked. */
  deliver(): void;
  /** Acknowledged, given up, or gone from the stream. */
  forget(seq: number): void;
  /** Somebody is still at work on it. */
  working(seq: number): void;
  bringAgain(seq: number, afterMs: number): void;
  ask(pull: Pull, count: number, forMs: number): void;
  /** Drops what a client has asked for. */
  dropPull(pull: Pull): void;
  delete(): void;
  update(changed: Partial<ConsumerSettings>): void;
  info(): ConsumerState;
}
