import type { Tracing } from "@touchline/service";

/** What became of a message: finished, to be delivered again after a while, or finished and an operator must look. */
export type Settlement = "done" | "later" | "poison";

export interface Delivery {
  /** As it was published first, also when it comes from the dead letters. */
  readonly subject: string;
  readonly data: Uint8Array;
  /** Sequence in its stream. */
  readonly sequence: number;
  /** 1 at the first delivery. */
  readonly deliveries: number;
  /** When it was published. */
  readonly publishedAt: Date;
  /** Whatever the case in which its publisher spelt the name. */
  readonly header: (name: string) => string | undefined;
}

export interface ConsumeOptions {
  readonly stream: string;
  /** `service-purpose`; instances that share it share the work. */
  readonly durable: string;
  readonly filter: string;
  /** Messages in flight at once, in this process. */
  readonly concurrency?: number;
  /** One message at a time among all instances, in the order of the stream: the next waits for the one before, retries included. */
  readonly inOrder?: boolean;
  /** Unexpected errors (not `Fault`s) after which a message goes to the dead letters. */
  readonly maxFailures?: number;
  readonly signal: AbortSignal;
  readonly tracing?: Tracing | undefined;
  readonly handle: (delivery: Delivery) => Promise<Settlement>;
  readonly onSettled?: (settlement: Settlement, delivery: Delivery, error?: unknown) => void;
  readonly onBroken?: (error: unknown) => void;
}
