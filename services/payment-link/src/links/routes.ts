import { Fault, isBillingRequestId } from "@touchline/contracts";
import { aboutStory, type Logger, type Metrics } from "@touchline/service";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { PageName, Pages } from "../pages/pages.ts";
import type { Link } from "../payment/state.ts";
import { createAnswers } from "./answers.ts";
import { createLimits, type LimitsOptions } from "./limits.ts";
import type { Lookup } from "./lookup.ts";
import { isPreview } from "./preview.ts";
import type { TapResult, Taps } from "./tap.ts";

export interface LinkRoutesOptions {
  readonly lookup: Lookup;
  readonly taps: Taps;
  readonly pages: Pages;
  readonly limits: LimitsOptions;
  readonly log: Logger;
  readonly metrics: Metrics;
}

type ById = FastifyRequest<{ Params: { id: string } }>;
type AboutLink = (link: Link, request: ById, reply: FastifyReply, since: number) => void | Promise<void>;

/** `/reg_setup/{id}` and the two pages that GoCardless sends people back to. Register it with that prefix. */
export const linkRoutes = async (app: FastifyInstance, options: LinkRoutesOptions): Promise<void> => {
  const { lookup, taps, pages, log, metrics } = options;
  const limits = createLimits(options.limits);
  const answers = createAnswers(pages, limits, metrics);

  app.setNotFoundHandler((_request, reply) => answers.notFound(reply, performance.now()));
  app.setErrorHandler<Error>((error, request, reply) => {
    const { id } = Object(request.params) as { id?: string };
    const link = id ? lookup.known(id) : undefined;
    const about = aboutStory(link?.registrationId, request.joins(link?.traceparent));
    log.error({ ...about, err: error, route: request.routeOptions.url }, "a link could not be answered");
    return answers.show(reply, "try_again");
  });

  /** Handles requests about links that exist; those about others are answered all alike. */
  const forLink =
    (answer: AboutLink, unsure: PageName = "try_again") =>
    (request: ById, reply: FastifyReply): void | Promise<void> => {
      const since = performance.now();
      const { id } = request.params;
      const crowded = limits.address(request);
      if (crowded) return answers.tooMany(reply, crowded);
      if (!isBillingRequestId(id)) return answers.notFound(reply, since);
      const eager = limits.link(id);
      if (eager) return answers.tooMany(reply, eager);
      const known = lookup.known(id);
      return known ? answer(known, request, reply, since) : search(request, reply, since, answer, unsure);
    };

  /** For links that the projection does not know: a moment old, or made up. */
  const search = async (
    request: ById,
    reply: FastifyReply,
    since: number,
    answer: AboutLink,
    unsure: PageName,
  ): Promise<void> => {
    // While somebody is guessing, the event store is not asked about each guess.
    const guessed = limits.guessed();
    if (guessed) return answers.tooMany(reply, guessed);
    let link: Link | undefined;
    try {
      link = await lookup.fromStream(request.params.id);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      log.warn({ ...aboutStory(undefined, request.joins(undefined)), err: error }, "a link could not be looked up");
      return answers.show(reply, unsure);
    }
    return link ? answer(link, request, reply, since) : answers.notFound(reply, since);
  };

  const open: AboutLink = (link, request, reply, since) => {
    if (request.method === "HEAD" || isPreview(request.headers)) return answers.show(reply, "preview");
    const waited = { ms: 0 };
    const lead = (result: TapResult) => {
      const ms = performance.now() - since;
      answers.lead(reply, result, { ms, ownMs: ms - waited.ms });
    };
    const result = taps.tap(link, waited, request.joins(link.traceparent));
    return result instanceof Promise ? result.then(lead) : lead(result);
  };
  // Some programs put a slash behind what they take for a folder.
  for (const url of ["/:id", "/:id/"]) app.route({ method: ["GET", "HEAD"], url, handler: forLink(open) });

  // Said without waiting for anybody: whoever comes from GoCardless's last page has done their part.
  const thank: AboutLink = (link, request, reply) => {
    // Each time asks GoCardless.
    if (request.method !== "HEAD" && !isPreview(request.headers)) {
      void taps.checkPaid(link, request.joins(link.traceparent));
    }
    answers.show(reply, "thanks");
  };
  app.get("/:id/thanks", forLink(thank, "thanks"));

  const welcomeBack: AboutLink = (link, request, reply) => {
    // They may have paid on another phone, or long ago.
    const over = taps.over(link);
    if (over) answers.show(reply, over);
    else answers.show(reply, "came_back", pages.cameBack(request.params.id));
  };
  app.get("/:id/exit", forLink(welcomeBack));
};
