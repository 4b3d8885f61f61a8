import type { Random } from "./random.ts";

/**
 * When a rule applies. `on` is an operation such as `messages.create`, or a prefix with a star (`messages.*`); without
 * it the rule applies to every operation. `times` counts down and the rule is dropped at zero; without it the rule
 * stays until it is cleared. `chance` (0–1) asks the seeded generator each time.
 */
export type When = { readonly on?: string; readonly times?: number; readonly chance?: number };

/**
 * A fault in answering a request. `accepted` says whether the provider did the work before it failed to say so: a
 * time-out with `accepted: true` leaves a text in the provider's list, one with `accepted: false` leaves nothing.
 */
export type RequestFault = When & ({ readonly kind: "latency"; readonly ms: number } | Wrong);
export type AnswerFault = When & Wrong;

type Wrong =
  | { readonly kind: "timeout"; readonly accepted: boolean }
  | { readonly kind: "reset"; readonly accepted: boolean }
  | {
      readonly kind: "status";
      readonly status: number;
      readonly body?: "json" | "problem" | "html" | "text" | "empty";
      readonly retryAfterSeconds?: number;
      readonly accepted?: boolean;
    }
  | { readonly kind: "error"; readonly code: number | string };

/** A failure of a delivery: a status callback or a webhook that is lost, doubled, late or out of order. */
export type DeliveryFault = When & {
  readonly kind: "drop" | "duplicate" | "reorder" | "delay";
  readonly ms?: number;
};

const matches = (pattern: string | undefined, operation: string): boolean =>
  pattern === undefined ||
  pattern === operation ||
  (pattern.endsWith("*") && operation.startsWith(pattern.slice(0, -1)));

/** Takes the first rule that applies, and gives the rules that are left. */
export const take = <R extends When>(
  rules: readonly R[],
  operation: string,
  random: Random,
): { readonly taken: R | undefined; readonly rules: readonly R[] } => {
  const index = rules.findIndex(
    (rule) => matches(rule.on, operation) && rule.times !== 0 && (rule.chance === undefined || random() < rule.chance),
  );
  const taken = rules[index];
  if (taken === undefined) return { taken: undefined, rules };
  if (taken.times === undefined) return { taken, rules };
  const left = taken.times - 1;
  return {
    taken,
    rules: rules.flatMap((rule, i) => (i !== index ? [rule] : left > 0 ? [{ ...rule, times: left }] : [])),
  };
};
