import { catalogue } from "@touchline/contracts";
import type { EventStore, StoredEvent } from "@touchline/event-store";
import { smsAggregate } from "@touchline/notification/sms";
import { twilioWords } from "@touchline/notification/twilio-words";
import { paymentAggregate } from "@touchline/payment-link/payment-stream";
import { registrationAggregate } from "@touchline/registration/registration-state";

interface Aggregate<S, E> {
  readonly category: string;
  readonly initial: S;
  readonly evolve: (state: S, event: E) => S;
}

/** One aggregate: gives its status before each event of a stream. */
interface Watched {
  readonly category: string;
  readonly statuses: (events: readonly StoredEvent[]) => readonly string[];
}

const watch = <S, E>({ category, initial, evolve }: Aggregate<S, E>, statusOf: (state: S) => string): Watched => ({
  category,
  statuses: (events) => {
    let state = initial;
    return events.map((event) => {
      const before = statusOf(state);
      state = evolve(state, event as E);
      return before;
    });
  },
});

const watched: readonly Watched[] = [
  watch(registrationAggregate, ({ status }) => status),
  // A link's status is what was last announced about it.
  watch(paymentAggregate, (link) => (link.status === "none" ? "none" : (link.announced ?? "not announced"))),
  watch(smsAggregate(twilioWords), ({ status }) => status),
];

/** Which event was stored in which state, over many seeds. */
export interface Coverage {
  /** Counts the events of a run. */
  readonly count: (store: Pick<EventStore, "readAll">) => Promise<void>;
  /** A table of counts, and the event types of these aggregates that were never met. */
  readonly lines: () => readonly string[];
}

export const createCoverage = (): Coverage => {
  const counts = new Map<string, number>();
  const met = new Set<string>();
  const countAll = async (store: Pick<EventStore, "readAll">): Promise<void> => {
    for (const { category, statuses } of watched) {
      const events: StoredEvent[] = [];
      for await (const event of store.readAll({ prefixes: [`${category}-`] })) events.push(event);
      for (const stream of Map.groupBy(events, (event) => event.stream).values())
        for (const [index, status] of statuses(stream).entries()) {
          const type = stream[index]?.type ?? "";
          met.add(type);
          const transition = `${category.padEnd(13)} ${status.padEnd(16)} ${type}`;
          counts.set(transition, (counts.get(transition) ?? 0) + 1);
        }
    }
  };
  const lines = () => {
    const categories = new Set(watched.map(({ category }) => category));
    const never = [...catalogue.values()].filter(({ type, category }) => categories.has(category) && !met.has(type));
    return [
      `${counts.size} transitions met: how often, aggregate, status before, event`,
      ...[...counts]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([what, times]) => `${String(times).padStart(8)}  ${what}`),
      `never met: ${never.map(({ type }) => type).join(", ") || "none"}`,
    ];
  };
  return { count: countAll, lines };
};
