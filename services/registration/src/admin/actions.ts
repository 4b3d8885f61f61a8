import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { By } from "../changes/changes.ts";
import { type ChangeRefusal, refusalWords } from "../changes/outcome.ts";
import type { Board } from "./context.ts";
import type { DoneKey } from "./done.ts";
import { notice } from "./layout.ts";
import { LIST_PATH } from "./list-query.ts";
import { sendFamily } from "./pages.ts";
import { penceIn } from "./refund-form.ts";
import { snoozeChosen } from "./snooze-form.ts";
import { termsIn } from "./terms-form.ts";

type FamilyRequest = FastifyRequest<{ Params: { id: string } }>;

/** Shared by the forms of a family's page. */
const familyForms = (app: FastifyInstance, board: Board) => {
  const family = (
    path: string,
    handle: (form: URLSearchParams, request: FamilyRequest, reply: FastifyReply) => unknown,
  ) =>
    app.post<{ Params: { id: string } }>(`/registrations/:id/${path}`, async (request, reply) =>
      handle(formOf(request), request, reply),
    );
  const by = (request: FastifyRequest): By => ({ actor: request.insider, traceparent: request.joins(undefined) });

  const refuse = (request: FamilyRequest, reply: FastifyReply, refusal: ChangeRefusal) =>
    sendFamily(board, request, reply.code(httpStatus[refusal.kind]), request.params.id, {
      done: notice("bad", refusalWords(refusal)),
    });

  const done = ({ params }: FamilyRequest, reply: FastifyReply, what: DoneKey) =>
    reply.redirect(`/admin/registrations/${encodeURIComponent(params.id)}?done=${what}`, 303);

  /** A form for something irreversible: nothing is done unless its box is ticked. */
  const sureFamily: typeof family = (path, handle) =>
    family(path, (form, request, reply) =>
      form.get("sure") === "yes"
        ? handle(form, request, reply)
        : sendFamily(board, request, reply.code(422), request.params.id, { done: notice("bad", notSure) }),
    );

  return { family, sureFamily, by, refuse, done };
};

const notSure = "Nothing was done. You cannot undo this, so tick the box to say that you are sure.";

type FamilyForms = ReturnType<typeof familyForms>;

/** Everything that a form sends to change something, and a number in full, which must not be in an address. */
export const addActions = (app: FastifyInstance, board: Board): void => {
  const forms = familyForms(app, board);
  addTexting(board, forms);
  addAmendments(board, forms);
  addTerms(board, forms);
  addReplies(board, forms);
  addRefund(board, forms);
  addMoney(board, forms);
  addNotes(board, forms);
  addEndings(board, forms);
  addSnooze(board, forms);
  forms.family("number", (_form, request, reply) =>
    sendFamily(board, request, reply, request.params.id, { reveal: true }),
  );

  app.post("/logout", async (request, reply) => {
    await board.sessions.logOut(request);
    return reply.redirect("/admin/login", 303);
  });
};

const addTexting = (board: Board, { family, sureFamily, by, refuse, done }: FamilyForms): void => {
  family("resend", async (_form, request, reply) => {
    const outcome = await board.parts().changes.resend(request.params.id, by(request));
    return outcome.kind === "resent" ? done(request, reply, "resend") : refuse(request, reply, outcome);
  });

  sureFamily("release", async (_form, request, reply) => {
    const outcome = await board.parts().changes.release(request.params.id, by(request));
    return outcome.kind === "released" || outcome.kind === "not_held"
      ? done(request, reply, "release")
      : refuse(request, reply, outcome);
  });

  family("phone", async (form, request, reply) => {
    const given = (form.get("phone") ?? "").slice(0, 100);
    const outcome = await board.parts().changes.correctPhone(request.params.id, given, by(request));
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
};

const addReplies = (board: Board, { family, by, refuse, done }: FamilyForms): void => {
  family("replies", async (form, request, reply) => {
    const upTo = new Date(form.get("upTo") ?? "");
    const outcome = await board.parts().changes.markRepliesHandled(request.params.id, upTo, by(request));
    const isDone = outcome.kind === "replies_handled" || outcome.kind === "no_replies";
    return isDone ? done(request, reply, "replies") : refuse(request, reply, outcome);
  });

  family("texts", async (form, request, reply) => {
    const wanted = form.get("wanted") === "yes";
    const outcome = await board.parts().changes.recordTextsWish(request.params.id, wanted, by(request));
    const isDone = outcome.kind === "wish_recorded" || outcome.kind === "wish_known";
    return isDone ? done(request, reply, wanted ? "texts_again" : "no_texts") : refuse(request, reply, outcome);
  });
};

const addAmendments = (board: Board, { family, by, refuse, done }: FamilyForms): void => {
  family("amend", async (form, request, reply) => {
    const textOf = (name: string) => (form.get(name) ?? "").slice(0, 200);
    const person = (who: string) => ({ firstName: textOf(`${who}_first`), lastName: textOf(`${who}_last`) });
    // What nobody typed stays as it is by now.
    const typed = (...names: string[]) => names.some((name) => textOf(name) !== textOf(`was_${name}`));
    const wish = {
      ...(typed("team") && { team: textOf("team") }),
      ...(typed("age_group") && { ageGroup: textOf("age_group") }),
      ...(typed("child_first", "child_last") && { child: person("child") }),
      ...(typed("parent_first", "parent_last") && { parent: person("parent") }),
    };
    const outcome = await board.parts().changes.amend(request.params.id, wish, by(request));
    switch (outcome.kind) {
      case "amended":
        return done(request, reply, "amend");
      case "unchanged":
        return done(request, reply, "same_content");
      case "fields_refused":
        return sendFamily(board, request, reply.code(422), request.params.id, {
          amendment: { wish, violations: outcome.violations },
        });
      default:
        return refuse(request, reply, outcome);
    }
  });
};

const addTerms = (board: Board, { family, by, refuse, done }: FamilyForms): void => {
  family("terms", async (form, request, reply) => {
    const typed = { pounds: (form.get("pounds") ?? "").slice(0, 20), day: (form.get("day") ?? "").slice(0, 20) };
    const outcome = await board.parts().changes.amend(request.params.id, termsIn(typed), by(request));
    switch (outcome.kind) {
      case "amended":
        return done(request, reply, "terms");
      case "unchanged":
        return done(request, reply, "same_content");
      case "fields_refused": {
        const message = outcome.violations.map((violation) => violation.message).join(" ");
        return sendFamily(board, request, reply.code(422), request.params.id, { terms: { ...typed, message } });
      }
      default:
        return refuse(request, reply, outcome);
    }
  });
};

const addRefund = (board: Board, { sureFamily, by, refuse, done }: FamilyForms): void => {
  sureFamily("refund", async (form, request, reply) => {
    const given = (form.get("pounds") ?? "").slice(0, 20);
    const wish = { refundRequestId: form.get("refund") ?? "", amountPence: penceIn(given) };
    const outcome = await board.parts().changes.refund(request.params.id, wish, by(request));
    switch (outcome.kind) {
      case "refund_requested":
        return done(request, reply, "refund");
      case "refunding":
      case "refunded":
        return done(request, reply, outcome.kind);
      case "invalid": {
        const refundViolation = { message: AMOUNT, given };
        return sendFamily(board, request, reply.code(422), request.params.id, { refundViolation });
      }
      default:
        return refuse(request, reply, outcome);
    }
  });
};

const addMoney = (board: Board, { family, by, refuse, done }: FamilyForms): void => {
  family("money", async (form, request, reply) => {
    const textOf = (name: string) => (form.get(name) ?? "").trim().slice(0, 100);
    const given = { kind: textOf("kind"), pounds: textOf("pounds"), note: textOf("note") };
    const undoes = textOf("undoes");
    const { kind, note } = given;
    const wish = {
      recordId: textOf("record"),
      note,
      ...(undoes ? { undoes } : { kind, amountPence: penceIn(given.pounds) }),
    };
    const outcome = await board.parts().changes.recordMoney(request.params.id, wish, by(request));
    switch (outcome.kind) {
      case "recorded":
        return done(request, reply, undoes ? "undone" : "money");
      case "recorded_before":
      case "counted":
        return done(request, reply, "money_before");
      case "invalid": {
        const moneyViolation = { ...moneyViolationOf(outcome), given };
        return sendFamily(board, request, reply.code(422), request.params.id, { moneyViolation });
      }
      default:
        return refuse(request, reply, outcome);
    }
  });
};

const addNotes = (board: Board, { family, by, refuse, done }: FamilyForms): void => {
  family("note", async (form, request, reply) => {
    const wish = { noteId: form.get("note") ?? "", text: form.get("text") ?? "" };
    const outcome = await board.parts().changes.addNote(request.params.id, wish, by(request));
    switch (outcome.kind) {
      case "noted":
      case "noted_before":
        return done(request, reply, "note");
      case "invalid": {
        const noteViolation = { message: outcome.violation.message, given: wish.text };
        return sendFamily(board, request, reply.code(422), request.params.id, { noteViolation });
      }
      default:
        return refuse(request, reply, outcome);
    }
  });

  family("remove-note", async (form, request, reply) => {
    const outcome = await board.parts().changes.removeNote(request.params.id, form.get("note") ?? "", by(request));
    return outcome.kind === "note_removed" || outcome.kind === "note_removed_before"
      ? done(request, reply, "note_removed")
      : refuse(request, reply, outcome);
  });
};

const addEndings = (board: Board, { sureFamily, by, refuse, done }: FamilyForms): void => {
  sureFamily("cancel", async (form, request, reply) => {
    const reason = (form.get("reason") ?? "").slice(0, 1_000);
    const outcome = await board.parts().changes.cancel(request.params.id, reason, by(request));
    switch (outcome.kind) {
      case "cancelled":
      case "cancelled_before":
        return done(request, reply, outcome.kind);
      case "invalid": {
        const cancelViolation = { message: outcome.violation.message, given: reason };
        return sendFamily(board, request, reply.code(422), request.params.id, { cancelViolation });
      }
      default:
        return refuse(request, reply, outcome);
    }
  });

  sureFamily("erase", async (_form, request, reply) => {
    const outcome = await board.parts().changes.erase(request.params.id, by(request));
    if (outcome.kind !== "erased" && outcome.kind !== "erased_before") return refuse(request, reply, outcome);
    // The family's own page no longer exists.
    return reply.redirect(`${LIST_PATH}?done=erased`, 303);
  });
};

const addSnooze = (board: Board, { family, by, refuse, done }: FamilyForms): void => {
  family("snooze", async (form, request, reply) => {
    const until = snoozeChosen(form.get("for") ?? "", board.now()) ?? "what the form does not offer";
    const outcome = await board.parts().changes.snooze(request.params.id, until, by(request));
    switch (outcome.kind) {
      case "snoozed":
      case "snoozed_before":
      case "snooze_ended":
      case "not_snoozed":
        return done(request, reply, outcome.kind);
      default:
        return refuse(request, reply, outcome);
    }
  });
};

/** In the words of the form, which asks for pounds. */
const moneyViolationOf = ({ field, violation }: Extract<ChangeRefusal, { kind: "invalid" }>) => {
  if (field === "amountPence") return { field: "pounds", message: AMOUNT } as const;
  if (field === "note") return { field: "note", message: violation.message } as const;
  return { field: "kind", message: violation.message } as const;
};

const AMOUNT = "Give an amount in pounds, such as 27.50.";

const formOf = ({ body }: FastifyRequest): URLSearchParams =>
  body instanceof URLSearchParams ? body : new URLSearchParams();

const httpStatus: Readonly<Record<ChangeRefusal["kind"], number>> = {
  not_found: 404,
  not_allowed: 403,
  registration_cancelled: 409,
  not_texted: 409,
  refund_differs: 409,
  nothing_paid: 409,
  record_differs: 409,
  not_recorded: 409,
  no_fee: 409,
  came_to_nothing: 409,
  too_many_resends: 429,
  too_many_corrections: 429,
  too_many_amendments: 429,
  too_many_notes: 409,
  no_such_note: 404,
  too_soon: 429,
  fields_refused: 422,
  invalid: 422,
};
