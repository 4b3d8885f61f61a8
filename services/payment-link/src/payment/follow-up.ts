import type { Day } from "@touchline/contracts";
import { mustCancel } from "./decide-elsewhere.ts";
import { monthsChanged } from "./decide-money.ts";
import { openRecord } from "./elsewhere.ts";
import { successorOf } from "./mandate-words.ts";
import { missedDays } from "./missed-days.ts";
import { undatedMonths } from "./months.ts";
import { isRefundUnderWay, openWishes, type RefundWish, unreadRefunds } from "./refunds.ts";
import { onAnotherDay, outlived, withAnotherAmount } from "./replacing.ts";
import type { Link, Subscription } from "./state.ts";
import {
  calledOff,
  collectingNow,
  feePaid,
  type Owed,
  openRequest,
  outdatedRequest,
  owed,
  showsOldTerms,
  subscriptionsOn,
  usableMandate,
} from "./status.ts";
import { wasFree } from "./terms.ts";
import { isUnderWay } from "./under-way.ts";

/** What has to be done at GoCardless for a link, one step at a time. Each leads to events, and those to the next step. */
export type Step =
  | { readonly do: "announce" }
  | { readonly do: "miss_months" }
  | { readonly do: "refund"; readonly wish: RefundWish }
  | { readonly do: "read_refund"; readonly refundId: string }
  | { readonly do: "read_months"; readonly paymentIds: readonly string[] }
  | { readonly do: "settle_elsewhere" }
  | { readonly do: "cancel_request"; readonly requestId: string }
  | { readonly do: "remove_payers" }
  | { readonly do: "cancel_subscription"; readonly subscriptionId: string }
  | { readonly do: "amend_subscription"; readonly subscriptionId: string; readonly amountPence: number }
  | AskAgainStep
  | { readonly do: "subscribe"; readonly mandateId: string; readonly count: number };

interface AskAgainStep {
  readonly do: "ask_again";
  readonly replaces: string;
  readonly count: number;
  readonly owed: Owed;
  /** No more is owed than before: only the monthly fee or the payment day was amended. */
  readonly amended?: true;
}

export interface FollowUpFacts {
  /** Whether somebody has just opened the link. */
  readonly tapped: boolean;
  /** Whether a mandate is of use: the season may still have fees to collect. */
  readonly collecting: boolean;
  /** Whether the season has days left on which a monthly fee can be collected. */
  readonly inSeason: boolean;
}

/** The steps due without a tap, most urgent first. A step that has to wait does not hold up the others. */
export const dueSteps =
  ({ today, ...facts }: Omit<FollowUpFacts, "tapped"> & { readonly today: Day }) =>
  (link: Link): Step[] => {
    const [wish] = openWishes(link);
    const [refundId] = unreadRefunds(link);
    const paymentIds = undatedMonths(link);
    const next = nextStep({ ...facts, tapped: false })(link);
    // Nobody knows whether a refund still arrives once its payer is removed.
    const mustWait = next?.do === "remove_payers" && (wish !== undefined || isRefundUnderWay(link, today));
    const over = outlived(link, today);
    const odd = withAnotherAmount(link);
    const steps: (Step | false | undefined)[] = [
      missedDays(link, today).length > 0 && { do: "miss_months" },
      monthsChanged(link, facts.collecting) && { do: "announce" },
      wish && { do: "refund", wish },
      !mustWait && next,
      over && { do: "cancel_subscription", subscriptionId: over.id },
      odd && { do: "amend_subscription", subscriptionId: odd.id, amountPence: link.monthlyFeePence },
      refundId !== undefined && { do: "read_refund", refundId },
      next?.do !== "read_months" && paymentIds.length > 0 && { do: "read_months", paymentIds },
    ];
    return steps.filter((step): step is Step => Boolean(step));
  };

/** The next step about what the link asks for and what collects the monthly fee. */
export const nextStep =
  ({ tapped, collecting, inSeason }: FollowUpFacts) =>
  (link: Link): Step | undefined => {
    const open = openRequest(link);
    const running = link.subscriptions.find((s) => !s.ended);
    const due = owed(link, collecting);

    // Whether money from elsewhere counts is decided once nobody can pay through the link. Until then, the link asks for nothing
    // more.
    const record = openRecord(link);
    if (record && open && mustCancel(link, record)) return { do: "cancel_request", requestId: open.id };
    if (record) return { do: "settle_elsewhere" };
    if (link.closed && open) return { do: "cancel_request", requestId: open.id };
    if ((link.closed || link.monthlyFeePence === 0) && running)
      return { do: "cancel_subscription", subscriptionId: running.id };
    const collections = collectingNow(link);
    const newest = collections.at(-1);
    // The bank reinstated a mandate that the next one had already replaced.
    const elsewhere = collections.find(
      (one) => successorOf(link, one.mandateId) !== successorOf(link, newest?.mandateId ?? ""),
    );
    if (elsewhere) return { do: "cancel_subscription", subscriptionId: elsewhere.id };
    const outdated = outdatedRequest(link, due);
    if (outdated) return { do: "cancel_request", requestId: outdated.id };
    if (link.erased && !link.payersRemoved && !isUnderWay(link)) return { do: "remove_payers" };
    if (calledOff(link)) return undefined;
    // We ask for a fee again at once, so that the parent can be texted. A mandate alone waits until somebody opens the link: this
    // alarms nobody, and anything that fails in the meantime is asked for with it.
    const money = due.feePence > 0 || due.monthsPence > 0;
    if (!open && (money || (tapped && due.mandate))) {
      // We need the amount of a missed month first.
      const paymentIds = due.months.filter((id) => link.months[id]?.amountPence === undefined);
      if (paymentIds.length > 0) return { do: "read_months", paymentIds };
      const last = link.requests.at(-1);
      const isSame = last?.feePence === due.feePence && (last.monthsPence ?? 0) === due.monthsPence;
      const amended = isSame && !last.fulfilledAt && showsOldTerms(link, last) && { amended: true as const };
      return { do: "ask_again", replaces: last?.id ?? link.id, count: link.requests.length, owed: due, ...amended };
    }
    const mandateId = usableMandate(link);
    // One subscription for each mandate. If it ended although its mandate lives, it was finished or the club cancelled it. If it
    // ended with its mandate, it is recreated when the bank reinstates the mandate; if it ended because there was no fee, when
    // there is one again.
    const earlier = subscriptionsOn(link, mandateId);
    const isNoEnd = (s: Subscription) => s.withMandate || s.replaced || wasFree(link, s.endedAt ?? "");
    if (!mandateId || !feePaid(link) || link.monthlyFeePence === 0 || !inSeason) return undefined;
    if (newest ? onAnotherDay(link, mandateId) : earlier.every(isNoEnd)) {
      return { do: "subscribe", mandateId, count: earlier.length };
    }
    return undefined;
  };
