import type { PaymentEvent } from "@touchline/contracts";
import { type EventStore, streamName } from "@touchline/event-store";
import { feeStanding } from "../ledger/fee-standing.ts";
import { may, sees } from "../people/roles.ts";
import { textedToday } from "../read-model/arrears.ts";
import type { OwnWrites } from "../read-model/own-writes.ts";
import type { Queries } from "../read-model/queries.ts";
import type { Row } from "../read-model/row.ts";
import { type RemindResult, remind } from "../registration/remind.ts";
import { readSnooze, snooze } from "../registration/snooze.ts";
import { type By, type Change, notAllowed } from "./changer.ts";
import type { NoReminderReason, SnoozeOutcome, TeamOutcome } from "./outcome.ts";

export interface FollowUpDependencies {
  readonly store: EventStore;
  readonly queries: Pick<Queries, "factsOf" | "pages">;
  readonly ownWrites: Pick<OwnWrites, "settled">;
  readonly now: () => Date;
}

export interface TeamReminder {
  readonly team: string;
  /** `2526` */
  readonly season: string;
  /** Only reports what it would do. */
  readonly dryRun?: boolean;
}

export interface FollowUpChanges {
  /** `until` as in SnoozeRegistrationRequest. */
  readonly snooze: (registrationId: string, until: string, by: By) => Promise<SnoozeOutcome>;
  /** Asks for a reminder to each family of the team that has not paid. */
  readonly remindTeam: (wanted: TeamReminder, by: By) => Promise<TeamOutcome>;
}

/** Changes about families that have not paid. */
export const followUpChanges = (dependencies: FollowUpDependencies, change: Change): FollowUpChanges => ({
  snooze: async (registrationId, text, by) => {
    const now = dependencies.now();
    const read = readSnooze(text, now);
    if (!read.ok) return { kind: "invalid", field: "until", violation: read.violation };
    return change("snooze", registrationId, snooze(registrationId, read.until, now), by);
  },

  remindTeam: async ({ team, season, dryRun = false }, by) => {
    if (!may(by.actor, "remind")) return notAllowed;
    await dependencies.ownWrites.settled();
    const pages = sees(by.actor, team) ? dependencies.queries.pages({ team, season, only: ["unpaid"] }) : [];
    const skipped = new Map<NoReminderReason, number>();
    let reminded = 0;
    for (const row of [...pages].flat()) {
      const result = await remindOne(dependencies, change, row, dryRun, by);
      if (result === "reminded") reminded++;
      else if (result) skipped.set(result, (skipped.get(result) ?? 0) + 1);
    }
    return { kind: "team_reminded", reminded, skipped };
  },
});

/** Undefined if there is nobody left to remind. */
const remindOne = async (
  { store, queries, now: clock }: FollowUpDependencies,
  change: Change,
  { registration_id: id, billing_request_id: token, held_for, phone_refuses_texts }: Row,
  dryRun: boolean,
  by: By,
): Promise<"reminded" | NoReminderReason | undefined> => {
  const facts = queries.factsOf(id);
  if (!facts) return undefined;
  if (held_for !== null) return "held";
  if (token === null) return "no_link";
  if (phone_refuses_texts) return facts.optedOut ? "opted_out" : "number_refused";
  const now = clock();
  const fee = feeStanding(await store.read<PaymentEvent>(streamName("payment", token)), now);
  const decide = remind(id, { fee, texted: textedToday(facts, now) }, now);
  const outcome = await change<RemindResult>(
    "remind",
    id,
    (state) => (dryRun ? { ...decide(state), events: [] } : decide(state)),
    by,
  );
  const { kind } = outcome;
  return kind === "not_found" || kind === "not_owed" || kind === "not_allowed" ? undefined : kind;
};
