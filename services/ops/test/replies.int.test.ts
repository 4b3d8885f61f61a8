import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createWorld } from "../../registration/test/families.ts";
import { type RunningService, startService } from "../../registration/test/harness.ts";
import { ops } from "./touchline.ts";

let infrastructure: Infrastructure;
let service: RunningService;
let world: ReturnType<typeof createWorld>;
let env: Record<string, string>;

beforeAll(async () => {
  infrastructure = await startInfrastructure("ops");
  service = await startService(infrastructure);
  world = createWorld(infrastructure.eventStore.url);
  env = {
    DATA_DIR: infrastructure.dataDir,
    EVENTSTORE_URL: infrastructure.eventStore.url,
    GRPC_PORT: service.grpc.split(":")[1] ?? "",
  };
  await world.register("zoe", ["Zoë", "O'Neill"]);
  await world.token("zoe", "BRQ0000ZOE1");
  await world.text("zoe", "BRQ0000ZOE1", 2, ["delivered"]);
});

afterAll(async () => {
  await world?.close();
  await service?.stop();
  await infrastructure?.stop();
});

test("replies are listed until they are dealt with, and cannot control the terminal", async () => {
  expect(await ops(env, "replies", "list")).toEqual({ code: 0, out: "", err: "Nobody is waiting for an answer.\n" });
  await world.reply("zoe", "I paid the coach\u001b[2J in cash", 1);
  await expect.poll(async () => (await ops(env, "replies", "list")).out).toContain("I paid the coach?[2J in cash");
  expect((await ops(env, "replies", "done", "zoe")).out).toBe("The replies are dealt with.\n");
  expect((await ops(env, "replies", "done", "zoe")).out).toBe("There was no reply to deal with.\n");
  await world.reply("zoe", "and one more thing");
  const open = async () =>
    JSON.parse((await ops(env, "replies", "list", "--json")).out) as { registration_id: string; text: string }[];
  await expect.poll(open).toMatchObject([{ registration_id: "zoe", text: "and one more thing" }]);
  expect(await ops(env, "replies", "done", "nobody")).toMatchObject({ code: 1, out: "" });
});

test("a family that has texted back can be filtered for, on its team's list too", async () => {
  await world.reply("zoe", "Which day is training?");
  await world.register("leo", ["Leo", "Khan"], 1, "+447700900125", "Lions");
  const found = async (...more: string[]) => (await ops(env, "list", "--replied", "--csv", ...more)).out;
  await expect.poll(() => found()).toContain("zoe,");
  expect(await found("--team", "Tigers")).toContain("zoe,");
  expect(await found()).not.toContain("leo,");
  expect(await found("--team", "Lions")).not.toContain("zoe,");
});

test("stop and start record whether a family wants texts", async () => {
  const wishes = async () =>
    (await world.store.read("registration-zoe")).flatMap(({ type, data }) =>
      type === "TextsWishRecorded" ? [data.wanted] : [],
    );
  expect((await ops(env, "start", "zoe")).out).toBe("That was already known; nothing was changed.\n");
  expect((await ops(env, "stop", "zoe")).out).toContain("no more texts");
  expect(await wishes()).toEqual([false]);
});

test("a possible duplicate is listed as held, and released once", async () => {
  await world.register("mia", ["Mia", "Jones"], 1, "+447700900124");
  await world.register("mia-2", ["Mia", "Jones"], 0, "+447700900124", "Tigers", { possibleDuplicateOf: "mia" });
  const held = async () => (await ops(env, "list", "--held", "--csv")).out;
  await expect.poll(held).toContain("mia-2");
  expect(await held()).not.toContain("mia,");
  const release = (id: string, ...flags: string[]) => ops(env, "release", id, ...flags);
  expect(await release("mia-2")).toEqual({
    code: 0,
    out: "Released: its link is being made and will be texted.\n",
    err: "",
  });
  expect((await release("mia-2")).out).toBe("It was not held.\n");
  expect(JSON.parse((await release("mia-2", "--json")).out)).toMatchObject({ registrationId: "mia-2", changed: false });
  expect((await world.store.read("registration-mia-2")).map(({ type }) => type)).toEqual([
    "RegistrationCompleted",
    "RegistrationReleased",
  ]);
  expect(await held()).not.toContain("mia-2");
  expect(await release("nobody")).toMatchObject({ code: 1, out: "" });
});
