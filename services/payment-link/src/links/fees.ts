import { feeWords } from "@touchline/contracts";
import type { Seasons } from "../follow-up/season.ts";
import type { Link } from "../payment/state.ts";
import { asksMandate, collectingNow } from "../payment/status.ts";

/** What a family pays, in words for its pages; empty if it pays nothing. */
export const createFees =
  (seasons: Pick<Seasons, "monthly">) =>
  (link: Link): string => {
    const collecting = collectingNow(link).length > 0;
    const stopped = link.subscriptions.some((s) => s.ended && !s.withMandate) && !collecting;
    const monthly = asksMandate(link) && !stopped ? seasons.monthly(link) : undefined;
    // We do not know here which of its collections are over.
    return feeWords(link.feePence, monthly && collecting ? { ...monthly, from: undefined } : monthly);
  };
