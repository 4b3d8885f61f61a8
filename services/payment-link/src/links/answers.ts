import type { Metrics, Runtime } from "@touchline/service";
import type { FastifyReply } from "fastify";
import type { AboutLink, PageName, Pages } from "../pages/pages.ts";
import { redirect, sendPage } from "../pages/send.ts";
import type { Limits } from "./limits.ts";
import type { TapResult } from "./tap.ts";

/** "Not found" takes a multiple of this, so that its timing does not reveal how far a look-up got. */
const NOT_FOUND_STEP_MS = 60;

/** The answers to a tap. */
export interface Answers {
  /** `about`: what to fill in about the link. */
  show(reply: FastifyReply, name: PageName, about?: AboutLink): FastifyReply;
  tooMany(reply: FastifyReply, retryAfterSeconds: number): FastifyReply;
  /** `sinceMs`: when the request came, on the monotonic clock. */
  notFound(reply: FastifyReply, sinceMs: number): Promise<FastifyReply>;
  /** Sends the parent to where the tap leads. */
  lead(reply: FastifyReply, result: TapResult, about: AboutLink, sinceMs: number): FastifyReply;
}

export const createAnswers = (
  pages: Pages,
  limits: Limits,
  metrics: Metrics,
  { monotonicMs, sleep }: Runtime,
): Answers => {
  const taps = metrics.counter("touchline_payment_link_taps_total", "Taps on payment links, by where they led.", [
    "outcome",
  ]);
  const seconds = metrics.histogram(
    "touchline_payment_link_tap_seconds",
    "How long a tap took, including GoCardless.",
    ["outcome"],
  );
  const own = metrics.histogram(
    "touchline_payment_link_tap_own_seconds",
    "How long a tap took, without waiting for GoCardless.",
  );

  const show: Answers["show"] = (reply, name, about) => {
    taps.inc({ outcome: name });
    return sendPage(reply, pages.page(name, about));
  };
  const tooMany: Answers["tooMany"] = (reply, retryAfterSeconds) =>
    show(reply.header("retry-after", retryAfterSeconds), "too_many");

  return {
    show,
    tooMany,
    notFound: async (reply, sinceMs) => {
      const retryAfterSeconds = limits.unknown();
      if (retryAfterSeconds) return tooMany(reply, retryAfterSeconds);
      const elapsedMs = monotonicMs() - sinceMs;
      await sleep(NOT_FOUND_STEP_MS * Math.ceil(elapsedMs / NOT_FOUND_STEP_MS) - elapsedMs);
      return show(reply, "unknown");
    },
    lead: (reply, result, about, sinceMs) => {
      const ms = monotonicMs() - sinceMs;
      const outcome = result.to === "gocardless" ? (result.reused ? "reused_flow" : "new_flow") : result.to;
      seconds.observe({ outcome }, ms / 1_000);
      own.observe((ms - result.waitedMs) / 1_000);
      if (result.to !== "gocardless") return show(reply, result.to, about);
      taps.inc({ outcome });
      return redirect(reply, result.url);
    },
  };
};

/** For URLs that the router itself refuses: the answer is that for any link that does not exist. */
export const answerBadUrl =
  (pages: Pages, { after }: Pick<Runtime, "after">) =>
  (reply: FastifyReply): void => {
    after(NOT_FOUND_STEP_MS, () => void sendPage(reply, pages.page("unknown")));
  };
