import type { DatabaseSync } from "node:sqlite";
import { isHeldBack, isOptOut, reviveText } from "../sms/opt-in.ts";
import type { ProviderWords } from "../sms/provider.ts";
import type { SuppressionList } from "../suppression/list.ts";
import type { Facts } from "./facts.ts";
import type { LoggedText, Texts } from "./texts.ts";

export interface OptInOptions {
  readonly db: DatabaseSync;
  readonly texts: Pick<Texts, "decide">;
  readonly facts: Facts;
  readonly suppression: Pick<SuppressionList, "isOptedOut">;
  readonly words: Pick<ProviderWords, "failureOf">;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/**
 * Revives the links that an opt-out held back and whose parents want texts again. It polls instead of reacting to the opt-in
 * event, so that none is lost with a message. Resolves with how many it revived.
 */
export const reviveHeldBack = async (options: OptInOptions): Promise<number> => {
  const { db, texts, words, now, signal } = options;
  let revived = 0;
  for (const registrationId of registrationsHeldBack(db, words)) {
    if (signal.aborted) break;
    const text = await linkHeldBack(options, registrationId);
    if (!text) continue;
    const { events } = await texts.decide(text.smsId, reviveText(words.failureOf, now()));
    if (events.length > 0) revived++;
  }
  return revived;
};

const registrationsHeldBack = (db: DatabaseSync, { failureOf }: OptInOptions["words"]): string[] => {
  const rows = db
    .prepare(
      `SELECT DISTINCT registration_id, code FROM texts
       WHERE status IN ('given_up', 'rejected', 'undelivered', 'failed') AND code IS NOT NULL`,
    )
    .all();
  const heldBack = rows.filter(({ code }) => isOptOut(String(code), failureOf));
  return [...new Set(heldBack.map((row) => String(row.registration_id)))];
};

/** The last text with the link to the parent's number, if an opt-out held it back and no longer does. */
const linkHeldBack = async (
  { facts, suppression, words }: OptInOptions,
  registrationId: string,
): Promise<LoggedText | undefined> => {
  const registration = await facts.registration(registrationId);
  if (!registration || registration.cancelled || (await suppression.isOptedOut(registration.phone))) return undefined;
  const first = await facts.text(registrationId, "payment_link", 0);
  const link = first && (await facts.link(first.billingRequestId));
  const texts = await facts.texts(registrationId, registration, link);
  const [last] = texts
    .filter((text) => text.to === registration.phone && text.purpose !== "reminder" && text.status !== "withdrawn")
    .sort((a, b) => (a.position < b.position ? 1 : -1));
  return last && isHeldBack(last, words.failureOf) ? last : undefined;
};
