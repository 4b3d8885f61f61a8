import { setTimeout as sleep } from "node:timers/promises";
import type { Metrics } from "@touchline/service";
import type { FastifyReply } from "fastify";
import type { Page, PageName, Pages } from "../pages/pages.ts";
import { pageHeaders, sendPage } from "../pages/send.ts";
import type { Limits } from "./limits.ts";
import type { TapResult } from "./tap.ts";

/** "Not found" is said after a whole number of these, so that nobody learns how far a look-up got. */
const NOT_FOUND_STEP_MS = 60;

/**
 * What can be said to a tap. Nothing is returned: a reply counts as a promise of its own end, and a handler that hands one on
 * makes every tap pay for hearing of it.
 */
export interface Answers {
  show(reply: FastifyReply, outcome: PageName, page?: Page): void;
  tooMany(reply: FastifyReply, afterSeconds: number): void;
  notFound(reply: FastifyReply, since: number): Promise<void>;
  /** Where a tap led; `ownMs` is what it took without waiting for GoCardless. */
  lead(reply: FastifyReply, result: TapResult, took: { ms: number; ownMs: number }): void;
}

export const createAnswers = (pages: Pages, limits: Limits, metrics: Metrics): Answers => {
  const taps = metrics.counter("touchline_payment_link_taps_total", "Taps on payment links, by where they led.", [
    "outcome",
  ]);
  const seconds = metrics.histogram("touchline_payment_link_tap_seconds", "How long a tap took, GoCardless included.", [
    "outcome",
  ]);
  const own = metrics.histogram(
    "touchline_payment_link_tap_own_seconds",
    "How long a tap took, without waiting for GoCardless.",
  );

  const show: Answers["show"] = (reply, outcome, page = pages.page(outcome)) => {
    taps.inc({ outcome });
    sendPage(reply, page);
  };
  const tooMany: Answers["tooMany"] = (reply, afterSeconds) => {
    const page = pages.page("too_many");
    show(reply, "too_many", { ...page, headers: { ...page.headers, "retry-after": String(afterSeconds) } });
  };

  return {
    show,
    tooMany,
    notFound: async (reply, since) => {
      const wait = limits.unknown();
      if (wait) return tooMany(reply, wait);
      const elapsed = performance.now() - since;
      await sleep(NOT_FOUND_STEP_MS * Math.ceil(elapsed / NOT_FOUND_STEP_MS) - elapsed);
      return show(reply, "unknown");
    },
    lead: (reply, result, { ms, ownMs }) => {
      const outcome = result.to === "gocardless" ? (result.reused ? "reused_flow" : "new_flow") : result.to;
      seconds.observe({ outcome }, ms / 1_000);
      own.observe(ownMs / 1_000);
      if (result.to !== "gocardless") return show(reply, result.to);
      taps.inc({ outcome });
      const headers = { ...pageHeaders, location: result.url, "content-length": "0" };
      sendPage(reply, { status: 303, headers, bytes: "" });
    },
  };
};

/** For URLs that the router itself refuses: they look like any other link that does not exist. */
export const sayNotFound =
  (pages: Pages) =>
  (reply: FastifyReply): void => {
    setTimeout(() => sendPage(reply, pages.page("unknown")), NOT_FOUND_STEP_MS);
  };
