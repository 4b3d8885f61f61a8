import { Fault, isBillingRequestId } from "@touchline/contracts";
import { type Logger, logFields, type Metrics, type Runtime } from "@touchline/service";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { PageName, Pages } from "../pages/pages.ts";
import type { Link } from "../payment/state.ts";
import { type Answers, createAnswers } from "./answers.ts";
import { createLimits, type LimitsOptions } from "./limits.ts";
import type { Lookup } from "./lookup.ts";
import { isPreview } from "./preview.ts";
import type { Records } from "./records.ts";
import type { Taps } from "./tap.ts";

export interface LinkRoutesOptions {
  readonly lookup: Lookup;
  readonly taps: Taps;
  readonly records: Pick<Records, "stopTexts">;
  readonly pages: Pages;
  /** What the link's family pays, in words. */
  readonly fees: (link: Link) => string;
  readonly limits: LimitsOptions;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly runtime: Runtime;
}

type ById = FastifyRequest<{ Params: { id: string } }>;
type Handler = (request: ById, reply: FastifyReply) => Promise<FastifyReply>;
/** Answers about a link that exists. `sinceMs`: when the request came. */
type AboutLink = (link: Link, request: ById, reply: FastifyReply, sinceMs: number) => Promise<FastifyReply>;

/**
 * `/reg_setup/{id}`, the form on the preview page, the two pages that GoCardless sends people back to, and the page to stop
 * texts. Register it with that prefix.
 */
export const linkRoutes = async (app: FastifyInstance, options: LinkRoutesOptions): Promise<void> => {
  const { lookup, pages, log, metrics, runtime } = options;
  const limits = createLimits(options.limits, runtime);
  const answers = createAnswers(pages, limits, metrics, runtime);

  app.setNotFoundHandler((_request, reply) => answers.notFound(reply, runtime.monotonicMs()));
  app.setErrorHandler<Error & { readonly statusCode?: number }>((error, request, reply) => {
    // A request that no browser sends is the caller's mistake, not ours.
    if (error.statusCode && error.statusCode < 500) return answers.notFound(reply, runtime.monotonicMs());
    const { id } = Object(request.params) as { id?: string };
    const link = id ? lookup.known(id) : undefined;
    const about = logFields(link?.registrationId, request.joins(link?.traceparent));
    log.error({ ...about, err: error, route: request.routeOptions.url }, "could not answer a request for a link");
    return answers.show(reply, "try_again");
  });

  /** `unsure`: what to show if the look-up failed. All links that do not exist get the same answer. */
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

      // The projection does not know the link: it is very new or made up. While somebody is guessing, we do not ask the event
      // store about each guess.
      const guessLimit = limits.unknownReached();
      if (guessLimit) return answers.tooMany(reply, guessLimit);
      let link: Link | undefined;
      try {
        link = await lookup.fromStream(id);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        log.warn(
          { ...logFields(undefined, request.joins(undefined)), err: error },
          "could not look up a link; the parent got a page that tries again",
        );
        return answers.show(reply, unsure, { id, fees: () => "" });
      }
      return link ? answer(link, request, reply, sinceMs) : answers.notFound(reply, sinceMs);
    };

  const pagesOfLink = linkPages(options, answers);
  app.route({ method: ["GET", "HEAD"], url: "/:id", handler: forLink(pagesOfLink.open) });
  // The forms have no body worth reading, whatever type it says it has.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, body, done) => done(null, void body.resume()));
  app.post("/:id/continue", forLink(pagesOfLink.proceed));
  // For the pages that refresh by themselves. People share their addresses, so message apps preview them.
  app.get("/:id/continue", { exposeHeadRoute: false }, forLink(pagesOfLink.open));
  // They come from GoCardless, so they may just have paid.
  app.get("/:id/thanks", forLink(pagesOfLink.thanks, "checking"));
  app.get("/:id/exit", forLink(pagesOfLink.exit, "checking"));
  app.get("/:id/stop", forLink(pagesOfLink.askStop));
  app.post("/:id/stop", forLink(pagesOfLink.stop, "not_stopped"));
};

/** How long a parent who returns from GoCardless waits while it is asked about the payment. */
const RETURN_WAIT_MS = 2_000;

const linkPages = ({ taps, records, fees, runtime }: LinkRoutesOptions, answers: Answers) => {
  const about = (link: Link, { params }: ById) => ({ id: params.id, fees: () => fees(link) });
  const aPerson = ({ method, headers }: ById) => method !== "HEAD" && !isPreview(headers);

  const proceed: AboutLink = async (link, request, reply, sinceMs) =>
    answers.lead(reply, await taps.tap(link, request.joins(link.traceparent)), about(link, request), sinceMs);
  const open: AboutLink = async (link, request, reply, sinceMs) =>
    aPerson(request) ? proceed(link, request, reply, sinceMs) : answers.show(reply, "preview", about(link, request));
  /** What became of the payment of somebody whom GoCardless sent back; undefined if we do not know of one. */
  const outcome = async (link: Link, request: ById) => {
    const over = taps.over(link);
    if (over || !aPerson(request)) return over;
    const asking = taps.checkPaid(link, request.joins(link.traceparent));
    return (await Promise.race([asking, runtime.sleep(RETURN_WAIT_MS)])) || undefined;
  };
  // Anybody can open these two pages by hand, so they say only what we know.
  const thanks: AboutLink = async (link, request, reply) => {
    const found = await outcome(link, request);
    return answers.show(reply, found === "paid" ? "thanks" : (found ?? "checking"), about(link, request));
  };
  // They may have paid on another phone or long ago, or left GoCardless's page after paying.
  const exit: AboutLink = async (link, request, reply) =>
    answers.show(reply, (await outcome(link, request)) ?? "came_back", about(link, request));
  const askStop: AboutLink = async (link, request, reply) => answers.show(reply, "stop", about(link, request));
  const stop: AboutLink = async (link, request, reply) => {
    const isRecorded = await records.stopTexts(link, request.joins(link.traceparent));
    return answers.show(reply, isRecorded ? "stopped" : "not_stopped", about(link, request));
  };
  return { open, proceed, thanks, exit, askStop, stop };
};
