import { execFile, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fromJson, toJson } from "@bufbuild/protobuf";
import {
  CompleteRegistrationRequestSchema,
  gatewayChanges,
  WatchRegistrationRequestSchema,
} from "@touchline/contracts";
import { connectEventStore } from "@touchline/event-store";
import { connectMessaging, makeConsumer } from "@touchline/messaging";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { violationCodes } from "../src/registration/violations.ts";
import { connectGateway } from "./gateway.ts";
import { type RunningService, startService } from "./harness.ts";
import { findPython } from "./python.ts";
import { submission } from "./submission.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const examples = join(root, "docs/examples");
const token = "let-me-in";

let infrastructure: Infrastructure;
let service: RunningService;

beforeAll(async () => {
  infrastructure = await startInfrastructure("registration");
  service = await startService(infrastructure, { GATEWAY_TOKEN: token });
});

afterAll(async () => {
  await service?.stop();
  await infrastructure?.stop();
});

const run = async (
  file: string,
  registrationId: string,
  { command = process.execPath, ...more }: Record<string, string> = {},
): Promise<string[]> => {
  const env = {
    PATH: process.env.PATH,
    GRPC_TARGET: service.grpc,
    NATS_URL: infrastructure.nats.url,
    GATEWAY_TOKEN: token,
    ...more,
  };
  const options = { cwd: root, env, timeout: 30_000 };
  const { stdout } = await promisify(execFile)(command, [join(examples, file), registrationId], options);
  return stdout.trim().split("\n");
};

const guide = readFileSync(join(root, "docs/gateway.md"), "utf8");

test("docs/gateway.md has words for every code of a refusal", () => {
  const [, table = ""] = /## Words for a refusal([\s\S]*?)\n## /.exec(guide) ?? [];
  const codes = [...table.matchAll(/^\| `(\w+)` \| .+ \| .*"[A-Z].+[.?]".*\|$/gm)].map(([, code]) => code);
  expect(new Set(codes)).toEqual(new Set(violationCodes));
});

test("docs/gateway.md shows the examples as they are", () => {
  const shown = [...guide.matchAll(/^```(?:ts|python) ([\w.]+)\n([\s\S]*?)^```$/gm)];
  expect(shown.map(([, file]) => file)).toEqual([
    "grpc.ts",
    "nats.ts",
    "feed.ts",
    "grpc_gateway.py",
    "nats_gateway.py",
  ]);
  for (const [, file = "", code] of shown) expect(code).toBe(readFileSync(join(examples, file), "utf8"));
});

/** Both gRPC examples do the same. Resolves with what one of them prints until the registration is paid. */
const playGrpc = async (file: string, billingRequestId: string, with_: Record<string, string> = {}) => {
  const id = randomUUID();
  const gateway = connectGateway(service.grpc, token);
  const finished = run(file, id, with_);
  const seen = () =>
    Promise.race([gateway.call("GetRegistration", { registration_id: id }).catch(() => undefined), finished]);
  await expect.poll(seen, { timeout: 20_000 }).toBeDefined();
  await pay(id, billingRequestId);
  const lines = await finished;
  gateway.close();
  expect(lines[0]).toMatch(/^parentPhone: /);
  expect(lines.slice(1, 3)).toEqual(["accepted", "accepted before"]);
  expect(lines.at(-1)).toBe("text pending, payment paid");
};

test("the gRPC example submits a registration, shows its violations, and watches it until it is paid", () =>
  playGrpc("grpc.ts", "BRQ0001ABC"));

const python = findPython();
if (python.missing) process.stderr.write(`The Python gRPC example does not run here: ${python.missing}\n`);

test.skipIf(python.missing)("the Python gRPC example does the same, with stubs made as the guide says", async () => {
  const stubs = mkdtempSync(join(tmpdir(), "touchline-stubs-"));
  try {
    const [, commands = ""] = /Debian's packages[\s\S]*?```sh\n([\s\S]*?)```/.exec(guide) ?? [];
    const protoc = commands
      .slice(commands.indexOf("protoc -I"), commands.indexOf("PYTHONPATH"))
      .replaceAll("=stubs", `=${stubs}`);
    await promisify(execFile)("sh", ["-c", protoc], { cwd: root });
    await playGrpc("grpc_gateway.py", "BRQ0002ABC", { command: python.command, PYTHONPATH: stubs });
  } finally {
    rmSync(stubs, { recursive: true, force: true });
  }
});

/** As payment-link would store it. */
const pay = async (registrationId: string, billingRequestId: string) => {
  const store = connectEventStore({ url: infrastructure.eventStore.url });
  const at = new Date().toISOString();
  const data = { billingRequestId, registrationId, status: "paid", since: at, changedAt: at };
  const event = { id: randomUUID(), type: "PaymentStatusChanged", data, metadata: { service: "test" } };
  await store.append(`payment-${billingRequestId}`, [event], "no_stream");
  await store.close();
};

test("the NATS example receives refusals and acceptances", async () => {
  const WAITING_FILE = join(mkdtempSync(join(tmpdir(), "touchline-gateway-")), "waiting.json");
  const [violation, taken] = await run("nats.ts", randomUUID(), { WAITING_FILE });
  expect(violation).toMatch(/^parentPhone: /);
  expect(taken).toBe("accepted");
  expect(JSON.parse(readFileSync(WAITING_FILE, "utf8"))).toEqual({});
  // As the gateway finds them after a restart: one whose answer it missed, and one that never reached NATS.
  const [missed, unsent] = [randomUUID(), randomUUID()];
  const waiting = (id: string) => ({ [id]: submission(id) });
  for (const left of [waiting(missed), { ...waiting(missed), ...waiting(unsent) }]) {
    writeFileSync(WAITING_FILE, JSON.stringify(left));
    const lines = await run("nats.ts", randomUUID(), { WAITING_FILE });
    const expected = unsent in left ? ["accepted", "accepted before"] : ["accepted"];
    expect(lines.slice(0, expected.length).toSorted()).toEqual(expected);
    expect(JSON.parse(readFileSync(WAITING_FILE, "utf8"))).toEqual({});
  }
  rmSync(dirname(WAITING_FILE), { recursive: true });
});

test("the feed's example says how each registration is, and continues where it left off", async () => {
  const nats = await connectMessaging({ url: infrastructure.nats.url, name: "test" });
  await makeConsumer(nats, gatewayChanges);
  await nats.close();
  const folder = mkdtempSync(join(tmpdir(), "touchline-gateway-"));
  const [early, late] = [randomUUID(), randomUUID()];
  const heard: string[] = [];
  for (const id of [early, late]) {
    await run("nats.ts", id, { WAITING_FILE: join(folder, id) });
    const hears = async () => heard.push(...(await run("feed.ts", id))) && heard;
    await expect.poll(hears, { timeout: 60_000 }).toContain(`${id}: pending, pending`);
  }
  expect(heard.filter((line) => line.startsWith(early))).toHaveLength(1);
  rmSync(folder, { recursive: true });
});

test("the messages in the examples for the shell fit the contract and are accepted", async () => {
  const blocks = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
  const messages = blocks
    .flatMap((block) => [...block.matchAll(/ '(\{"registrationId"(?:[^']|'\\'')*\})'/g)])
    .map(([, json = ""]) => JSON.parse(json.replaceAll("'\\''", "'")));
  expect(messages.map(({ registrationId }) => registrationId)).toEqual(["shell-1", "shell-1", "shell-2"]);
  const gateway = connectGateway(service.grpc, token);
  // An unknown field throws here, though the server ignores it.
  fromJson(WatchRegistrationRequestSchema, messages[1]);
  for (const message of [messages[0], messages[2]]) {
    const request = fromJson(CompleteRegistrationRequestSchema, message);
    const fields = toJson(CompleteRegistrationRequestSchema, request, { useProtoFieldName: true });
    await gateway.call("CompleteRegistration", fields as object);
  }
  gateway.close();
});

test("the Python examples are Python", () => {
  for (const file of ["grpc_gateway.py", "nats_gateway.py"]) {
    const parse = `import ast,sys; ast.parse(open(sys.argv[1], encoding="utf-8").read())`;
    const { status, error, stderr } = spawnSync("python3", ["-c", parse, join(examples, file)], { encoding: "utf8" });
    // Without Python there is nothing to ask.
    if (error) return;
    expect(stderr).toBe("");
    expect(status).toBe(0);
  }
});
