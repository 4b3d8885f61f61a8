import { type AnswerFault, type DeliveryFault, type RequestFault, take, type When } from "./faults.ts";
import { type Random, seeded } from "./random.ts";

/** The faults of one provider. `O` is what can be decided about the provider's own work, such as delivery. */
export type FaultSet<O extends When> = {
  readonly requests: readonly RequestFault[];
  readonly deliveries: readonly DeliveryFault[];
  readonly outcomes: readonly O[];
  readonly seed: number;
};

const isLatency = (fault: RequestFault): fault is RequestFault & { kind: "latency" } => fault.kind === "latency";
const isAnswer = (fault: RequestFault): fault is AnswerFault => fault.kind !== "latency";

/** Holds the faults in force; every draw counts its rule down. */
export class FaultBox<O extends When> {
  #set: FaultSet<O>;
  #random: Random;
  readonly #initial: FaultSet<O>;
  readonly #changed: () => void;

  constructor(seed: number, changed: () => void) {
    this.#initial = { requests: [], deliveries: [], outcomes: [], seed };
    this.#set = this.#initial;
    this.#random = seeded(seed);
    this.#changed = changed;
  }

  current(): FaultSet<O> {
    return this.#set;
  }

  /** Replaces the parts that are given and keeps the others. A seed restarts the generator. */
  set(parts: Partial<FaultSet<O>>): void {
    this.#set = { ...this.#set, ...parts };
    if (parts.seed !== undefined) this.#random = seeded(parts.seed);
    this.#changed();
  }

  reset(): void {
    this.set(this.#initial);
  }

  get random(): Random {
    return this.#random;
  }

  drawRequest(operation: string): { delayMs: number; fault: AnswerFault | undefined } {
    const late = take(this.#set.requests.filter(isLatency), operation, this.#random);
    const wrong = take(this.#set.requests.filter(isAnswer), operation, this.#random);
    this.#keep({ requests: [...late.rules, ...wrong.rules] }, late.taken ?? wrong.taken);
    return { delayMs: late.taken?.ms ?? 0, fault: wrong.taken };
  }

  drawDelivery(operation: string): DeliveryFault | undefined {
    const drawn = take(this.#set.deliveries, operation, this.#random);
    this.#keep({ deliveries: drawn.rules }, drawn.taken);
    return drawn.taken;
  }

  drawOutcome(operation: string): O | undefined {
    const drawn = take(this.#set.outcomes, operation, this.#random);
    this.#keep({ outcomes: drawn.rules }, drawn.taken);
    return drawn.taken;
  }

  #keep(parts: Partial<FaultSet<O>>, taken: When | undefined): void {
    this.#set = { ...this.#set, ...parts };
    if (taken?.times !== undefined) this.#changed();
  }
}
