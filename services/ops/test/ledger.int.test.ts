import { randomUUID } from "node:crypto";
import { cpSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { connectEventStore, type EventStore } from "@touchline/event-store";
import { verify } from "@touchline/projections";
import { temporaryFolder } from "@touchline/testing";
import { type Infrastructure, type ServiceProcess, startInfrastructure, startProcess } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { opsConfig } from "../src/config.ts";
import { viewsOf } from "../src/views.ts";
import { ops } from "./touchline.ts";

let infrastructure: Infrastructure;
let service: ServiceProcess;
let store: EventStore;
let env: Record<string, string>;
let http: string;

const at = "2026-09-10T10:00:00.000Z";

const append = async (stream: string, events: readonly (readonly [type: string, data: object])[]) => {
  const stored = await store.read(stream);
  const wanted = events.map(([type, data]) => ({ id: randomUUID(), type, data, metadata: { service: "test" } }));
  await store.append(stream, wanted, stored.at(-1)?.revision ?? "no_stream");
};

/** A family with these reports about its fee. */
const family = (...given: [team: string, billingRequestId: string, feePence: number, ...reports: string[]]) =>
  familyOf("2627", ...given);

const familyOf = async (
  season: string,
  team: string,
  billingRequestId: string,
  feePence: number,
  ...reports: readonly string[]
) => {
  const registrationId = randomUUID();
  const parent = { firstName: "Sam", lastName: "O'Neill" };
  const fees = { signingFeePence: feePence, monthlyFeePence: 0, defaultedFees: [], preferredPaymentDay: 1 };
  const known = { registrationId, child: parent, parent, parentPhone: "+447700900123", team, ageGroup: "u10" };
  await append(`registration-${registrationId}`, [
    ["RegistrationCompleted", { ...known, ...fees, season, acceptedAt: at }],
  ]);
  const link = { billingRequestId, registrationId, origin: "created", feePence, mandate: false };
  const reported = { billingRequestId, requestId: billingRequestId, paymentId: `PM${billingRequestId.slice(3)}` };
  await append(`payment-${billingRequestId}`, [
    ["PaymentTokenCreated", { ...link, monthlyFeePence: 0, preferredPaymentDay: 1, season, createdAt: at }],
    ...reports.map((type) => [type, { ...reported, occurredAt: at, via: "webhook", action: "reported" }] as const),
  ]);
  return registrationId;
};

beforeAll(async () => {
  infrastructure = await startInfrastructure("registration");
  store = connectEventStore({ url: infrastructure.eventStore.url });
  env = {
    DATA_DIR: infrastructure.dataDir,
    EVENTSTORE_URL: infrastructure.eventStore.url,
    NATS_URL: infrastructure.env.NATS_URL ?? "",
  };
  const ports = { GRPC_PORT: "0", REGISTRATION_PORT: "0" };
  service = await startProcess("services/registration/src/main.ts", {
    env: { ...infrastructure.env, ...env, ...ports, LOG_LEVEL: "info" },
  });
  http = /"http":"([^"]+)"/.exec(service.output())?.[1] ?? "";
  await family("Tigers", "BRQ00000T1", 4_501, "PaymentFulfilled", "PaymentConfirmed", "PaymentPaidOut");
  await family("Tigers", "BRQ00000T2", 4_502, "PaymentFulfilled");
  await family("Lions, the", "BRQ00000L1", 4_503);
});

afterAll(async () => {
  await store?.close();
  await service?.stop();
  await infrastructure?.stop();
});

const get = async (path: string) => (await fetch(http + path)).text();

test("the page, its CSV, the command line and the events agree to the penny", async () => {
  await expect.poll(() => get("/admin/ledger"), { timeout: 20_000 }).toContain("£135.06");
  const page = await get("/admin/ledger?season=2627");
  const json = await ops(env, "ledger", "--season", "2627", "--json");
  const totals: Record<string, number>[] = JSON.parse(json.out);
  expect(totals).toMatchObject([
    { team: "Lions, the", month: "2026-09", expected: 4_503, collected: 0, to_come: 4_503 },
    {
      team: "Tigers",
      month: "2026-09",
      expected: 9_003,
      collected: 4_501,
      on_its_way: 4_502,
      paid_out: 4_501,
      to_come: 0,
    },
  ]);
  const foot = /<tfoot>.*?<\/tfoot>/s.exec(page)?.[0] ?? "";
  const shown = [...foot.matchAll(/<td>£([\d,.]+)<\/td>/g)].map(([, pounds = ""]) => pounds);
  expect(shown).toEqual(["135.06", "45.01", "45.02", "45.03", "0.00", "0.00", "0.00", "0.00", "45.01"]);

  const csv = await get("/admin/ledger.csv?season=2627");
  expect((await ops(env, "ledger", "--season", "2627", "--csv")).out).toBe(`\uFEFF${csv}`);
  const [columns = [], ...lines] = csv
    .trim()
    .split("\r\n")
    .map((line) => line.replace(/"[^"]*"/, "team").split(","));
  for (const name of ["expected", "collected", "on_its_way", "to_come", "paid_out"]) {
    const column = columns.findIndex((heading) => heading.toLowerCase() === `${name.replaceAll("_", " ")} (£)`);
    const cells = lines.map((line) => line[column] ?? "");
    expect(cells.filter((cell) => !/^\d+\.\d\d$/.test(cell))).toEqual([]);
    const sum = cells.reduce((all, cell) => all + Math.round(Number(cell) * 100), 0);
    expect([name, sum]).toEqual([name, totals.reduce((all, total) => all + (total[name] ?? 0), 0)]);
  }
  const table = await ops(env, "ledger", "--team", "Tigers");
  expect(table.out).toContain("£90.03");
  expect(table.out).not.toContain("Lions");
  expect((await ops(env, "ledger", "--team", "Nobody")).err).toBe("There is no money to show.\n");

  const [view] = viewsOf({ env, config: () => opsConfig(env) }, "ledger");
  if (!view) throw new Error("There is no ledger.");
  expect(await verify({ store, ...view })).toMatchObject({ found: 0 });
});

test("ledger without the service's files says what to do", async () => {
  const { code, err } = await ops({ ...env, DATA_DIR: "/nowhere" }, "ledger");
  expect(code).toBe(1);
  expect(err).toContain("There is no ledger here.");
});

test("retention lists the families kept long enough and what still keeps them, and erases the others on request", async () => {
  const paid = await familyOf("2021", "Owls", "BRQ00000O1", 4_500, "PaymentFulfilled", "PaymentConfirmed");
  const owing = await familyOf("2021", "Owls", "BRQ00000O2", 4_500);
  const listed = async () => JSON.parse((await ops(env, "retention", "--months", "24", "--json")).out);
  const kept = { registration_id: owing, season: "2021", team: "Owls", kept_by: "money is still to come" };
  const free = { ...kept, registration_id: paid, kept_by: "" };
  await expect.poll(async () => new Set(await listed()), { timeout: 20_000 }).toEqual(new Set([kept, free]));
  expect((await ops(env, "retention")).err).toContain("RETENTION_MONTHS is not set");
  expect((await ops({ ...env, RETENTION_MONTHS: "240" }, "retention")).err).toContain("No family's data");

  const GRPC_PORT = /"grpcPort":(\d+)/.exec(service.output())?.[1] ?? "";
  const erase = () => ops({ ...env, GRPC_PORT, RETENTION_MONTHS: "24" }, "retention", "--yes");
  const [restoredAt, until] = [new Date(), new Date(Date.now() + 3_600_000)].map((at) => at.toISOString());
  await append("store-recovery", [["RecoveryBegan", { since: restoredAt, until }]]);
  expect((await erase()).err).toContain("may still be missing");
  await append("store-recovery", [["RecoveryEnded", { endedAt: restoredAt }]]);
  // A view that does not follow the events would not show the money that has come open since.
  const [ledger] = viewsOf({ env, config: () => opsConfig(env) }, "ledger");
  if (!ledger) throw new Error("There is no ledger.");
  const behind = temporaryFolder("behind");
  const files = join(behind.path, "registration");
  cpSync(dirname(ledger.path), files, { recursive: true });
  const copy = new DatabaseSync(join(files, basename(ledger.path)));
  copy.exec("UPDATE checkpoint SET position = 0");
  copy.close();
  const old = await ops({ ...env, GRPC_PORT, DATA_DIR: behind.path, RETENTION_MONTHS: "24" }, "retention", "--yes");
  expect([old.code, old.err]).toEqual([1, expect.stringContaining("The view ledger does not follow")]);
  behind.remove();
  const erased = await erase();
  expect(erased.out).toBe("Erased 1; unsettled money keeps 1. Next: scavenge.\n");
  const last = async (id: string) => (await store.read(`registration-${id}`)).at(-1)?.type;
  expect([await last(paid), await last(owing)]).toEqual(["RegistrationErased", "RegistrationCompleted"]);
  await expect.poll(listed, { timeout: 20_000 }).toEqual([kept]);
});
