import { status } from "@grpc/grpc-js";
import { parseUkMobile } from "@touchline/uk-phone";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { CallError } from "../grpc/status.ts";
import { checkPhone } from "../registration/validate.ts";
import { isSameOrigin } from "./access.ts";
import { type Board, callerOf } from "./board.ts";
import { notice } from "./layout.ts";
import { searchPage } from "./list-page.ts";
import { sendFamily, sendPage, sessionOf } from "./pages.ts";

type FamilyRequest = FastifyRequest<{ Params: { id: string } }>;

/** Everything that a form sends: what changes something, and what must not stand in an address. */
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

  family("resend", async (_form, request, reply) => {
    const { id } = request.params;
    const refusal = await refusalOf(
      board.parts().changes.resend({ registrationId: id } as never, request.joins(undefined)),
    );
    if (refusal)
      return sendFamily(board, request, reply.code(refusal.status), id, { done: notice("bad", refusal.words) });
    return reply.redirect(`/admin/registrations/${encodeURIComponent(id)}?done=resend`, 303);
  });

  family("phone", async (form, request, reply) => {
    const { id } = request.params;
    const given = (form.get("phone") ?? "").slice(0, 100);
    const checked = checkPhone(given);
    if (!checked.ok) {
      return sendFamily(board, request, reply.code(422), id, { phoneFault: { message: checked.fault.message, given } });
    }
    let changed = false;
    const work = board
      .parts()
      .changes.correctPhone({ registrationId: id, parentPhone: given } as never, request.joins(undefined))
      .then((answer) => {
        changed = answer.changed;
      });
    const refusal = await refusalOf(work);
    if (refusal)
      return sendFamily(board, request, reply.code(refusal.status), id, { done: notice("bad", refusal.words) });
    return reply.redirect(`/admin/registrations/${encodeURIComponent(id)}?done=${changed ? "phone" : "same"}`, 303);
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

const stale = "This page was out of date, so nothing was done. Here it is afresh: please try again.";

/** What one of our own pages sent; undefined when it was not one, or one of long ago. */
const formOf = (board: Board, request: FastifyRequest): URLSearchParams | undefined => {
  const { body } = request;
  if (!(body instanceof URLSearchParams) || !isSameOrigin(callerOf(request))) return undefined;
  return board.access.isFormToken(sessionOf(board, request), body.get("csrf") ?? "") ? body : undefined;
};

const httpStatus = new Map<status, number>([
  [status.FAILED_PRECONDITION, 409],
  [status.RESOURCE_EXHAUSTED, 429],
]);

/** Why a change was not made, in words; undefined when it was. Throws what is no refusal. */
const refusalOf = async (work: Promise<unknown>): Promise<{ status: number; words: string } | undefined> => {
  try {
    await work;
    return undefined;
  } catch (error) {
    const known = error instanceof CallError ? httpStatus.get(error.code) : undefined;
    if (!(error instanceof CallError) || !known) throw error;
    return { status: known, words: error.details };
  }
};
