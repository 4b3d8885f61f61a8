import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { By, Changes } from "../changes/changes.ts";
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
type Shown = Parameters<typeof sendFamily>[4];
type Refused<Kind extends ChangeRefusal["kind"]> = Extract<ChangeRefusal, { readonly kind: Kind }>;

/** A form on a family's page that asks for one change. */
interface ChangeForm<Outcome extends { readonly kind: string }> {
  readonly ask: (form: URLSearchParams, registrationId: string, by: By) => Promise<Outcome>;
  /** What the page says then. */
  readonly done: (outcome: Exclude<Outcome, ChangeRefusal>, form: URLSearchParams) => DoneKey;
  /** Shows what was typed again, with what is wrong with it. */
  readonly invalid?: (refusal: Refused<"invalid">, form: URLSearchParams) => Shown;
  readonly fieldsRefused?: (refusal: Refused<"fields_refused">, form: URLSearchParams) => Shown;
  /** It cannot be undone: nothing is done unless its box is ticked. */
  readonly needsTick?: true;
  /** It has an id of its own, by which a repeat is recognised. */
  readonly doneOnce?: true;
  /** Where it leads if the family's own page no longer exists. */
  readonly to?: string;
}

type AddForm = <Outcome extends { readonly kind: string }>(path: string, form: ChangeForm<Outcome>) => void;

/** Everything that a form sends to change something, and a number in full, which must not be in an address. */
export const addActions = (app: FastifyInstance, board: Board): void => {
  const changes = () => board.parts().changes;
  const add = formsOf(app, board);
  addTexting(add, changes);
  addAmendments(add, changes);
  addMoney(add, changes);
  addFollowUp(add, changes, board.now);
  addEndings(add, changes);
  app.post<{ Params: { id: string } }>("/registrations/:id/number", (request, reply) =>
    sendFamily(board, request, reply, request.params.id, { reveal: true }),
  );

  app.post("/logout", async (request, reply) => {
    await board.sessions.logOut(request);
    return reply.redirect("/admin/login", 303);
  });
};

const formsOf =
  (app: FastifyInstance, board: Board): AddForm =>
  (path, { ask, done, invalid, fieldsRefused, needsTick, doneOnce = false, to }) => {
    const show = (request: FamilyRequest, reply: FastifyReply, status: number, shown: Shown) =>
      sendFamily(board, request, reply.code(status), request.params.id, shown);
    app.post<{ Params: { id: string } }>(
      `/registrations/:id/${path}`,
      { config: { doneOnce } },
      async (request, reply) => {
        const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
        if (needsTick && form.get("sure") !== "yes") return show(request, reply, 422, { done: notice("bad", notSure) });
        const { id } = request.params;
        const outcome = await ask(form, id, { actor: request.insider, traceparent: request.joins(undefined) });
        if (!isRefusal(outcome)) {
          const page = to ?? `${LIST_PATH}/${encodeURIComponent(id)}`;
          return reply.redirect(`${page}?done=${done(outcome as Exclude<typeof outcome, ChangeRefusal>, form)}`, 303);
        }
        if (outcome.kind === "invalid" && invalid) return show(request, reply, 422, invalid(outcome, form));
        if (outcome.kind === "fields_refused" && fieldsRefused)
          return show(request, reply, 422, fieldsRefused(outcome, form));
        return show(request, reply, httpStatus[outcome.kind], { done: notice("bad", refusalWords(outcome)) });
      },
    );
  };

const notSure = "Nothing was done. You cannot undo this, so tick the box to say that you are sure.";

/** As typed, but no longer than anything that is accepted. */
const textIn = (form: URLSearchParams, name: string, lengthMax: number): string =>
  (form.get(name) ?? "").slice(0, lengthMax);

const addTexting = (add: AddForm, changes: () => Changes): void => {
  add("resend", { ask: (_form, id, by) => changes().resend(id, by), done: () => "resend" });

  add("release", {
    needsTick: true,
    ask: (_form, id, by) => changes().release(id, by),
    done: () => "release",
  });

  const phoneIn = (form: URLSearchParams) => textIn(form, "phone", 100);
  add("phone", {
    ask: (form, id, by) => changes().correctPhone(id, phoneIn(form), by),
    done: (outcome) => (outcome.kind === "unchanged" ? "same" : outcome.noText ? `phone_${outcome.noText}` : "phone"),
    invalid: ({ violation }, form) => ({ phoneViolation: { message: violation.message, given: phoneIn(form) } }),
  });

  add("replies", {
    ask: (form, id, by) => changes().markRepliesHandled(id, new Date(form.get("upTo") ?? ""), by),
    done: () => "replies",
  });

  add("texts", {
    ask: (form, id, by) => changes().recordTextsWish(id, form.get("wanted") === "yes", by),
    done: (_outcome, form) => (form.get("wanted") === "yes" ? "texts_again" : "no_texts"),
  });
};

const addAmendments = (add: AddForm, changes: () => Changes): void => {
  add("amend", {
    ask: (form, id, by) => changes().amend(id, amendmentIn(form), by),
    done: ({ kind }) => (kind === "amended" ? "amend" : "same_content"),
    fieldsRefused: ({ violations }, form) => ({ amendment: { wish: amendmentIn(form), violations } }),
  });

  const typedTerms = (form: URLSearchParams) => ({ pounds: textIn(form, "pounds", 20), day: textIn(form, "day", 20) });
  add("terms", {
    ask: (form, id, by) => changes().amend(id, termsIn(typedTerms(form)), by),
    done: ({ kind }) => (kind === "amended" ? "terms" : "same_content"),
    fieldsRefused: ({ violations }, form) => ({
      terms: { ...typedTerms(form), message: violations.map(({ message }) => message).join(" ") },
    }),
  });
};

/** Only what was typed: the rest stays as it is by now. */
const amendmentIn = (form: URLSearchParams) => {
  const textOf = (name: string) => textIn(form, name, 200);
  const typed = (name: string) => textOf(name) !== textOf(`was_${name}`);
  const person = (who: string) => ({
    ...(typed(`${who}_first`) && { firstName: textOf(`${who}_first`) }),
    ...(typed(`${who}_last`) && { lastName: textOf(`${who}_last`) }),
  });
  return {
    ...(typed("team") && { team: textOf("team") }),
    ...(typed("age_group") && { ageGroup: textOf("age_group") }),
    child: person("child"),
    parent: person("parent"),
  };
};

const addMoney = (add: AddForm, changes: () => Changes): void => {
  const refundPounds = (form: URLSearchParams) => textIn(form, "pounds", 20);
  add("refund", {
    needsTick: true,
    doneOnce: true,
    ask: (form, id, by) => {
      const wish = { refundRequestId: form.get("refund") ?? "", amountPence: penceIn(refundPounds(form)) };
      return changes().refund(id, wish, by);
    },
    done: ({ kind }) => (kind === "refund_requested" ? "refund" : kind),
    invalid: (_refusal, form) => ({ refundViolation: { message: AMOUNT, given: refundPounds(form) } }),
  });

  const textOf = (form: URLSearchParams, name: string) => (form.get(name) ?? "").trim().slice(0, 100);
  const recordIn = (form: URLSearchParams) => ({
    kind: textOf(form, "kind"),
    pounds: textOf(form, "pounds"),
    note: textOf(form, "note"),
  });
  add("money", {
    doneOnce: true,
    ask: (form, id, by) => {
      const { kind, pounds, note } = recordIn(form);
      const undoes = textOf(form, "undoes");
      const content = undoes ? { undoes } : { kind, amountPence: penceIn(pounds) };
      return changes().recordMoney(id, { recordId: textOf(form, "record"), note, ...content }, by);
    },
    done: ({ kind }, form) => (kind !== "recorded" ? "money_before" : textOf(form, "undoes") ? "undone" : "money"),
    invalid: (refusal, form) => ({ moneyViolation: { ...moneyViolationOf(refusal), given: recordIn(form) } }),
  });
};

const addFollowUp = (add: AddForm, changes: () => Changes, now: () => Date): void => {
  add("note", {
    doneOnce: true,
    ask: (form, id, by) => changes().addNote(id, { noteId: form.get("note") ?? "", text: form.get("text") ?? "" }, by),
    done: () => "note",
    invalid: ({ violation }, form) => ({
      noteViolation: { message: violation.message, given: form.get("text") ?? "" },
    }),
  });

  add("remove-note", {
    doneOnce: true,
    ask: (form, id, by) => changes().removeNote(id, form.get("note") ?? "", by),
    done: () => "note_removed",
  });

  add("snooze", {
    ask: (form, id, by) => {
      const until = snoozeChosen(form.get("for") ?? "", now()) ?? "what the form does not offer";
      return changes().snooze(id, until, by);
    },
    done: ({ kind }) => kind,
  });
};

const addEndings = (add: AddForm, changes: () => Changes): void => {
  const reasonIn = (form: URLSearchParams) => textIn(form, "reason", 1_000);
  add("cancel", {
    needsTick: true,
    ask: (form, id, by) => changes().cancel(id, reasonIn(form), by),
    done: ({ kind }) => kind,
    invalid: ({ violation }, form) => ({ cancelViolation: { message: violation.message, given: reasonIn(form) } }),
  });

  add("erase", {
    needsTick: true,
    to: LIST_PATH,
    ask: (_form, id, by) => changes().erase(id, by),
    done: () => "erased",
  });
};

/** In the words of the form, which asks for pounds. */
const moneyViolationOf = ({ field, violation }: Extract<ChangeRefusal, { kind: "invalid" }>) => {
  if (field === "amountPence") return { field: "pounds", message: AMOUNT } as const;
  if (field === "note") return { field: "note", message: violation.message } as const;
  return { field: "kind", message: violation.message } as const;
};

const AMOUNT = "Give an amount in pounds, such as 27.50.";

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

const isRefusal = (outcome: { readonly kind: string }): outcome is ChangeRefusal =>
  Object.hasOwn(httpStatus, outcome.kind);
