import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { type ServiceError, status } from "@grpc/grpc-js";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeOperators } from "../src/people/operators-file.ts";
import { openBoard } from "./board-client.ts";
import { createWorld } from "./families.ts";
import { connectGateway } from "./gateway.ts";
import { type RunningService, startService } from "./harness.ts";
import { everyone } from "./people.ts";

const GATEWAY = "the-gateway-knows-it";
const at = "2026-11-28T10:00:00.000Z";

let infrastructure: Infrastructure;
let service: RunningService;
let world: ReturnType<typeof createWorld>;

beforeAll(async () => {
  infrastructure = await startInfrastructure("registration");
  service = await startService(infrastructure, { GATEWAY_TOKEN: GATEWAY });
  writeOperators(join(infrastructure.dataDir, "registration", "operators.json"), everyone);
  world = createWorld(infrastructure.eventStore.url);
});

afterAll(async () => {
  await world?.close();
  await service?.stop();
  await infrastructure?.stop();
});

/** The answer, or the refusal's status and words. */
const call = async (method: string, request: object, token = "op-treasurer-token") => {
  const client = connectGateway(service.grpc, token);
  try {
    return { answer: await client.call(method, request) };
  } catch (error) {
    const { code, details } = error as ServiceError;
    return { refused: status[code], details };
  } finally {
    client.close();
  }
};

let links = 0;
/** A Tiger whose parent has paid. */
const paidFamily = async () => {
  const [id, link] = [randomUUID(), `BRQ0MONEY${links++}`];
  await world.register(id, ["Zoë", "O'Neill"]);
  await world.token(id, link);
  await world.payment(id, link, "paid");
  await expect.poll(async () => (await rowOf(id)).payment_status).toBe("paid");
  return { id, link };
};
const rowOf = async (id: string): Promise<Record<string, unknown>> =>
  (await call("GetRegistration", { registration_id: id })).answer ?? {};
const eventsOf = async (id: string) =>
  (await world.store.read(`registration-${id}`)).slice(1).map(({ type, metadata }) => [type, metadata.actor]);

interface Kind {
  readonly method: string;
  readonly event: string;
  readonly wish: object;
  /** The same wish with other content, and a wrong one. */
  readonly other: object;
  readonly wrong: object;
  /** How payment-link says that it is done, and that it failed. */
  readonly done: readonly [type: string, data: object];
  readonly refused: readonly [type: string, data: object];
  readonly says: object;
  readonly why: string;
}

const kinds: readonly Kind[] = [
  {
    method: "RefundPayment",
    event: "RegistrationRefundRequested",
    wish: { amount_pence: 1_000, refund_request_id: "wish-1" },
    other: { amount_pence: 1_001 },
    wrong: { amount_pence: 0 },
    done: [
      "RefundCreated",
      { refundRequestId: "wish-1", refundId: "RF1", occurredAt: at, via: "read", action: "created" },
    ],
    says: { made: true },
    refused: [
      "RefundRefused",
      { refundRequestId: "wish-1", code: "balance_too_low", reason: "available refund amount", refusedAt: at },
    ],
    why: "The refund was not made: the club’s balance at GoCardless is too low",
  },
  {
    method: "RecordMoney",
    event: "MoneyRecorded",
    wish: { amount_pence: 1_000, record_id: "cash-1", kind: "cash", note: "R-0117" },
    other: { kind: "waiver" },
    wrong: { note: "Mr O'Neill paid" },
    done: [
      "MoneyElsewhereRecorded",
      { recordId: "cash-1", kind: "cash", amountPence: 1_000, note: "R-0117", recordedAt: at },
    ],
    says: { counts: true },
    refused: ["MoneyElsewhereRefused", { recordId: "cash-1", code: "paid", refusedAt: at }],
    why: "The record of money does not count: the fee is paid already",
  },
];

describe.each(kinds)("$method", ({ method, event, wish, other, wrong, done, says, refused, why }) => {
  test("is for treasurers, for the families that they may see, and the event names the actor", async () => {
    const { id } = await paidFamily();
    const request = { registration_id: id, ...wish };
    for (const token of ["op-viewer-token", "op-operator-token", GATEWAY])
      expect((await call(method, request, token)).refused).toBe("PERMISSION_DENIED");
    expect((await call(method, request, "no-token")).refused).toBe("UNAUTHENTICATED");
    expect((await call(method, request, "op-treasurer-limited-token")).refused).toBe("NOT_FOUND");
    expect(await eventsOf(id)).toEqual([]);
    expect((await call(method, request)).answer).toMatchObject({ registration_id: id, changed: true });
    expect(await eventsOf(id)).toEqual([[event, "op-treasurer"]]);
  });

  test("is asked for once under one id, and refused under the same id with other content", async () => {
    const { id } = await paidFamily();
    const request = { registration_id: id, ...wish };
    const twice = await Promise.all([call(method, request), call(method, request, "op-admin-token")]);
    expect(new Set(twice.map(({ answer }) => answer?.changed))).toEqual(new Set([false, true]));
    expect((await call(method, { ...request, ...other })).refused).toBe("ALREADY_EXISTS");
    expect((await call(method, { ...request, ...wrong })).refused).toBe("INVALID_ARGUMENT");
    expect(await eventsOf(id)).toHaveLength(1);
  });

  test("reports success to somebody who asks again", async () => {
    const { id, link } = await paidFamily();
    const request = { registration_id: id, ...wish };
    await call(method, request);
    await world.say(id, link, ...done);
    await expect.poll(() => call(method, request)).toMatchObject({ answer: { changed: false, ...says } });
    expect(await eventsOf(id)).toHaveLength(1);
  });

  test("reports the reason for a failure to somebody who asks again, in the row and on the family's page, until another is asked for", async () => {
    const { id, link } = await paidFamily();
    const request = { registration_id: id, ...wish };
    await call(method, request);
    await world.say(id, link, ...refused);
    const answered = { refused: "FAILED_PRECONDITION", details: expect.stringContaining(why) as string };
    await expect.poll(() => call(method, request)).toEqual(answered);
    expect((await rowOf(id)).money_error).toContain(why);
    const board = openBoard(service.http);
    await board.logIn("op-viewer-token");
    const page = await (await board.get(`/admin/registrations/${id}`)).text();
    expect(page.replaceAll("&#39;", "'").match(new RegExp(`${why}[^<]*\\.</p>`))).not.toBeNull();
    expect(page).toContain("Refund or record failed");
    await world.say(id, link, "RefundRequested", {
      refundRequestId: "wish-2",
      paymentId: "PM1",
      amountPence: 1,
      totalPence: 1,
      requestedAt: at,
    });
    await expect.poll(async () => (await rowOf(id)).money_error).toBe("");
  });
});

test("a refund that GoCardless took, and that does not reach the payer, shows with its reason", async () => {
  const { id, link } = await paidFamily();
  const request = { registration_id: id, amount_pence: 1_000, refund_request_id: "wish-1" };
  await call("RefundPayment", request);
  await world.report(id, link, "RefundCreated", { refundRequestId: "wish-1", refundId: "RF9", amountPence: 1_000 });
  await world.report(id, link, "RefundReturned", { refundId: "RF9" });
  const why = "The refund did not reach the payer: the money stays with the club";
  await expect.poll(async () => (await rowOf(id)).money_error).toBe(why);
  expect(await call("RefundPayment", request)).toMatchObject({ refused: "FAILED_PRECONDITION", details: `${why}.` });
});
