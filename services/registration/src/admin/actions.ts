import { parseUkMobile } from "@touchline/uk-phone";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type ChangeRefusal, refusalWords } from "../changes/outcome.ts";
import { isSameOrigin } from "./access.ts";
import { type Board, callerOf } from "./context.ts";
import type { DoneKey } from "./done.ts";
import { notice } from "./layout.ts";
import { searchPage } from "./list-page.ts";
import { sendFamily, sendPage, sessionOf } from "./pages.ts";

type FamilyRequest = FastifyRequest<{ Params: { id: string } }>;

/** Everything that a form sends: what changes something, and what must not be in an address. */
export const addActions = (app: FastifyInstance, board: Board): void => {
  const family = (
    path: string,
    handle: (form: URLSearchParams, request: FamilyRequest, reply: FastifyReply) => unknown,
  ) =>
    app.post<{ Params: { id: string } }>(`/registrations/:id/${path}`, async (request, reply) => {
      const form = formOf(board, request);
      if (form) return handle(form, request, reply);
      return sendFamily(board, request, reply.code(403), request.params.id, { done: notice("bad", stale) });
    });

  const refuse = (request: FamilyRequest, reply: FastifyReply, refusal: ChangeRefusal) =>
    sendFamily(board, request, reply.code(httpStatus[refusal.kind]), request.params.id, {
      done: notice("bad", refusalWords(refusal)),
    });

  const done = ({ params }: FamilyRequest, reply: FastifyReply, what: DoneKey) =>
    reply.redirect(`/admin/registrations/${encodeURIComponent(params.id)}?done=${what}`, 303);

  family("resend", async (_form, request, reply) => {
    const outcome = await board.parts().changes.resend(request.params.id, request.joins(undefined));
    return outcome.kind === "resent" ? done(request, reply, "resend") : refuse(request, reply, outcome);
  });

  family("phone", async (form, request, reply) => {
    const given = (form.get("phone") ?? "").slice(0, 100);
    const outcome = await board.parts().changes.correctPhone(request.params.id, given, request.joins(undefined));
    switch (outcome.kind) {
      case "corrected":
        return done(request, reply, outcome.noText ? `phone_${outcome.noText}` : "phone");
      case "unchanged":
        return done(request, reply, "same");
      case "invalid": {
        const phoneViolation = { message: outcome.violation.message, given };
        return sendFamily(board, request, reply.code(422), request.params.id, { phoneViolation });
      }
      default:
        return refuse(request, reply, outcome);
    }
  });

  family("number", (_form, request, reply) => sendFamily(board, request, reply, request.params.id, { reveal: true }));

  app.post("/search", (request, reply) => {
    const form = formOf(board, request);
    if (!form) return reply.redirect("/admin", 303);
    const { board: more, queries } = board.parts();
    const text = (form.get("q") ?? "").slice(0, 100);
    const phone = parseUkMobile(text);
    const ids = more.search(text, phone.ok ? phone.e164 : undefined);
    const rows = ids.map((id) => queries.get(id)).filter((row) => row !== undefined);
    return sendPage(board, request, reply, "Find a family", (csrf) => searchPage(csrf, text, rows, board.now()));
  });

  app.post("/logout", (request, reply) => {
    if (formOf(board, request)) void reply.header("set-cookie", board.access.logOutCookie);
    return reply.redirect("/admin/login", 303);
  });
};

const stale = "This page was out of date, so nothing was done. It has been reloaded: please try again.";

/** The form that one of our own pages sent; undefined when it came from elsewhere, or its session has ended. */
const formOf = (board: Board, request: FastifyRequest): URLSearchParams | undefined => {
  const { body } = request;
  if (!(body instanceof URLSearchParams) || !isSameOrigin(callerOf(request))) return undefined;
  return board.access.isFormToken(sessionOf(board, request), body.get("csrf") ?? "") ? body : undefined;
};

const httpStatus: Readonly<Record<ChangeRefusal["kind"], number>> = {
  not_found: 404,
  registration_cancelled: 409,
  not_texted: 409,
  too_many_resends: 429,
  too_many_corrections: 429,
  too_soon: 429,
  invalid: 422,
};
