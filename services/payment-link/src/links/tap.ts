import { Fault } from "@touchline/contracts";
import { logFields, type Runtime } from "@touchline/service";
import type { AskAgain } from "../follow-up/ask-again.ts";
import type { Seasons } from "../follow-up/season.ts";
import { destinationOf } from "../payment/destination.ts";
import type { Link } from "../payment/state.ts";
import { openRequest } from "../payment/status.ts";
import { createSendOn, type Lead, type SendOnOptions } from "./send-on.ts";
import { type Stopwatch, stopwatch } from "./stopwatch.ts";

export type TapResult = Lead & {
  /** How long the tap waited for GoCardless. */
  readonly waitedMs: number;
};

export interface TapOptions extends SendOnOptions {
  readonly askAgain: AskAgain;
  readonly seasons: Pick<Seasons, "collecting">;
  readonly runtime: Pick<Runtime, "now" | "monotonicMs" | "uuid">;
}

export interface Taps {
  /** Where a person who opens the link goes. `traceparent` is the request's. */
  tap(link: Link, traceparent?: string): Promise<TapResult>;
  /** Why the link asks for nothing more, by its own facts; undefined if it does. */
  over(link: Link): "paid" | "settled" | "refunded" | "cancelled" | undefined;
  /** Asks GoCardless about somebody who came back and, as far as we know, has not paid. Never throws. */
  checkPaid(link: Link, traceparent?: string): Promise<"paid" | "processing" | undefined>;
}

/** A tap may find that the request is paid, and then that the payment went back. Each time it looks at the link again. */
const MAX_LOOKS = 3;

export const createTaps = (options: TapOptions): Taps => {
  const { askAgain, seasons, flows, log, runtime } = options;
  const { sendOn, learn } = createSendOn(options);

  const lead = async (link: Link, waiting: Stopwatch, traceparent: string | undefined): Promise<Lead> => {
    let now = link;
    for (let looks = MAX_LOOKS; ; looks--) {
      const destination = destinationOf(now, seasons.collecting(now));
      if (destination.to === "new_request") {
        const cause = { service: "payment-link", id: runtime.uuid(), traceparent };
        const again = await waiting.during(askAgain(now, cause));
        if (again === "refused") return { to: "ask_club" };
        if (looks === 0 || !openRequest(again)) return { to: "try_again" };
        now = again;
      } else if (destination.to === "request") {
        const sent = await sendOn(now, destination.request.id, waiting, traceparent);
        if (!sent.changed || looks === 0) return sent.lead;
        now = sent.changed;
      } else {
        return destination;
      }
    }
  };

  const tap: Taps["tap"] = async (link, traceparent) => {
    const waiting = stopwatch(runtime);
    try {
      return { ...(await lead(link, waiting, traceparent)), waitedMs: waiting.ms() };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      log.warn(
        { ...logFields(link.registrationId, traceparent), err: error },
        "could not send a parent to the payment page; the parent was asked to try again",
      );
      return { to: "try_again", waitedMs: waiting.ms() };
    }
  };

  const over: Taps["over"] = (link) => {
    const { to } = destinationOf(link, seasons.collecting(link));
    return to === "request" || to === "new_request" || to === "try_again" ? undefined : to;
  };

  const checkPaid: Taps["checkPaid"] = async (link, traceparent) => {
    const open = openRequest(link);
    if (!open) return undefined;
    try {
      const request = await flows.read(open.id, traceparent);
      if (request?.status === "fulfilling") return "processing";
      if (request?.status !== "fulfilled") return undefined;
      await learn(link, request, traceparent);
      return "paid";
    } catch (err) {
      const about = { ...logFields(link.registrationId, traceparent), err };
      log.warn(about, "could not ask GoCardless whether a parent who came back has paid");
      return undefined;
    }
  };

  return { tap, over, checkPaid };
};
