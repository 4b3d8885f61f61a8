import { type EventStore, streamName } from "@touchline/event-store";
import { findLink } from "@touchline/timeline";
import { may, sees } from "../people/roles.ts";
import { type Find, findSeen } from "../read-model/find.ts";
import { recordWishId, refundWishId } from "../read-model/money-wishes.ts";
import type { OwnWrites } from "../read-model/own-writes.ts";
import type { Queries } from "../read-model/queries.ts";
import type { Row } from "../read-model/row.ts";
import { type AmendWish, amend, amendsTerms } from "../registration/amend.ts";
import { cancel, correctPhone, erase, type RefundWish, refund, resend } from "../registration/decide.ts";
import { checkMoney, type MoneyWish, recordMoney } from "../registration/money.ts";
import { checkReason, checkRefund } from "../registration/names.ts";
import { addNote, checkWish, type NoteWish, removeNote } from "../registration/notes.ts";
import { release } from "../registration/release.ts";
import { handleReplies, recordTextsWish } from "../registration/replies.ts";
import { checkPhone } from "../registration/validate.ts";
import { owes } from "../today/next-actions.ts";

export type { By } from "./changer.ts";

import { type By, type Change, changer, notAllowed, notFound } from "./changer.ts";
import { type FollowUpChanges, followUpChanges } from "./follow-up.ts";
import type {
  AmendOutcome,
  CancelOutcome,
  CorrectionOutcome,
  EraseOutcome,
  MoneyOutcome,
  NoTextReason,
  NoteOutcome,
  NoteRemovalOutcome,
  RefundOutcome,
  ReleaseOutcome,
  RepliesOutcome,
  ResendOutcome,
  TextsWishOutcome,
} from "./outcome.ts";

export interface ChangeDependencies {
  readonly store: EventStore;
  readonly find: Find;
  readonly queries: Pick<Queries, "factsOf" | "pages">;
  readonly ownWrites: Pick<OwnWrites, "note" | "settled">;
  /** Whether the fees are play money. */
  readonly testFees: boolean;
  readonly now: () => Date;
}

/**
 * What operators and the chat may do to a registration. Only a `Fault` is thrown; every other answer is an outcome. A family
 * that the actor may not see is reported as not found.
 */
export interface Changes extends FollowUpChanges {
  readonly resend: (registrationId: string, by: By) => Promise<ResendOutcome>;
  /** `phone` as it was typed. */
  readonly correctPhone: (registrationId: string, phone: string, by: By) => Promise<CorrectionOutcome>;
  readonly cancel: (registrationId: string, reason: string, by: By) => Promise<CancelOutcome>;
  /** Releases a held registration: it gets its link and its text. */
  readonly release: (registrationId: string, by: By) => Promise<ReleaseOutcome>;
  /** Corrects the team, the age group or a name, or agrees a new monthly fee or payment day. The latter needs permission to move money. */
  readonly amend: (registrationId: string, wish: AmendWish, by: By) => Promise<AmendOutcome>;
  /** Asks for a refund. Payment-link reports the result. */
  readonly refund: (registrationId: string, wish: RefundWish, by: By) => Promise<RefundOutcome>;
  /** Records money from elsewhere, or withdraws such a record. Payment-link decides whether it counts. */
  readonly recordMoney: (registrationId: string, wish: MoneyWish, by: By) => Promise<MoneyOutcome>;
  readonly addNote: (registrationId: string, wish: NoteWish, by: By) => Promise<NoteOutcome>;
  readonly removeNote: (registrationId: string, noteId: string, by: By) => Promise<NoteRemovalOutcome>;
  readonly erase: (registrationId: string, by: By) => Promise<EraseOutcome>;
  /** Marks the replies until then as dealt with; all of them if absent. */
  readonly markRepliesHandled: (registrationId: string, upTo: Date | undefined, by: By) => Promise<RepliesOutcome>;
  /** Notification reports the result. */
  readonly recordTextsWish: (registrationId: string, wanted: boolean, by: By) => Promise<TextsWishOutcome>;
}

export const createChanges = (dependencies: ChangeDependencies): Changes => {
  const { find, queries, now } = dependencies;
  const change = changer(dependencies);

  /** `asksMore`: the text may ask for something else than the fee. */
  const whyNoText = (row: Row, asksMore = false): NoTextReason | undefined => {
    if (row.payment_status === "cancelled") return "registration_cancelled";
    if (row.held_for !== null) return "held";
    const { payment_status: status } = row;
    if (!asksMore && (status === "paid" || status === "refunded" || status === "waived")) return status;
    if (row.phone_refuses_texts) return queries.factsOf(row.registration_id)?.optedOut ? "opted_out" : "number_refused";
    return row.payment_token_error ? "no_link" : undefined;
  };

  return {
    resend: async (registrationId, by) => {
      if (!may(by.actor, "resend")) return notAllowed;
      const row = await findSeen(find, registrationId, by.actor);
      if (!row) return notFound;
      const reason = whyNoText(row);
      return reason
        ? { kind: "not_texted", reason }
        : change("resend", registrationId, resend(registrationId, now()), by);
    },

    correctPhone: async (registrationId, phone, by) => {
      const checked = checkPhone(phone);
      if (!checked.ok) return { kind: "invalid", field: "parentPhone", violation: checked.violation };
      const result = await change("correct", registrationId, correctPhone(registrationId, checked.value, now()), by);
      if (result.kind !== "corrected") return result;
      // The row already has the new number, and what is known about it.
      const row = await find(registrationId);
      return { kind: "corrected", noText: row && whyNoText(row, owes(row)) };
    },

    cancel: async (registrationId, reason, by) => {
      const checked = checkReason(reason);
      if (!checked.ok) return { kind: "invalid", field: "reason", violation: checked.violation };
      return change("cancel", registrationId, cancel(registrationId, checked.value, now()), by);
    },

    release: (registrationId, by) => change("release", registrationId, release(registrationId, now()), by),

    amend: async (registrationId, wish, by) => {
      // Nobody moves a family out of their own sight, nor into a team that they do not look after.
      if (wish.team !== undefined && !sees(by.actor, wish.team.trim())) return notAllowed;
      const act = amendsTerms(wish) ? "move_money" : "amend";
      return change(act, registrationId, amend(registrationId, wish, dependencies.testFees, now()), by);
    },

    ...moneyChanges(dependencies, change),
    ...textingChanges(dependencies, change),
    ...followUpChanges(dependencies, change),
    ...eraseChange(dependencies, change),

    addNote: async (registrationId, wish, by) => {
      if (!may(by.actor, "note")) return notAllowed;
      const checked = checkWish(wish);
      if (!checked.ok) return { kind: "invalid", field: checked.field, violation: checked.violation };
      return change("note", registrationId, addNote(registrationId, checked.wish, now()), by);
    },

    removeNote: async (registrationId, noteId, by) =>
      change("note", registrationId, removeNote(registrationId, noteId, now()), by),
  };
};

const eraseChange = (
  { store, find, now }: Pick<ChangeDependencies, "store" | "find" | "now">,
  change: Change,
): Pick<Changes, "erase"> => ({
  erase: async (registrationId, by) => {
    if (!may(by.actor, "erase")) return notAllowed;
    const row = await find(registrationId);
    const link = row && (await linkOf(store, row));
    return change("erase", registrationId, erase(registrationId, link, now()), by);
  },
});

/** While the view is behind, or is being rebuilt, its row may lack a link that exists. */
const linkOf = async (store: EventStore, row: Row): Promise<string | undefined> =>
  row.billing_request_id ??
  (await findLink(store, row.registration_id, await store.read(streamName("registration", row.registration_id))));

const textingChanges = (
  { find, queries, now }: Pick<ChangeDependencies, "find" | "queries" | "now">,
  change: Change,
): Pick<Changes, "markRepliesHandled" | "recordTextsWish"> => ({
  markRepliesHandled: async (registrationId, upTo, by) => {
    if (!may(by.actor, "handle_replies")) return notAllowed;
    const row = await findSeen(find, registrationId, by.actor);
    if (!row) return notFound;
    if (!row.replied_at) return { kind: "no_replies" };
    // A reply cannot be dealt with before it came.
    const until = new Date(Math.min(Date.parse(row.replied_at), upTo?.getTime() ?? Number.POSITIVE_INFINITY));
    if (Number.isNaN(until.getTime())) {
      const violation = { code: "invalid", message: "An instant, such as 2026-09-01T10:00:00.000Z." } as const;
      return { kind: "invalid", field: "upTo", violation };
    }
    return change("handle_replies", registrationId, handleReplies(registrationId, until, now()), by);
  },

  recordTextsWish: async (registrationId, wanted, by) => {
    if (!may(by.actor, "wish_texts")) return notAllowed;
    const row = await findSeen(find, registrationId, by.actor);
    if (!row) return notFound;
    const wantsTexts = queries.factsOf(registrationId)?.optedOut !== true;
    if (wanted === wantsTexts) return { kind: "wish_known" };
    return change("wish_texts", registrationId, recordTextsWish(registrationId, wanted, now()), by);
  },
});

const moneyChanges = (
  { store, find, queries, now }: Pick<ChangeDependencies, "store" | "find" | "queries" | "now">,
  change: Change,
): Pick<Changes, "refund" | "recordMoney"> => {
  /** The result of an earlier wish, if payment-link has reported it. */
  const whatCame = (registrationId: string, wishId: string) => {
    const wish = queries.factsOf(registrationId)?.wishes?.find(({ id }) => id === wishId);
    if (wish?.problem) return { kind: "came_to_nothing", why: wish.problem } as const;
    return wish?.done ? "done" : undefined;
  };

  /** Undefined if nothing prevents it. */
  const refusalOf = async (registrationId: string, { actor }: By): Promise<"no_link" | typeof notFound | undefined> => {
    const row = await findSeen(find, registrationId, actor);
    if (!row) return notFound;
    return (await linkOf(store, row)) ? undefined : "no_link";
  };

  return {
    refund: async (registrationId, wish, by) => {
      const violation = checkRefund(wish);
      if (violation) return { kind: "invalid", ...violation };
      if (!may(by.actor, "move_money")) return notAllowed;
      const refusal = await refusalOf(registrationId, by);
      if (refusal) return refusal === "no_link" ? { kind: "nothing_paid" } : refusal;
      const result = await change("move_money", registrationId, refund(registrationId, wish, now()), by);
      if (result.kind !== "refunding") return result;
      const came = whatCame(registrationId, refundWishId(wish.refundRequestId));
      return came === "done" ? { kind: "refunded" } : (came ?? result);
    },

    recordMoney: async (registrationId, wish, by) => {
      const violation = checkMoney(wish);
      if (violation) return { kind: "invalid", ...violation };
      if (!may(by.actor, "move_money")) return notAllowed;
      const refusal = await refusalOf(registrationId, by);
      if (refusal) return refusal === "no_link" ? { kind: "no_fee" } : refusal;
      const result = await change("move_money", registrationId, recordMoney(registrationId, wish, now()), by);
      if (result.kind !== "recorded_before") return result;
      const came = whatCame(registrationId, recordWishId(wish.recordId));
      return came === "done" ? { kind: "counted" } : (came ?? result);
    },
  };
};
