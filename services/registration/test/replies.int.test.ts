import { randomUUID } from "node:crypto";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { connectRegistrationClient, type RegistrationClient } from "@touchline/contracts/client";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBoard } from "./board-client.ts";
import { createWorld } from "./families.ts";

import { type RunningService, startService } from "./harness.ts";

let infrastructure: Infrastructure;
let service: RunningService;
let world: ReturnType<typeof createWorld>;
let board: ReturnType<typeof openBoard>;
let client: RegistrationClient;

beforeAll(async () => {
  infrastructure = await startInfrastructure("registration");
  service = await startService(infrastructure, { CLUB_NAME: "Tigers" });
  world = createWorld(infrastructure.eventStore.url);
  board = openBoard(service.http);
  client = connectRegistrationClient(service.grpc, { timeoutMs: 10_000, now: () => new Date() });
});

afterAll(async () => {
  client?.close();
  await world?.close();
  await service?.stop();
  await infrastructure?.stop();
});

const HOSTILE = `</q><script>alert(1)</script> " onmouseover="alert(2)`;

const texted = async (link: string) => {
  const id = randomUUID();
  await world.register(id, ["Zoë", "O'Neill"]);
  await world.token(id, link);
  await world.text(id, link, 1, ["delivered"]);
  return id;
};

test("a reply is shown as written until it is dealt with, and one that arrives meanwhile stays open", async () => {
  const id = await texted("BRQ000REPLY1");
  const path = `/admin/registrations/${id}`;
  const page = async () => (await board.get(path)).text();
  await world.reply(id, HOSTILE, 0.5);
  await expect.poll(page).toContain("not dealt with yet");
  const shown = await page();
  expect(shown).toContain("&lt;/q&gt;&lt;script&gt;alert(1)&lt;/script&gt; &quot; onmouseover=&quot;alert(2)");
  expect(shown).not.toContain("<script>alert");
  const upTo = /name="upTo" value="([^"]+)"/.exec(shown)?.[1] ?? "";
  await world.reply(id, "and one more thing");
  await expect.poll(page).toContain("and one more thing");
  expect((await board.post(`${path}/replies`, { upTo })).status).toBe(403);
  const done = await board.send(path, `${path}/replies`, { upTo });
  expect(done.headers.get("location")).toBe(`${path}?done=replies`);
  await expect.poll(page).toMatch(/and one more thing.*not dealt with yet.*, dealt with/s);
  expect((await board.send(path, `${path}/replies`, { upTo: "soon" })).status).toBe(422);
  for (const line of service.output().split("\n")) expect(line).not.toMatch(/alert|one more thing/);
});

test("a gateway that watches a registration hears of a reply, and that it was dealt with", async () => {
  const id = await texted("BRQ000REPLY2");
  const states: (string | undefined)[] = [];
  const watching = client.watchRegistration({ registrationId: id });
  watching.on("data", ({ repliedAt }) => states.push(repliedAt && timestampDate(repliedAt).toISOString()));
  watching.on("error", () => {}); // It is cancelled below.
  await expect.poll(() => states.length).toBeGreaterThan(0);
  await world.reply(id, "who is this?");
  await expect.poll(() => states.at(-1)).toBeDefined();
  const { repliedAt } = await client.getRegistration({ registrationId: id });
  const mark = () => client.markRepliesHandled({ registrationId: id, ...(repliedAt && { upTo: repliedAt }) });
  expect(await mark()).toMatchObject({ registrationId: id, changed: true });
  expect(await mark()).toMatchObject({ changed: false });
  await expect.poll(() => states.at(-1)).toBeUndefined();
  watching.cancel();
});

test("a parent's wish for no more texts is recorded once, and taken back once the number has opted out", async () => {
  const id = await texted("BRQ000REPLY3");
  const path = `/admin/registrations/${id}`;
  const wish = (wanted: boolean) => client.recordTextsWish({ registrationId: id, wanted });
  expect(await wish(true)).toMatchObject({ changed: false });
  const done = await board.send(path, `${path}/texts`, { wanted: "no" });
  expect(done.headers.get("location")).toBe(`${path}?done=no_texts`);
  const phone = "+447700900123";
  const optedOut = { type: "PhoneOptedOut", data: { phone, via: "club", optedOutAt: new Date().toISOString() } };
  const metadata = { service: "notification" };
  await world.store.append("suppression-h", [{ id: randomUUID(), ...optedOut, metadata }], "no_stream");
  await expect.poll(async () => (await board.get(path)).text()).toContain("The parent wants texts again");
  expect(await wish(false)).toMatchObject({ changed: false });
  expect(await wish(true)).toMatchObject({ changed: true });
});
