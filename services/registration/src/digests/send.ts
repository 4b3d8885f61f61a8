import type { DigestEvent } from "@touchline/contracts";
import { type EventStore, load, transact } from "@touchline/event-store";
import { londonDay, londonHour } from "@touchline/london";
import type { Mailer, MailOutcome } from "@touchline/mail";
import { v5 as uuidv5 } from "uuid";
import { type DigestState, digestAggregate, endDigest, isDue, startDigest } from "./decide.ts";
import type { Digest } from "./write.ts";

/** A recipient at the club, and what to write when it is time; undefined if there is nothing to report. */
export interface Audience {
  /** As stored: `secretary`, or `team/` and the team's name. */
  readonly audience: string;
  readonly to: string;
  readonly write: () => Promise<Digest | undefined>;
}

export interface DigestOptions {
  readonly store: EventStore;
  readonly mailer: Mailer;
  readonly audiences: readonly Audience[];
  readonly now: () => Date;
  readonly onOutcome: (outcome: MailOutcome) => void;
}

/** London time. After noon the morning's news is out of date. */
const FROM_HOUR = 8;
const UNTIL_HOUR = 12;

const MAILS = "9a3c8a52-6f0b-5e0e-8d2f-2a4f6c1b7d35";

/** Sends the morning's e-mails that are due, each once a day, from whichever instance claims it. */
export const createDigests =
  ({ store, mailer, audiences, now, onOutcome }: DigestOptions) =>
  async (): Promise<void> => {
    const at = now();
    const hour = londonHour(at);
    if (hour < FROM_HOUR || hour >= UNTIL_HOUR) return;
    const day = londonDay(at);
    const decide = (decision: (state: DigestState) => DigestEvent[]) =>
      transact(store, digestAggregate, day, decision, { service: "registration", claim: true });
    const { state } = await load(store, digestAggregate, day);
    for (const { audience, to, write } of audiences) {
      const digest = isDue(state, audience, at) ? await write() : undefined;
      if (!digest) continue;
      const claimed = await decide(startDigest(audience, at));
      const attempt = claimed.state[audience]?.attempt;
      if (claimed.events.length === 0 || attempt === undefined) continue;
      // Outside of the transaction: a version conflict runs the decision again, and would send twice.
      const outcome = await mailer.send({ id: uuidv5(`${day}/${audience}`, MAILS), to, ...digest });
      onOutcome(outcome);
      const code = outcome.kind === "sent" ? {} : { code: outcome.code };
      await decide(endDigest({ audience, attempt, outcome: outcome.kind, ...code }, now()));
    }
  };
