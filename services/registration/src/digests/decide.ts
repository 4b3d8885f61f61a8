import type { DigestEvent } from "@touchline/contracts";

type Ended = Extract<DigestEvent, { type: "DigestAttemptEnded" }>["data"];

interface Sending {
  readonly attempt: number;
  /** Undefined while it is running. It stays undefined if the process died, because nobody can say whether the e-mail was sent. */
  readonly ended?: Pick<Ended, "outcome" | "endedAt">;
}

/** What was sent on one day, by recipient. */
export type DigestState = Readonly<Record<string, Sending>>;

/** How the stream `digest-{day}` folds. */
export const digestAggregate = {
  category: "digest",
  initial: {} as DigestState,
  evolve: (state: DigestState, { type, data }: DigestEvent): DigestState => {
    if (type === "DigestAttemptStarted") return { ...state, [data.audience]: { attempt: data.attempt } };
    const { audience, attempt, outcome, endedAt } = data;
    return { ...state, [audience]: { attempt, ended: { outcome, endedAt } } };
  },
} as const;

const RETRY_AFTER_MS = 10 * 60_000;

/** Whether an attempt may be made: the first, or another one if the mail server deferred the last. */
export const isDue = (state: DigestState, audience: string, now: Date): boolean => {
  const last = state[audience];
  if (!last) return true;
  return last.ended?.outcome === "later" && now.getTime() >= Date.parse(last.ended.endedAt) + RETRY_AFTER_MS;
};

/** Claims the next attempt. No events if another instance has claimed it, or if the last outcome is final. */
export const startDigest =
  (audience: string, now: Date) =>
  (state: DigestState): DigestEvent[] =>
    isDue(state, audience, now)
      ? [
          {
            type: "DigestAttemptStarted",
            data: { audience, attempt: (state[audience]?.attempt ?? 0) + 1, startedAt: now.toISOString() },
          },
        ]
      : [];

/** Records the outcome of an attempt, once. */
export const endDigest =
  (data: Pick<Ended, "audience" | "attempt" | "outcome" | "code">, now: Date) =>
  (state: DigestState): DigestEvent[] => {
    const last = state[data.audience];
    if (!last || last.attempt !== data.attempt || last.ended) return [];
    return [{ type: "DigestAttemptEnded", data: { ...data, endedAt: now.toISOString() } }];
  };
