import { eventually } from "@touchline/testing";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createWorld } from "../../registration/test/families.ts";
import { type RunningService, startService } from "../../registration/test/harness.ts";
import { ops } from "./touchline.ts";

const LINK = "BRQ0000ZOE1";
const at = "2026-11-28T10:00:00.000Z";

let infrastructure: Infrastructure;
let service: RunningService;
let world: ReturnType<typeof createWorld>;
/** An operator's settings, by role. */
let as: Record<"operator" | "treasurer", Record<string, string>>;
let treasurer: string;

beforeAll(async () => {
  infrastructure = await startInfrastructure("ops");
  service = await startService(infrastructure, { GATEWAY_TOKEN: "the-gateway-knows-it" });
  world = createWorld(infrastructure.eventStore.url);
  const env = {
    DATA_DIR: infrastructure.dataDir,
    EVENTSTORE_URL: infrastructure.eventStore.url,
    NATS_URL: infrastructure.nats.url,
    GRPC_PORT: service.grpc.split(":")[1] ?? "",
  };
  const added = async (name: string, role: string) =>
    JSON.parse((await ops(env, "operators", "add", name, "--role", role, "--json")).out) as {
      id: string;
      token: string;
    };
  const [sam, kim] = [await added("Sam Khan", "treasurer"), await added("Kim Lee", "operator")];
  treasurer = sam.id;
  const own = ({ token }: { token: string }) => ({ ...env, TOUCHLINE_OPERATOR_TOKEN: token });
  as = { treasurer: own(sam), operator: own(kim) };
  await world.register("zoe", ["Zoë", "O'Neill"]);
  await world.token("zoe", LINK);
  await world.payment("zoe", LINK, "paid");
  await eventually(async () => (await ops(as.operator, "list", "--json")).out.includes('"paid"'));
});

afterAll(async () => {
  await world?.close();
  await service?.stop();
  await infrastructure?.stop();
});

const asked = async () =>
  (await world.store.read("registration-zoe"))
    .slice(1)
    .map(({ type, data, metadata }) => ({ type, data, actor: metadata.actor }));

/** Runs a command while payment-link answers its request. */
const answered = async (args: readonly string[], type: string, data: object) => {
  const before = (await asked()).length;
  const ran = ops(as.treasurer, ...args);
  await expect.poll(async () => (await asked()).length).toBe(before + 1);
  await world.say("zoe", LINK, type, data);
  return ran;
};

test("only a treasurer may refund; the command waits for GoCardless's answer, and asks once for each id", async () => {
  const refund = (id: string, pence = "1000") => ["refund", "zoe", "--pence", pence, "--refund-id", id];
  const denied = await ops(as.operator, ...refund("wish-1"));
  expect([denied.code, denied.err]).toEqual([1, expect.stringContaining("not allow")]);
  const created = { refundRequestId: "wish-1", refundId: "RF1", occurredAt: at, via: "read", action: "created" };
  const made = await answered(refund("wish-1"), "RefundCreated", created);
  expect(made).toMatchObject({ code: 0, out: "GoCardless has accepted the refund.\n" });
  const again = await ops(as.treasurer, ...refund("wish-1"), "--json");
  expect(JSON.parse(again.out)).toEqual({ registrationId: "zoe", changed: false, made: true });
  expect((await ops(as.treasurer, ...refund("wish-1", "1001"))).err).toContain("with a different amount");
  expect(await asked()).toMatchObject([
    { type: "RegistrationRefundRequested", actor: treasurer, data: { refundRequestId: "wish-1", amountPence: 1_000 } },
  ]);
});

test("a refund that GoCardless refuses fails the command with the reason in words", async () => {
  const no = { refundRequestId: "wish-2", code: "too_many_refunds", reason: "number exceeded", refusedAt: at };
  const refused = await answered(["refund", "zoe", "--pence", "1", "--refund-id", "wish-2"], "RefundRefused", no);
  const why = "The refund was not made: GoCardless allows no more refunds of this payment";
  expect(refused).toMatchObject({ code: 1, out: "", err: `${why}.\n` });
  expect((await ops(as.operator, "timeline", "zoe")).out).toContain(why);
  expect((await ops(as.operator, "list", "--json")).out).toContain(why);
});

test("a treasurer records cash, has a record refused and undoes one, each with its answer", async () => {
  const cash = ["record-money", "zoe", "--kind", "cash", "--pence", "500", "--note", "R-1", "--record-id", "cash-1"];
  expect((await ops(as.operator, ...cash)).code).toBe(1);
  expect((await ops(as.treasurer, ...cash.with(7, "Mr O'Neill"))).err).toContain("note: A code");
  const record = { recordId: "cash-1", kind: "cash", amountPence: 500, note: "R-1", recordedAt: at };
  const counted = await answered(cash, "MoneyElsewhereRecorded", record);
  expect(counted).toMatchObject({ code: 0, out: "Recorded as cash-1. It counts.\n" });
  expect((await ops(as.treasurer, ...cash)).out).toBe("This was already recorded. It counts.\n");
  const more = cash.with(-1, "cash-2");
  const refused = await answered(more, "MoneyElsewhereRefused", { recordId: "cash-2", code: "paid", refusedAt: at });
  expect([refused.code, refused.err]).toEqual([1, "The record of money does not count: the fee is paid already.\n"]);
  const undo = ["undo-money", "zoe", "cash-1", "--note", "R-1-void", "--record-id", "undo-1"];
  expect((await ops(as.operator, ...undo)).code).toBe(1);
  const undone = { ...record, recordId: "undo-1", undoes: "cash-1" };
  expect((await answered(undo, "MoneyElsewhereRecorded", undone)).out).toContain("It counts.");
  expect((await ops(as.treasurer, ...undo.with(2, "cash-9").with(-1, "undo-2"))).err).toContain("no such record");
  expect((await asked()).slice(-3)).toMatchObject([
    {
      type: "MoneyRecorded",
      actor: treasurer,
      data: { recordId: "cash-1", kind: "cash", amountPence: 500, note: "R-1" },
    },
    { type: "MoneyRecorded", actor: treasurer, data: { recordId: "cash-2" } },
    { type: "MoneyRecorded", actor: treasurer, data: { recordId: "undo-1", undoes: "cash-1", amountPence: 500 } },
  ]);
});

test("while payment-link does not answer, the command says so and where the answer will appear", async () => {
  const waiting = await ops(as.treasurer, "refund", "zoe", "--pence", "2");
  expect(waiting).toMatchObject({ code: 0, out: "GoCardless has not answered yet. See: timeline zoe\n" });
});
