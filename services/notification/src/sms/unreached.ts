import { contentOf, type EmailEvent, type EmailReason, isSnoozed } from "@touchline/contracts";
import { type Circumstances, noLongerSo } from "./circumstances.ts";
import type { RegistrationContext } from "./context.ts";
import { type Announcement, type Text, waitBefore } from "./state.ts";

/** How long a text may be under way before we e-mail the parent. */
const UNDELIVERED_AFTER_MS = 24 * 3_600_000;

/** When a text that has not arrived counts as undelivered. */
export const undeliveredAt = (text: Pick<Text, "requestedAt" | "notBefore">): number =>
  Date.parse(text.requestedAt) + waitBefore(text) + UNDELIVERED_AFTER_MS;

/** Why a text can never arrive, by its announced status. Undefined if it still may. */
export const refusalOf = (
  announced: Pick<Announcement, "status" | "failure" | "numberProblem">,
): EmailReason | undefined => {
  if (announced.status !== "failed" && announced.status !== "undelivered") return undefined;
  if (announced.failure === "opted_out") return "opted_out";
  return announced.numberProblem === "refused" ? "number_refused" : undefined;
};

/** Why a text has not arrived by now; undefined if it has arrived, is not wanted or still may arrive. */
export const unreached = (text: Text, now: Date): EmailReason | undefined => {
  const { announced } = text;
  if (contentOf(text) === "confirmation" || !announced) return undefined;
  if (announced.status === "delivered" || announced.status === "withdrawn") return undefined;
  return refusalOf(announced) ?? (now.getTime() >= undeliveredAt(text) ? "undelivered" : undefined);
};

export interface Surroundings {
  readonly registration: RegistrationContext;
  readonly circumstances: Circumstances;
  /** Every text of the registration. */
  readonly texts: readonly Text[];
}

/** Why this text is not e-mailed although it has not arrived. */
export const noEmailFor = (
  text: Text,
  { registration, circumstances, texts }: Surroundings,
  now: Date,
): Extract<EmailEvent, { type: "EmailWithdrawn" }>["data"]["code"] | undefined => {
  if (registration.erased || registration.cancelled) return "cancelled";
  const settled = noLongerSo(text, circumstances);
  // Anything else is `paid`: confirmations are not e-mailed.
  if (settled) return settled === "link_cancelled" || settled === "set_up" ? settled : "paid";
  if (isSnoozed(registration.snoozedUntil, now)) return "snoozed";
  if (text.announced?.status === "delivered") return "delivered";
  if (text.to !== registration.phone) return "superseded";
  const later = texts.filter((t) => t.smsId !== text.smsId && t.to === text.to && t.requestedAt >= text.requestedAt);
  if (later.some(({ announced }) => announced?.status === "delivered")) return "delivered";
  return later.some(isUnderWay) ? "superseded" : undefined;
};

const isUnderWay = (text: Text): boolean =>
  contentOf(text) !== "confirmation" && (text.announced?.status === "pending" || text.announced?.status === "sent");
