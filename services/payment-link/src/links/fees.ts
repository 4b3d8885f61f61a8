import { feeWords } from "@touchline/contracts";
import type { Seasons } from "../follow-up/season.ts";
import type { Link } from "../payment/state.ts";
import { asksMandate, collectingNow, isOwed, owed } from "../payment/status.ts";

/** What the link asks for, or what the family pays once it asks for nothing, in words for its pages; empty if that is nothing. */
export const createFees =
  (seasons: Pick<Seasons, "monthlyShown" | "collecting">) =>
  (link: Link): string => {
    const collecting = collectingNow(link).length > 0;
    const stopped = link.subscriptions.some((s) => s.ended && !s.withMandate) && !collecting;
    const monthly = asksMandate(link) && !stopped ? seasons.monthlyShown(link) : undefined;
    const due = owed(link, seasons.collecting(link));
    const oncePence = isOwed(due) ? due.feePence + due.monthsPence : link.feePence;
    // We do not know here which of its collections are over.
    return feeWords(oncePence, monthly && collecting ? { ...monthly, from: undefined } : monthly);
  };
