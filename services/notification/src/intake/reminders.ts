import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { planReminders } from "../sms/reminders.ts";
import type { RequestText } from "./request.ts";

export interface ReminderOptions {
  readonly db: DatabaseSync;
  readonly days: readonly number[];
  readonly request: RequestText;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  readonly onFault: (error: unknown, about: { readonly correlationId: string }) => void;
}

const LOOK_EVERY_MS = 1_000;
const AT_ONCE = 20;
const AFTER_FAULT_MS = 10_000;

interface Row {
  readonly registration_id: string;
  readonly registered_at: number;
  readonly billing_request_id: string | null;
  readonly open: number;
}

/**
 * Requests reminders when their time comes. Every instance does: a text's id says which reminder it is, so that the
 * first to ask wins.
 */
export const startReminders = ({
  db,
  days,
  request,
  now,
  signal,
  onFault,
}: ReminderOptions): { idle(): Promise<void> } => {
  const due = db.prepare("SELECT * FROM registrations WHERE next_at <= ? ORDER BY next_at LIMIT ?");
  const plan = db.prepare("UPDATE registrations SET next_at = ? WHERE registration_id = ?");
  let round: Promise<void> | undefined;

  const decide = async (row: Row): Promise<void> => {
    const at = now();
    const { due: reminder, next } = planReminders(new Date(row.registered_at), days, at);
    if (reminder && row.open && row.billing_request_id) {
      const wanted = { purpose: "reminder", count: reminder.count, registrationId: row.registration_id } as const;
      await request({ ...wanted, billingRequestId: row.billing_request_id }, { id: randomUUID() });
    }
    if (!signal.aborted) plan.run(next?.at.getTime() ?? null, row.registration_id);
  };

  const look = async (): Promise<void> => {
    const rows = due.all(now().getTime(), AT_ONCE) as unknown as Row[];
    for (const row of rows) {
      if (signal.aborted) return;
      await decide(row).catch((error: unknown) => {
        onFault(error, { correlationId: row.registration_id });
        if (!signal.aborted) plan.run(now().getTime() + AFTER_FAULT_MS, row.registration_id);
      });
    }
  };

  const timer = setInterval(() => {
    round ??= look().finally(() => {
      round = undefined;
    });
  }, LOOK_EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  return { idle: async () => round };
};
