import type { Tracing } from "@touchline/service";

/** A handler's answer: finished, deliver again later, or finished but an operator must look at it. */
export type Settlement = "done" | "later" | "poison";

export interface Delivery {
  /** The subject of its first publication, even when it comes from the dead letters. */
  readonly subject: string;
  readonly data: Uint8Array;
  /** Sequence in its stream. */
  readonly sequence: number;
  /** 1 at the first delivery. */
  readonly deliveries: number;
  /** When it was published. */
  readonly publishedAt: Date;
  /** Finds a header whatever case its publisher used. */
  readonly header: (name: string) => string | undefined;
}

export interface ConsumeOptions {
  readonly stream: string;
  /** `service-purpose`; instances that share it share the work. */
  readonly durable: string;
  readonly filter: string;
  /** Messages in flight at once, in this process. */
  readonly concurrency?: number;
  /** One message at a time among all instances, in the order of the stream. The next waits for the last, retries included. */
  readonly inOrder?: boolean;
  /** How many unexpected errors (not `Fault`s) send a message to the dead letters. */
  readonly maxFailures?: number;
  readonly signal: AbortSignal;
  readonly tracing?: Tracing | undefined;
  readonly handle: (delivery: Delivery) => Promise<Settlement>;
  readonly onSettled?: (settlement: Settlement, delivery: Delivery, error?: unknown) => void;
  readonly onBroken?: (error: unknown) => void;
}
