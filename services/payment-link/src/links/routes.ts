import { setTimeout as sleep } from "node:timers/promises";
import { Fault } from "@touchline/contracts";
import type { Logger, Metrics } from "@touchline/service";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Page, PageName, Pages } from "../pages/pages.ts";
import { pageHeaders, sendPage } from "../pages/send.ts";
import type { Link } from "../payment/state.ts";
import { type LimitsOptions, registerLimits } from "./limits.ts";
import { type Lookup, linkPattern } from "./lookup.ts";
import { isPreview } from "./preview.ts";
import type { Taps } from "./tap.ts";

export interface LinkRoutesOptions {
  readonly lookup: Lookup;
  readonly taps: Taps;
  readonly pages: Pages;
  readonly limits: LimitsOptions;
  readonly log: Logger;
  readonly metrics: Metrics;
}

type ById = FastifyRequest<{ Params: { id: string } }>;

/** "Not found" is said after a whole number of these, so that nobody learns how far a look-up got. */
const NOT_FOUND_STEP_MS = 60;

/** `/reg_setup/{id}` and the two pages that GoCardless sends people back to. Register it with that prefix. */
export const linkRoutes = async (app: FastifyInstance, options: LinkRoutesOptions): Promise<void> => {
  const { lookup, taps, pages, log, metrics } = options;
  const limits = await registerLimits(app, options.limits);
  const counted = metrics.counter("payment_link_taps_total", "Taps on payment links, by where they led.", ["outcome"]);
  const seconds = metrics.histogram("payment_link_tap_seconds", "How long a tap took, GoCardless included.", [
    "outcome",
  ]);

  // Bound once: a tap then pays for no label's hashing.
  const bound = new Map<string, { count: () => void; took: (seconds: number) => void }>();
  const meters = (outcome: string) => {
    const found = bound.get(outcome);
    if (found) return found;
    const counter = counted.labels({ outcome });
    const histogram = seconds.labels({ outcome });
    const made = { count: () => counter.inc(), took: (s: number) => histogram.observe(s) };
    bound.set(outcome, made);
    return made;
  };

  const own = metrics.histogram("payment_link_tap_own_seconds", "How long a tap took, without waiting for GoCardless.");

  const show = (reply: FastifyReply, outcome: PageName, page: Page = pages.page(outcome)) => {
    meters(outcome).count();
    return sendPage(reply, page);
  };

  const tooMany = (reply: FastifyReply, afterSeconds: number) => {
    void reply.header("retry-after", String(afterSeconds));
    return show(reply, "too_many");
  };

  const notFound = async (request: FastifyRequest, reply: FastifyReply, since: number) => {
    const wait = await limits.unknown(request);
    if (wait) return tooMany(reply, wait);
    const elapsed = performance.now() - since;
    await sleep(NOT_FOUND_STEP_MS * Math.ceil(elapsed / NOT_FOUND_STEP_MS) - elapsed);
    return show(reply, "unknown");
  };

  app.setNotFoundHandler((request, reply) => notFound(request, reply, performance.now()));
  app.setErrorHandler<Error>((error, request, reply) => {
    log.error({ err: error, route: request.routeOptions.url }, "a link could not be answered");
    return show(reply, "try_again");
  });

  /** The link, or undefined when everything has been said already. */
  const find = async (request: ById, reply: FastifyReply, since: number): Promise<Link | undefined> => {
    const { id } = request.params;
    const crowded = await limits.address(request);
    if (crowded) return void tooMany(reply, crowded);
    if (!linkPattern.test(id)) return void (await notFound(request, reply, since));
    const eager = await limits.link(request);
    if (eager) return void tooMany(reply, eager);
    const known = lookup.known(id);
    if (known) return known;
    try {
      const link = await lookup.fromStream(id);
      if (!link) await notFound(request, reply, since);
      return link;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      log.warn({ err: error }, "a link could not be looked up");
      return void show(reply, "try_again");
    }
  };

  app.route({
    method: ["GET", "HEAD"],
    url: "/:id",
    handler: async (request: ById, reply) => {
      const since = performance.now();
      const link = await find(request, reply, since);
      if (!link) return reply;
      if (request.method === "HEAD" || isPreview(request.headers)) return show(reply, "preview");
      const waited = { ms: 0 };
      const result = await taps.tap(link, waited);
      const outcome = result.to === "gocardless" ? (result.reused ? "reused_flow" : "new_flow") : result.to;
      const tookMs = performance.now() - since;
      meters(outcome).took(tookMs / 1_000);
      own.observe((tookMs - waited.ms) / 1_000);
      if (result.to !== "gocardless") return show(reply, result.to);
      meters(outcome).count();
      return reply.code(303).headers(pageHeaders).header("location", result.url).send();
    },
  });

  /** Whether the two pages below may be shown; if not, something else has been said. They look nothing up that tells. */
  const welcome = async (request: ById, reply: FastifyReply): Promise<boolean> => {
    const crowded = await limits.address(request);
    if (crowded) await tooMany(reply, crowded);
    else if (!linkPattern.test(request.params.id)) await notFound(request, reply, performance.now());
    else return true;
    return false;
  };

  // Said without waiting for anybody: whoever comes from GoCardless's last page has done their part.
  app.get("/:id/thanks", async (request: ById, reply) => {
    if (!(await welcome(request, reply))) return reply;
    const { id } = request.params;
    const link = lookup.known(id);
    if (link && !isPreview(request.headers)) void taps.checkPaid(link);
    return show(reply, "thanks");
  });

  app.get("/:id/exit", async (request: ById, reply) => {
    if (!(await welcome(request, reply))) return reply;
    return show(reply, "came_back", pages.cameBack(request.params.id));
  });
};

/** For URLs that the router itself refuses: they look like any other link that does not exist. */
export const sayNotFound =
  (pages: Pages) =>
  (reply: FastifyReply): void => {
    setTimeout(() => void sendPage(reply, pages.page("unknown")), NOT_FOUND_STEP_MS);
  };
