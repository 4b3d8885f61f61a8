import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { EventStoreDBClient } from "@eventstore/db-client";
import { temporaryFolder } from "@touchline/testing";
import { afterEach, expect, test } from "vitest";
import { ops, startStoreIn } from "./touchline.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

type Answers = Record<string, () => { status?: number; body?: object }>;

/** The HTTP side of an EventStoreDB node. */
const node = async (answers: Answers) => {
  const asked: string[] = [];
  const logins = new Set<string | undefined>();
  const server: Server = createServer((request: IncomingMessage, answer) => {
    const what = `${request.method} ${request.url}`;
    asked.push(what);
    logins.add(request.headers.authorization);
    const { status = 200, body } = answers[what]?.() ?? { status: 404, body: undefined };
    answer.writeHead(status, { "content-type": "application/json" }).end(body ? JSON.stringify(body) : "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanUps.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { at: `127.0.0.1:${port}`, port, asked, logins };
};

const member = (port: number, isAlive = true) => ({ httpEndPointIp: "127.0.0.1", httpEndPointPort: port, isAlive });

/** Runs on for two looks, then ends as asked. */
const scavenging = (result: string): Answers => {
  let looks = 0;
  return {
    "POST /admin/scavenge": () => ({ body: { scavengeId: "one" } }),
    "GET /admin/scavenge/last": () => ({
      body: { scavengeId: "one", scavengeResult: ++looks < 3 ? "InProgress" : result },
    }),
  };
};

const folder = () => {
  const { path, remove } = temporaryFolder("ops");
  cleanUps.push(remove);
  return path;
};

test("backup and restore refuse to act on a folder when the events are on a server, and say what to do", async () => {
  const DATA_DIR = folder();
  const store = await startStoreIn(DATA_DIR);
  cleanUps.push(() => store.stop());
  const file = `${DATA_DIR}/backup.db`;
  const onServer = { DATA_DIR, EVENTSTORE_URL: "esdb://admin:secret@eventstore:2113" };
  const refused = await ops(onServer, "backup", file);
  expect([refused.code, refused.out, refused.err]).toEqual([
    1,
    "",
    expect.stringMatching(/names a server.*backup\.sh.*--data/s),
  ]);
  expect(refused.err).not.toContain("secret");
  const named = await ops(onServer, "backup", file, "--data", `${DATA_DIR}/eventstore`);
  expect(named.code).toBe(0);
  const restore = await ops(onServer, "restore", file);
  expect([restore.code, restore.err]).toEqual([1, expect.stringMatching(/names a server.*restore\.sh/s)]);
});

test("scavenge starts the server's own and waits for it", async () => {
  const server = await node(scavenging("Success"));
  const env = { DATA_DIR: folder(), EVENTSTORE_URL: `esdb://ops:pass%40word@${server.at}?tls=false` };
  const ran = await ops(env, "scavenge");
  expect([ran.code, ran.out]).toEqual([0, `${server.at}: what was erased is gone from the disk\n`]);
  expect(server.asked.filter((one) => one === "GET /admin/scavenge/last")).toHaveLength(3);
  expect(server.logins).toContain(`Basic ${Buffer.from("ops:pass@word").toString("base64")}`);
});

test("every node of a cluster that is alive is scavenged", async () => {
  const [a, b] = await Promise.all([scavenging("Success"), scavenging("Success")].map(node));
  if (!a || !b) throw new Error("Two nodes were started.");
  const gossip = () => ({ body: { members: [member(a.port), member(b.port), member(1, false)] } });
  const seed = await node({ "GET /gossip": gossip });
  const env = { DATA_DIR: folder(), EVENTSTORE_URL: `esdb+discover://${seed.at}?tls=false` };
  const ran = await ops(env, "scavenge");
  expect(ran.code).toBe(0);
  for (const { at } of [a, b]) expect(ran.out).toContain(at);
});

test("scavenge waits for a server that is already scavenging, and reports one that fails or does not answer", async () => {
  let looks = 0;
  const old = await node({
    "POST /admin/scavenge": () => ({ status: 400 }),
    "GET /admin/scavenge/current": () => ({ body: ++looks < 3 ? { scavengeId: "theirs" } : {} }),
  });
  const at = (one: { at: string }) => ({ DATA_DIR: folder(), EVENTSTORE_URL: `esdb://${one.at}?tls=false` });
  expect((await ops(at(old), "scavenge")).code).toBe(0);
  expect(looks).toBe(3);
  const failing = await ops(at(await node(scavenging("Errored"))), "scavenge");
  expect([failing.code, failing.err]).toEqual([1, expect.stringContaining("Errored")]);
  const narrow = await ops(at(await node({ "POST /admin/scavenge": () => ({ status: 401 }) })), "scavenge");
  expect([narrow.code, narrow.err]).toEqual([1, expect.stringContaining("does not let this user scavenge")]);
  const away = await ops({ DATA_DIR: folder(), EVENTSTORE_URL: "esdb://127.0.0.1:1?tls=false" }, "scavenge");
  expect([away.code, away.err]).toEqual([1, expect.stringContaining("does not answer")]);
});

test("store grant lets one more user read $all, besides the administrators", async () => {
  const store = await startStoreIn(folder());
  cleanUps.push(() => store.stop());
  const ran = await ops({ EVENTSTORE_URL: store.url }, "store", "grant", "touchline");
  expect([ran.code, ran.out]).toEqual([0, "touchline may read $all.\n"]);
  const client = EventStoreDBClient.connectionString(store.url);
  cleanUps.push(() => client.dispose());
  expect((await client.getStreamMetadata("$all")).metadata).toEqual({ acl: { readRoles: ["$admins", "touchline"] } });
  const away = await ops({ EVENTSTORE_URL: "esdb://admin:secret@127.0.0.1:1?tls=false" }, "store", "grant", "x");
  expect([away.code, away.err]).toEqual([1, expect.stringContaining("esdb://127.0.0.1:1")]);
});
