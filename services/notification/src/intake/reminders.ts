import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { reminderCount } from "@touchline/contracts";
import { type DueLooks, lookWhenDue } from "@touchline/service";
import type { Runtime } from "@touchline/service/runtime";
import { planReminders } from "../sms/reminders.ts";
import type { RequestText } from "./request.ts";

export interface ReminderOptions {
  readonly db: DatabaseSync;
  readonly days: readonly number[];
  readonly request: RequestText;
  readonly runtime: Pick<Runtime, "now" | "uuid" | "after" | "every">;
  readonly signal: AbortSignal;
  readonly onFault: (error: unknown, about?: { readonly correlationId: string }) => void;
}

/** How soon to look again when more is due than one look takes. */
const LOOK_AGAIN_MS = 1_000;
const AT_ONCE = 20;
const AFTER_FAULT_MS = 10_000;

interface Candidate {
  readonly registrationId: string;
  /** When the fee was last asked for. */
  readonly askedAt: Date;
  /** How often the link had been reopened by then. */
  readonly round: number;
  readonly billingRequestId: string | undefined;
  /** No reminder before then. */
  readonly snoozedUntilMs: number;
  /** Something is owed. */
  readonly open: boolean;
}

const candidateOf = (row: Record<string, SQLOutputValue>): Candidate => ({
  registrationId: String(row.registration_id),
  askedAt: new Date(Math.max(Number(row.asked_at), Number(row.linked_at ?? 0))),
  round: Number(row.round),
  billingRequestId: row.billing_request_id === null ? undefined : String(row.billing_request_id),
  snoozedUntilMs: Number(row.snoozed_until ?? 0),
  open: row.open === 1,
});

/** Requests reminders when they are due. Every instance does: a text's id says which reminder it is, so the first to ask wins. */
export const startReminders = ({
  db,
  days,
  request,
  runtime,
  signal,
  onFault,
}: ReminderOptions): Pick<DueLooks, "changed" | "idle"> => {
  const { now, uuid } = runtime;
  const due = db.prepare("SELECT * FROM registrations WHERE next_at <= ? ORDER BY next_at LIMIT ?");
  const next = db.prepare("SELECT min(next_at) AS at FROM registrations");
  const plan = db.prepare("UPDATE registrations SET next_at = ? WHERE registration_id = ?");

  const decide = async (candidate: Candidate): Promise<void> => {
    const { registrationId, askedAt, round, billingRequestId, snoozedUntilMs, open } = candidate;
    if (snoozedUntilMs > now().getTime()) return void plan.run(snoozedUntilMs, registrationId);
    const { due: reminder, next } = planReminders(askedAt, days, now(), new Date(snoozedUntilMs));
    if (reminder && open && billingRequestId) {
      const count = reminderCount(round, reminder.count);
      await request({ purpose: "reminder", count, registrationId, billingRequestId }, { id: uuid() });
    }
    if (!signal.aborted) plan.run(next?.at.getTime() ?? null, registrationId);
  };

  const look = async (): Promise<void> => {
    for (const candidate of due.all(now().getTime(), AT_ONCE).map(candidateOf)) {
      if (signal.aborted) return;
      const { registrationId } = candidate;
      await decide(candidate).catch((error: unknown) => {
        onFault(error, { correlationId: registrationId });
        if (!signal.aborted) plan.run(now().getTime() + AFTER_FAULT_MS, registrationId);
      });
    }
  };

  const looks = lookWhenDue({
    runtime,
    signal,
    nextMs: () => (next.get()?.at as number | null | undefined) ?? undefined,
    look: () => look().catch((error: unknown) => onFault(error)),
    againMs: LOOK_AGAIN_MS,
  });
  looks.changed();
  return looks;
};
