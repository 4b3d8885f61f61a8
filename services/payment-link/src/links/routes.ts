import { Fault, isBillingRequestId } from "@touchline/contracts";
import { type Logger, logFields, type Metrics, type Runtime } from "@touchline/service";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { PageName, Pages } from "../pages/pages.ts";
import type { Link } from "../payment/state.ts";
import { type Answers, createAnswers } from "./answers.ts";
import { createLimits, type LimitsOptions } from "./limits.ts";
import type { Lookup } from "./lookup.ts";
import { isPreview } from "./preview.ts";
import type { Taps } from "./tap.ts";

export interface LinkRoutesOptions {
  readonly lookup: Lookup;
  readonly taps: Taps;
  readonly pages: Pages;
  readonly limits: LimitsOptions;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly runtime: Runtime;
}

type ById = FastifyRequest<{ Params: { id: string } }>;
type Handler = (request: ById, reply: FastifyReply) => Promise<FastifyReply>;
/** Answers about a link that exists. `sinceMs`: when the request came. */
type AboutLink = (link: Link, request: ById, reply: FastifyReply, sinceMs: number) => Promise<FastifyReply>;

/** `/reg_setup/{id}` and the two pages that GoCardless sends people back to. Register it with that prefix. */
export const linkRoutes = async (app: FastifyInstance, options: LinkRoutesOptions): Promise<void> => {
  const { lookup, pages, log, metrics, runtime } = options;
  const limits = createLimits(options.limits, runtime);
  const answers = createAnswers(pages, limits, metrics, runtime);

  app.setNotFoundHandler((_request, reply) => answers.notFound(reply, runtime.monotonicMs()));
  app.setErrorHandler<Error>((error, request, reply) => {
    const { id } = Object(request.params) as { id?: string };
    const link = id ? lookup.known(id) : undefined;
    const about = logFields(link?.registrationId, request.joins(link?.traceparent));
    log.error({ ...about, err: error, route: request.routeOptions.url }, "a link could not be answered");
    return answers.show(reply, "try_again");
  });

  /** `unsure`: what to show when the look-up failed. Requests about links that do not exist all get the same answer. */
  const forLink =
    (answer: AboutLink, unsure: PageName = "try_again"): Handler =>
    async (request, reply) => {
      const sinceMs = runtime.monotonicMs();
      const { id } = request.params;
      const addressLimit = limits.address(request.ip);
      if (addressLimit) return answers.tooMany(reply, addressLimit);
      if (!isBillingRequestId(id)) return answers.notFound(reply, sinceMs);
      const linkLimit = limits.link(id);
      if (linkLimit) return answers.tooMany(reply, linkLimit);
      const known = lookup.known(id);
      if (known) return answer(known, request, reply, sinceMs);

      // The projection does not know the link: it is a moment old, or made up. While somebody is guessing, the event store
      // is not asked about each guess.
      const guessLimit = limits.unknownReached();
      if (guessLimit) return answers.tooMany(reply, guessLimit);
      let link: Link | undefined;
      try {
        link = await lookup.fromStream(id);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        log.warn({ ...logFields(undefined, request.joins(undefined)), err: error }, "a link could not be looked up");
        return answers.show(reply, unsure);
      }
      return link ? answer(link, request, reply, sinceMs) : answers.notFound(reply, sinceMs);
    };

  const pagesOfLink = linkPages(options, answers);
  // Some programs put a slash behind what they take for a folder.
  for (const url of ["/:id", "/:id/"]) {
    app.route({ method: ["GET", "HEAD"], url, handler: forLink(pagesOfLink.open) });
  }
  app.get("/:id/thanks", forLink(pagesOfLink.thanks, "thanks"));
  app.get("/:id/exit", forLink(pagesOfLink.exit));
};

const linkPages = (
  { taps, pages }: LinkRoutesOptions,
  answers: Answers,
): Record<"open" | "thanks" | "exit", AboutLink> => ({
  open: async (link, request, reply, sinceMs) => {
    if (request.method === "HEAD" || isPreview(request.headers)) return answers.show(reply, "preview");
    return answers.lead(reply, await taps.tap(link, request.joins(link.traceparent)), sinceMs);
  },
  // Waits for nothing: a parent who comes from GoCardless's last page has done their part.
  thanks: async (link, request, reply) => {
    // Each time asks GoCardless.
    if (request.method !== "HEAD" && !isPreview(request.headers)) {
      void taps.checkPaid(link, request.joins(link.traceparent));
    }
    return answers.show(reply, "thanks");
  },
  exit: async (link, request, reply) => {
    // They may have paid on another phone, or long ago.
    const over = taps.over(link);
    return over ? answers.show(reply, over) : answers.show(reply, "came_back", pages.cameBack(request.params.id));
  },
});
