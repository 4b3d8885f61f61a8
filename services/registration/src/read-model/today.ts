import { deadLetterDepth, type Messaging } from "@touchline/messaging";
import { inTime } from "@touchline/service";
import type { Actor } from "../people/roles.ts";
import { type TodayEntry, todayList } from "../today/list.ts";
import type { Needing } from "./needing.ts";
import type { Row } from "./row.ts";

export interface TodayView {
  /** For the teams that the reader may see. */
  readonly entries: readonly TodayEntry<Row>[];
  /** Messages that wait for an operator; undefined when NATS does not say, or for somebody who does not see the whole club. */
  readonly deadLetters: number | undefined;
}

/** Who needs a human now. Throws `Fault` when the view cannot be read. */
export type Today = (who: Pick<Actor, "teams">) => Promise<TodayView>;

interface TodayDependencies {
  readonly needing: Needing;
  readonly now: () => Date;
  /** Undefined until NATS is connected. */
  readonly messaging: () => Messaging | undefined;
}

/** The longest that a page waits for a hung NATS. */
const NATS_MS = 250;

export const createToday =
  ({ needing, now, messaging }: TodayDependencies): Today =>
  async ({ teams }) => {
    const nats = teams ? undefined : messaging();
    const depth = nats?.connected ? await inTime(deadLetterDepth(nats), nats.runtime, NATS_MS) : undefined;
    return {
      entries: todayList(needing(teams), now()),
      deadLetters: depth?.values().reduce((all, one) => all + one, 0),
    };
  };
