import type { Link } from "./state.ts";
import {
  calledOff,
  collectingNow,
  feePaid,
  type Owed,
  openRequest,
  outdatedRequest,
  owed,
  subscriptionsOn,
  usableMandate,
} from "./status.ts";

/** What has to be done at GoCardless for a link, one thing at a time. Doing it leads to events, and those to the next. */
export type Step =
  | { readonly do: "cancel_request"; readonly requestId: string }
  | { readonly do: "cancel_subscription"; readonly subscriptionId: string }
  | { readonly do: "ask_again"; readonly replaces: string; readonly count: number; readonly owed: Owed }
  | { readonly do: "subscribe"; readonly mandateId: string; readonly count: number };

export interface FollowUpFacts {
  /** Whether somebody has opened the link just now. */
  readonly tapped: boolean;
  /** Whether a mandate is of use: the club's season is not known to be over. */
  readonly collecting: boolean;
  /** Whether the season has days left on which a monthly fee can be collected. */
  readonly inSeason: boolean;
}

export const nextStep =
  ({ tapped, collecting, inSeason }: FollowUpFacts) =>
  (link: Link): Step | undefined => {
    const open = openRequest(link);
    const running = link.subscriptions.find((s) => !s.ended);
    const due = owed(link, collecting);

    if (link.closed && open) return { do: "cancel_request", requestId: open.id };
    if (link.closed && running) return { do: "cancel_subscription", subscriptionId: running.id };
    const [older, another] = collectingNow(link);
    // The bank has reinstated a mandate after the next one had taken its place.
    if (older && another) return { do: "cancel_subscription", subscriptionId: older.id };
    const outdated = outdatedRequest(link, due);
    if (outdated) return { do: "cancel_request", requestId: outdated.id };
    if (calledOff(link)) return undefined;
    // A fee is asked for again at once, so that the parent can be texted. A mandate alone waits until somebody opens the link: it
    // alarms nobody, and what else fails meanwhile is then asked for with it.
    if (!open && (due.feePence > 0 || (tapped && due.mandate))) {
      const replaces = link.requests.at(-1)?.id ?? link.id;
      return { do: "ask_again", replaces, count: link.requests.length, owed: due };
    }
    const mandateId = usableMandate(link);
    // Once a mandate: one that ended while its mandate lives was finished, or somebody at the club cancelled it. One that ended
    // with its mandate comes again when the bank reinstates that.
    const earlier = subscriptionsOn(link, mandateId);
    const wanted = earlier.every((s) => s.withMandate) && !older;
    if (mandateId && feePaid(link) && link.monthlyFeePence > 0 && inSeason && wanted) {
      return { do: "subscribe", mandateId, count: earlier.length };
    }
    return undefined;
  };
