import { Readable } from "node:stream";
import { Fault } from "@touchline/contracts";
import { BYTE_ORDER_MARK, csvLine } from "@touchline/csv";
import { londonDay } from "@touchline/london";
import { maskPhone } from "@touchline/uk-phone";
import type { FastifyInstance } from "fastify";
import { may } from "../people/roles.ts";
import { lastDays } from "../read-model/days.ts";
import type { ListFilter, ListPage, Queries } from "../read-model/queries.ts";
import type { Row } from "../read-model/row.ts";
import type { Board } from "./context.ts";
import { doneNotice } from "./done.ts";
import { listPage } from "./list-page.ts";
import { listFilter, readListQuery } from "./list-query.ts";
import { isInStep, sendPage } from "./pages.ts";
import { paidInTimeLine } from "./paid-in-time.ts";
import { lastReconciliation, reconciledLine } from "./reconciled.ts";

const PAGE_SIZE = 50;
const PLOT_DAYS = 28;

/** Lists of registrations, on a page and as CSV, both with the same filters. */
export const addLists = (app: FastifyInstance, board: Board): void => {
  app.get<{ Querystring: { done?: string } }>("/registrations", async (request, reply) => {
    const { queries, ownWrites, board: more, days, store } = board.parts();
    await ownWrites.settled();
    const { insider } = request;
    const query = readListQuery(request.query);
    const now = board.now();
    const inStep = isInStep(board, "registrations");
    const report = insider.teams ? undefined : await lastReconciliation(store);
    const view = {
      ...listed(queries, listFilter(query, insider), { limit: PAGE_SIZE, sort: query.sort, after: query.after }),
      query,
      now,
      inStep,
      counts: more.counts(insider),
      paidInTime: inStep ? paidInTimeLine(more.paidInTime(insider)) : undefined,
      choices: more.choices(insider),
      unpaidTeams: query.show === "unpaid" && may(insider, "remind") ? more.unpaidTeams(insider) : [],
      ledger: may(insider, "see_ledger"),
      days: insider.teams ? undefined : lastDays(days.db, now, PLOT_DAYS),
      reconciled: report && reconciledLine(report, now),
      done: doneNotice(request.query.done),
    };
    return sendPage(board, request, reply, "Registrations", () => listPage(view), {
      live: true,
      place: "registrations",
      of: ["registrations", "days"],
    });
  });

  app.get("/export.csv", (request, reply) => {
    // A file cannot say that it is incomplete.
    if (!isInStep(board, "registrations")) throw new Fault("not_yet");
    const query = readListQuery(request.query);
    const name = `registrations-${query.show}-${londonDay(board.now())}.csv`;
    return reply
      .type("text/csv; charset=utf-8")
      .header("content-disposition", `attachment; filename="${name}"`)
      .send(Readable.from(csv(board.parts().queries.pages(listFilter(query, request.insider), query.sort))));
  });
};

const listed = (queries: Queries, filter: ListFilter, { after, ...page }: ListPage) => {
  try {
    return queries.list(filter, { ...page, ...(after && { after }) });
  } catch (error) {
    // A mangled address shows the first page.
    if (error instanceof RangeError) return queries.list(filter, page);
    throw error;
  }
};

const exported = [
  "registration_id",
  "created_at",
  "child_name",
  "parent_name",
  "parent_phone",
  "team",
  "age_group",
  "season",
  "payment_status",
  "paid_at",
  "sms_delivery_status",
  "sms_delivery_error",
  "sms_sent_at",
  "link_opened_at",
  "billing_request_id",
  "signing_fee_pence",
  "monthly_fee_pence",
  "amount_refunded_pence",
  "behind_pence",
  "months_missed",
  "mandate_status",
  "paid_twice_pence",
  "money_error",
  "cancelled",
  "suspended_at",
  "held_for",
] as const satisfies (keyof Row)[];

const csv = function* (pages: Iterable<readonly Row[]>): Generator<string> {
  yield BYTE_ORDER_MARK + csvLine(exported);
  for (const rows of pages)
    yield rows
      .map((row) => csvLine(exported.map((name) => (name === "parent_phone" ? maskPhone(row[name]) : row[name]))))
      .join("");
};
