import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { withoutToken } from "../src/people/operators.ts";
import { writeOperators } from "../src/people/operators-file.ts";
import { openBoard } from "./board-client.ts";
import { createWorld } from "./families.ts";
import { connectGateway, zoe as zoeNamed } from "./gateway.ts";
import { type RunningService, startService } from "./harness.ts";
import { everyone, operator } from "./people.ts";

const SHARED_KEY = "the-committee-knows-it";

let infrastructure: Infrastructure;
let service: RunningService;
let world: ReturnType<typeof createWorld>;
let path: string;
const [zoe, leo] = [randomUUID(), randomUUID()];
const page = (id: string) => `/admin/registrations/${id}`;

const boardOf = async (id: string, which = "token") => {
  const board = openBoard(service.http);
  expect((await board.logIn(`${id}-${which}`)).headers.get("location")).toBe("/admin");
  return board;
};
const lastOf = async (id: string) => {
  const last = (await world.store.read(`registration-${id}`)).at(-1);
  return [last?.type, last?.metadata.actor];
};

beforeAll(async () => {
  infrastructure = await startInfrastructure("registration");
  path = join(infrastructure.dataDir, "registration", "operators.json");
  service = await startService(infrastructure, { ADMIN_TOKEN: SHARED_KEY, GATEWAY_TOKEN: "the-gateway-knows-it" });
  world = createWorld(infrastructure.eventStore.url);
  await world.register(zoe, ["Zoë", "O'Neill"]);
  await world.register(leo, ["Leo", "Khan"], 0, "+447700900123", "Lions");
});

beforeEach(() => writeOperators(path, everyone));

afterAll(async () => {
  await world?.close();
  await service?.stop();
  await infrastructure?.stop();
});

test("the shared key is an administrator's, and reported as deprecated, until there is a named operator", async () => {
  rmSync(path);
  expect(service.output()).toContain("ADMIN_TOKEN is deprecated");
  const board = openBoard(service.http);
  await board.logIn(SHARED_KEY);
  expect((await board.send(page(zoe), `${page(zoe)}/resend`)).status).toBe(303);
  expect(await lastOf(zoe)).toEqual(["PaymentLinkResendRequested", "shared-key"]);
  writeOperators(path, everyone);
  expect((await board.get("/admin")).headers.get("location")).toBe("/admin/login");
  expect((await openBoard(service.http).logIn(SHARED_KEY)).status).toBe(403);
});

test("nobody is admitted without a token, and wrong ones cannot be tried without end", async () => {
  const board = openBoard(service.http);
  expect((await board.get("/admin")).headers.get("location")).toBe("/admin/login");
  expect((await board.get("/admin/export.csv")).status).toBe(303);
  expect((await board.get("/admin/events")).status).toBe(401);
  expect((await board.get("/admin/registrations?q=a")).status).toBe(303);
  expect((await board.post("/admin/login", { token: "op-admin-token" })).status).toBe(403);
  expect((await board.get("/admin")).status).toBe(303);
  for (let i = 0; i < 10; i++) expect([403, 429]).toContain((await board.logIn("wrong")).status);
  expect((await board.logIn("wrong")).status).toBe(429);
  expect((await board.logIn("op-admin-token")).status).toBe(303);
  expect(service.output()).not.toContain("op-admin-token");
});

test("a session has a cookie of its own, and logging out ends it on the server", async () => {
  const board = openBoard(service.http);
  await board.get("/admin/login");
  const planted = board.cookie();
  const entered = await board.logIn("op-viewer-token");
  const [set = ""] = entered.headers.getSetCookie();
  expect(set).toMatch(/^touchline_admin=.*; Path=\/admin; Expires=.*; HttpOnly; SameSite=Lax$/);
  expect(board.cookie()).not.toBe(planted);
  const kept = board.cookie();
  const followed = await board.get("/admin/events");
  expect(await (await board.get("/admin")).text()).toContain("Sam the viewer");
  expect((await board.post("/admin/logout", {})).status).toBe(403);
  expect((await board.get("/admin")).status).toBe(200);
  expect((await board.send("/admin", "/admin/logout")).headers.get("location")).toBe("/admin/login");
  await world.register(randomUUID(), ["Eve", "Ended"]);
  expect(await followed.text()).not.toContain("change");
  board.useCookie(kept);
  expect((await board.get("/admin")).status).toBe(303);
});

test("a withdrawn token ends its sessions at once, and no others", async () => {
  const [phone, laptop] = [await boardOf("op-admin"), await boardOf("op-admin", "other")];
  const open = await phone.get("/admin/events");
  writeOperators(
    path,
    everyone.map((one) => ({ ...one, tokens: one.tokens.filter(({ id }) => id !== "op-admin-token") })),
  );
  expect((await phone.get("/admin")).status).toBe(303);
  expect((await laptop.get("/admin")).status).toBe(200);
  // The next change is not even announced.
  await world.register(randomUUID(), ["Ivy", "Wilson"]);
  expect(await open.text()).not.toContain("change");
});

test("a page or stream opened with a withdrawn token ends within seconds, even if nothing happens", async () => {
  const client = (token: string) => connectGateway(service.grpc, token);
  const [withdrawn, kept, moved] = [
    client("op-viewer-token"),
    client("op-viewer-other"),
    client("op-operator-limited-token"),
  ];
  const streams = [withdrawn.watch(zoe), kept.watch(zoe), moved.watch(leo)].map((stream) => {
    const heard = { states: 0, code: "none" };
    stream.on("data", () => heard.states++);
    stream.on("error", ({ code }: { readonly code?: number }) => Object.assign(heard, { code: status[code ?? -1] }));
    return heard;
  });
  const page = await (await boardOf("op-viewer")).get("/admin/events");
  await expect.poll(() => streams.map(({ states }) => states)).toEqual([1, 1, 1]);
  writeOperators(path, [
    ...withoutToken(everyone, "op-viewer-token").filter(({ teams }) => !teams),
    operator("operator", ["Tigers"]),
  ]);
  const codes = () => streams.map(({ code }) => code);
  await expect.poll(codes, { timeout: 8_000 }).toEqual(["UNAUTHENTICATED", "none", "NOT_FOUND"]);
  expect(await page.text()).not.toContain("change");
  for (const one of [withdrawn, kept, moved]) one.close();
});

test("a viewer reads, an operator acts, and the timeline says who did it", async () => {
  const id = randomUUID();
  await world.register(id, ["Ada", "Paid"]);
  const viewer = await boardOf("op-viewer");
  const shown = await (await viewer.get(page(id))).text();
  expect(shown).toContain("Ada Paid");
  expect(shown).not.toMatch(/\/resend|\/phone|\/note|\/cancel|\/erase/);
  const refused = await viewer.send(page(id), `${page(id)}/resend`);
  expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining("Your role does not allow")]);
  expect(await lastOf(id)).toEqual(["RegistrationCompleted", undefined]);

  const acting = await boardOf("op-operator");
  await acting.send(page(id), `${page(id)}/resend`);
  expect(await lastOf(id)).toEqual(["PaymentLinkResendRequested", "op-operator"]);
  expect(await (await viewer.get(page(id))).text()).toContain("by Sam the operator");
  writeOperators(
    path,
    everyone.filter(({ id: one }) => one !== "op-operator"),
  );
  expect(await (await viewer.get(page(id))).text()).toContain("by a former operator");
});

test("a family's records of money are listed, and a treasurer undoes one that counts, once", async () => {
  const [id, link] = [randomUUID(), "BRQ0000KIT1"];
  await world.register(id, ["Kit", "Cash"]);
  await world.token(id, link);
  const record = { recordId: "cash-1", note: "R-0117" };
  const board = await boardOf("op-treasurer");
  const form = { record: record.recordId, note: record.note, kind: "cash", pounds: "20" };
  expect((await board.send(page(id), `${page(id)}/money`, form)).status).toBe(303);
  await world.moneyCounts(id, link, record);
  const shown = async (who = board) =>
    /<div data-live id="money">.*?<\/div>\n<section/s.exec(await (await who.get(page(id))).text())?.[0];
  const listed = await shown();
  expect(listed).toMatch(/£20\.00 cash.*Counts.*R-0117.*by Sam the treasurer.*Undo/s);
  expect(await shown(await boardOf("op-operator"))).not.toContain("<form");

  const fields = Object.fromEntries(
    [...(listed ?? "").matchAll(/name="(record|undoes|note)" value="([^"]*)"/g)].map(([, name = "", value]) => [
      name,
      value,
    ]),
  ) as Record<string, string>;
  for (const answer of ["undone", "money_before"]) {
    const sent = await board.send(page(id), `${page(id)}/money`, fields);
    expect(sent.headers.get("location")).toBe(`${page(id)}?done=${answer}`);
  }
  const [last, ...others] = (await world.store.read(`registration-${id}`)).slice(2);
  expect([last?.type, last?.data, others]).toMatchObject([
    "MoneyRecorded",
    { undoes: "cash-1", amountPence: 2_000 },
    [],
  ]);
  expect(await shown()).toMatch(/Being undone.*undone .* by Sam the treasurer/s);
  expect(await shown()).not.toContain("<form");
});

test("an operator limited to a team sees and changes no other families", async () => {
  const lions = await boardOf("op-operator-limited");
  const list = await (await lions.get("/admin/registrations")).text();
  expect(list).toContain(leo);
  expect(list).not.toContain(zoe);
  expect(list).toMatch(/All <span class="count">1</);
  expect(list).not.toContain("The last four weeks");
  expect(await (await lions.get("/admin/export.csv")).text()).not.toContain(zoe);
  expect(list).not.toContain('value="Tigers"');
  for (const q of ["O'Neill", "07700 900123", zoe]) {
    const query = new URLSearchParams({ q, team: "Tigers" }).toString();
    expect(await (await lions.get(`/admin/registrations?${query}`)).text()).not.toContain(`r-${zoe}`);
  }
  const own = await (await lions.get(page(leo))).text();
  expect(own).toContain("Leo Khan");
  // The same number, but another team.
  expect(own).not.toContain(zoe);
  expect((await lions.get(page(zoe))).status).toBe(404);
  const before = await lastOf(zoe);
  for (const [action, fields] of [
    ["resend", {}],
    ["number", {}],
    ["phone", { phone: "07700 900789" }],
    ["phone", { phone: "no number" }],
    ["note", { note: "n-1", text: "not mine to write" }],
    ["cancel", { sure: "yes" }],
  ] as const) {
    const answer = await lions.send("/admin", `${page(zoe)}/${action}`, fields);
    expect([action, answer.status]).toEqual([action, 404]);
    expect(await answer.text()).not.toContain("Zoë");
  }
  expect(await lastOf(zoe)).toEqual(before);
  expect((await lions.send(page(leo), `${page(leo)}/resend`)).status).toBe(303);
  expect(await lastOf(leo)).toEqual(["PaymentLinkResendRequested", "op-operator-limited"]);
});

test("over gRPC each token may do what its owner may, and the gateway's does not erase", async () => {
  const id = randomUUID();
  await world.register(id, ["Max", "Moss"]);
  const codeOf = async (token: string, method: string, request: object) => {
    const client = connectGateway(service.grpc, token);
    try {
      await client.call(method, request);
      return "done";
    } catch (error) {
      return status[(error as { code: number }).code];
    } finally {
      client.close();
    }
  };
  const registration_id = id;
  const of = (token: string, method: string) => codeOf(token, method, { registration_id });
  expect(await of("the-gateway-knows-it", "EraseRegistration")).toBe("PERMISSION_DENIED");
  expect(await of("op-treasurer-token", "EraseRegistration")).toBe("PERMISSION_DENIED");
  expect(await of("op-viewer-token", "ResendPaymentLink")).toBe("PERMISSION_DENIED");
  expect(await of("op-viewer-token", "GetRegistration")).toBe("done");
  expect(await of("op-operator-token", "CompleteRegistration")).toBe("PERMISSION_DENIED");
  for (const method of ["GetRegistration", "ResendPaymentLink", "CancelRegistration"]) {
    expect(await of("op-operator-limited-token", method)).toBe("NOT_FOUND");
  }
  expect(await of(SHARED_KEY, "GetRegistration")).toBe("UNAUTHENTICATED");
  const handedIn = randomUUID();
  expect(await codeOf("the-gateway-knows-it", "CompleteRegistration", zoeNamed(handedIn))).toBe("done");
  expect(await lastOf(handedIn)).toEqual(["RegistrationCompleted", "gateway"]);
  expect(await of("the-gateway-knows-it", "ResendPaymentLink")).toBe("done");
  expect(await lastOf(id)).toEqual(["PaymentLinkResendRequested", "gateway"]);
  expect(await of("op-operator-token", "CancelRegistration")).toBe("done");
  expect(await lastOf(id)).toEqual(["RegistrationCancelled", "op-operator"]);
  expect(await of("op-admin-token", "EraseRegistration")).toBe("done");
  expect(await lastOf(id)).toEqual(["RegistrationErased", "op-admin"]);
  for (const method of ["AddNote", "RemoveNote", "ListNotes"]) {
    expect([method, await of("the-gateway-knows-it", method)]).toEqual([method, "PERMISSION_DENIED"]);
  }
  expect(await of("op-viewer-token", "AddNote")).toBe("PERMISSION_DENIED");
  const lions = connectGateway(service.grpc, "op-operator-limited-token");
  const { registrations } = (await lions.call("ListRegistrations", {})) as unknown as {
    registrations: { team: string }[];
  };
  expect(new Set(registrations.map(({ team }) => team))).toEqual(new Set(["Lions"]));
  lions.close();
});

test("the ledger is for treasurers, each for their own teams", async () => {
  const [tiger, lion] = [randomUUID(), randomUUID()];
  await world.register(tiger, ["Mia", "Jones"]);
  await world.register(lion, ["Max", "Jones"], 0, "+447700900123", "Lions");
  await world.token(tiger, "BRQ0000MIA1");
  await world.token(lion, "BRQ0000MAX1");
  const pages = ["/admin/ledger", "/admin/ledger.csv"];
  for (const id of ["op-viewer", "op-operator", "op-operator-limited"]) {
    const board = await boardOf(id);
    expect(await Promise.all(pages.map(async (of) => (await board.get(of)).status))).toEqual([403, 403]);
    expect(await (await board.get("/admin/registrations")).text()).not.toContain("/admin/ledger");
  }
  const all = await boardOf("op-treasurer");
  await expect.poll(async () => (await all.get("/admin/ledger.csv")).text()).toContain(lion);
  expect(await (await all.get("/admin/ledger.csv")).text()).toContain(tiger);
  const limited = await boardOf("op-treasurer-limited");
  for (const query of ["", "?team=Tigers"]) {
    const csv = await (await limited.get(`/admin/ledger.csv${query}`)).text();
    expect(csv).toContain(lion);
    expect(csv).not.toContain(tiger);
    const page = await (await limited.get(`/admin/ledger${query}`)).text();
    expect(page).toContain("Lions");
    expect(page).not.toContain("Tigers");
  }
  // Everybody who sees a family also sees its account.
  expect(await (await (await boardOf("op-viewer")).get(page(tiger))).text()).toContain("Signing-on fee");
});
