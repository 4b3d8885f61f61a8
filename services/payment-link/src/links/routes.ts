import { Fault } from "@touchline/contracts";
import { aboutStory, type Logger, type Metrics } from "@touchline/service";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Pages } from "../pages/pages.ts";
import type { Link } from "../payment/state.ts";
import { type Answers, createAnswers } from "./answers.ts";
import { createLimits, type Limits, type LimitsOptions } from "./limits.ts";
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

/** `/reg_setup/{id}` and the two pages that GoCardless sends people back to. Register it with that prefix. */
export const linkRoutes = async (app: FastifyInstance, options: LinkRoutesOptions): Promise<void> => {
  const { lookup, taps, pages, log, metrics } = options;
  const limits = createLimits(options.limits);
  const answers = createAnswers(pages, limits, metrics);
  const find = finder(lookup, limits, answers, log);

  app.setNotFoundHandler((_request, reply) => answers.notFound(reply, performance.now()));
  app.setErrorHandler<Error>((error, request, reply) => {
    const { id } = Object(request.params) as { id?: string };
    const link = id ? lookup.known(id) : undefined;
    const about = aboutStory(link?.registrationId, request.joins(link?.traceparent));
    log.error({ ...about, err: error, route: request.routeOptions.url }, "a link could not be answered");
    return answers.show(reply, "try_again");
  });

  const tap = async (request: ById, reply: FastifyReply) => {
    const since = performance.now();
    const link = await find(request, reply, since);
    if (!link) return reply;
    if (request.method === "HEAD" || isPreview(request.headers)) return answers.show(reply, "preview");
    const waited = { ms: 0 };
    const result = await taps.tap(link, waited, request.joins(link.traceparent));
    const ms = performance.now() - since;
    return answers.lead(reply, result, { ms, ownMs: ms - waited.ms });
  };
  // Some programs put a slash behind what they take for a folder.
  for (const url of ["/:id", "/:id/"]) app.route({ method: ["GET", "HEAD"], url, handler: tap });

  /** Whether the two pages below may be shown; if not, something else has been said. They look nothing up that tells. */
  const welcome = async (request: ById, reply: FastifyReply): Promise<boolean> => {
    const crowded = limits.address(request);
    if (crowded) answers.tooMany(reply, crowded);
    else if (!linkPattern.test(request.params.id)) await answers.notFound(reply, performance.now());
    else return true;
    return false;
  };

  // Said without waiting for anybody: whoever comes from GoCardless's last page has done their part.
  app.get("/:id/thanks", async (request: ById, reply) => {
    if (!(await welcome(request, reply))) return reply;
    const link = lookup.known(request.params.id);
    if (link && !isPreview(request.headers)) void taps.checkPaid(link, request.joins(link.traceparent));
    return answers.show(reply, "thanks");
  });

  app.get("/:id/exit", async (request: ById, reply) => {
    if (!(await welcome(request, reply))) return reply;
    return answers.show(reply, "came_back", pages.cameBack(request.params.id));
  });
};

/** Finds the link of a request. Undefined when everything has been said already. */
const finder =
  (lookup: Lookup, limits: Limits, answers: Answers, log: Logger) =>
  async (request: ById, reply: FastifyReply, since: number): Promise<Link | undefined> => {
    const { id } = request.params;
    const crowded = limits.address(request);
    if (crowded) return void answers.tooMany(reply, crowded);
    if (!linkPattern.test(id)) return void (await answers.notFound(reply, since));
    const eager = limits.link(id);
    if (eager) return void answers.tooMany(reply, eager);
    const known = lookup.known(id);
    if (known) return known;
    // While somebody is guessing, the event store is not asked about each guess.
    const guessed = limits.guessed();
    if (guessed) return void answers.tooMany(reply, guessed);
    try {
      const link = await lookup.fromStream(id);
      if (!link) await answers.notFound(reply, since);
      return link;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      log.warn({ ...aboutStory(undefined, request.joins(undefined)), err: error }, "a link could not be looked up");
      return void answers.show(reply, "try_again");
    }
  };
