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

/** The answer to a publish. */
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
  /** Throws the refusal when the publication's expectations are not met. */
  store(publication: Publication): StoredAnswer;
  get(query: StoredMessageQuery): KeptStoredMessage;
  readonly at: Log["at"];
  readonly lastSeq: Log["lastSeq"];
  /** The first message at or after a sequence. */
  readonly firstFrom: Log["firstFrom"];
  remove(seq: number): boolean;
  purge(): number;
  /** Does what a server does at start: relearns the ids of the messages that it still has. */
  reload(): void;
  info(subjectsFilter?: string): StreamAnswer;
}

/** A client's open request for messages. */
export interface Pull {
  take(message: KeptStoredMessage, deliveries: number): void;
  /** The request has expired with `left` messages undelivered. */
  onExpired(left: number): void;
  /** The consumer was deleted. */
  onGone(): void;
}

/** A pull consumer: it redelivers messages until they are acknowledged. */
export interface Consumer {
  /** Delivers available messages to waiting requests. */
  deliver(): void;
  /** Drops a message that was acknowledged, given up, or removed from the stream. */
  forget(seq: number): void;
  /** Extends the time for a message that is still being worked on. */
  working(seq: number): void;
  bringAgain(seq: number, afterMs: number): void;
  ask(pull: Pull, count: number, forMs: number): void;
  /** Drops a client's request. */
  dropPull(pull: Pull): void;
  delete(): void;
  update(changed: Partial<ConsumerSettings>): void;
  info(): ConsumerState;
}
