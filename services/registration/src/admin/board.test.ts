import { DatabaseSync } from "node:sqlite";
import { Fault } from "@touchline/contracts";
import type { ProjectionStatus } from "@touchline/projections";
import { createHealth, createHttpServer, createLogger, createMetrics, systemRuntime } from "@touchline/service";
import { storedEvent } from "@touchline/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { completedData } from "../../test/completed.ts";
import { createPeople } from "../people/people.ts";
import { createBooks } from "../read-model/books.ts";
import { daysProjection } from "../read-model/days.ts";
import { statesOf } from "../read-model/history.ts";
import { ledgerProjection } from "../read-model/ledger.ts";
import { registrationsProjection } from "../read-model/projection.ts";
import { createQueries } from "../read-model/queries.ts";
import { registerBoard } from "./board.ts";
import type { Parts } from "./context.ts";

const log = createLogger("test", "silent");
const runtime = systemRuntime();
const ID = "6f1c0000-0000-4000-8000-000000000001";
const completed = storedEvent(`registration-${ID}`, "RegistrationCompleted", completedData({ registrationId: ID }));

let app: ReturnType<typeof createHttpServer>;
let state: ProjectionStatus["state"];
let database: DatabaseSync;
/** Notifies the board that a view has another status. */
let statusChanged: () => void;
const onStatus = (listener: () => void) => {
  statusChanged = listener;
  return () => {};
};
const refund = vi.fn<Parts["changes"]["refund"]>();
const resend = vi.fn<Parts["changes"]["resend"]>();

/** A board whose views have read nothing yet, of a store with one registration. */
beforeEach(() => {
  const view = ({ schema }: { schema: string }) => {
    const db = new DatabaseSync(":memory:");
    db.exec(schema);
    return { db, status: () => ({ state }), onCommit: () => () => {}, onStatus };
  };
  const [registrations, days, ledger] = [registrationsProjection, daysProjection, ledgerProjection].map(view);
  database = registrations?.db as DatabaseSync;
  app = createHttpServer({ log, metrics: createMetrics("test"), health: createHealth() });
  registerBoard(app, { people: createPeople(() => [], undefined), clubName: "Tigers", log, runtime }).open({
    registrations,
    days,
    ledger,
    queries: createQueries(database, runtime.now),
    books: createBooks(ledger?.db as DatabaseSync, runtime.now),
    find: async (id: string) => (id === ID ? statesOf([completed]).at(-1) : undefined),
    ownWrites: { settled: async () => {} },
    changes: { refund, resend },
    today: async () => ({ entries: [], deadLetters: 0 }),
    store: { read: async () => [] },
  } as unknown as Parts);
});
afterEach(() => app.close());

const get = (path: string) => app.inject(`/admin${path}`);

const sentences = [
  ["", "No family needs you now."],
  ["/registrations", "No registrations yet."],
  ["/registrations?q=zoe", "Nobody found"],
  ["/ledger", "There is no money to show yet."],
] as const;

test.each(sentences)("/admin%s says that there is nothing only if it knows", async (path, sentence) => {
  state = "live";
  const inStep = (await get(path)).body;
  expect(inStep).toContain(sentence);
  expect(inStep).not.toContain("may be incomplete");
  for (state of ["catching_up", "waiting", "stopped"] as const) {
    const { body } = await get(path);
    expect(body).toContain("This page may be incomplete or out of date");
    expect(body).not.toContain(sentence);
  }
});

test("a family that is stored is not denied while the view has not read it", async () => {
  state = "catching_up";
  const { statusCode, body } = await get(`/registrations/${ID}`);
  expect([statusCode, body.includes("There is no such registration")]).toEqual([503, false]);
  expect((await get(`/registrations/${ID.replace(/1$/, "2")}`)).statusCode).toBe(404);
});

test.each(["/export.csv", "/ledger.csv"])("%s is not made from rows that may lack somebody", async (path) => {
  state = "catching_up";
  expect((await get(path)).statusCode).toBe(503);
  state = "live";
  expect((await get(path)).statusCode).toBe(200);
});

/** Sends a form of the family's page while the event store does not answer. */
const sendInVain = async (path: string, form: Record<string, string>) => {
  state = "live";
  const apply = registrationsProjection.prepare(database);
  apply(completed);
  apply.flush?.();
  const page = await get(`/registrations/${ID}`);
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? "";
  const { name = "", value = "" } = page.cookies[0] ?? {};
  for (const change of [refund, resend]) change.mockRejectedValue(new Fault("event_store_unavailable"));
  return app.inject({
    method: "POST",
    url: `/admin/registrations/${ID}/${path}`,
    cookies: { [name]: value },
    headers: { "content-type": "application/x-www-form-urlencoded" },
    payload: new URLSearchParams({ csrf, ...form }).toString(),
  });
};

test("a form that may have taken effect says so, and is sent again under the same id", async () => {
  const { statusCode, body } = await sendInVain("refund", { sure: "yes", refund: "r1", pounds: "5" });
  expect(statusCode).toBe(503);
  expect(body).toContain("this may or may not have been done. Reload this page shortly");
  expect(body).toContain(`<a href="/admin/registrations/${ID}">`);
});

test("a form without an id of its own, which would text twice, is not to be sent again unseen", async () => {
  const { statusCode, body } = await sendInVain("resend", {});
  expect(statusCode).toBe(503);
  expect(body).toContain("this may or may not have been done. Look at the family first");
  expect(body).not.toContain("Reload");
});

test("open pages are notified when a view has another status", async () => {
  const followed = await app.inject({ url: "/admin/events", payloadAsStream: true });
  const received = followed.stream()[Symbol.asyncIterator]();
  expect(String((await received.next()).value)).toContain("retry:");
  statusChanged();
  expect(String((await received.next()).value)).toContain("event: change");
});
