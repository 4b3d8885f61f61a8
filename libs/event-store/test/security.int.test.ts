import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServerCredentials } from "@grpc/grpc-js";
import { systemRuntime } from "@touchline/service/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseAddress } from "../src/address.ts";
import { createConnection } from "../src/connection/connection.ts";
import { explain, type StoreTrouble } from "../src/explain.ts";
import { type FakeNode, startFakeNode } from "./fake-node.ts";

let folder: string;
let secure: FakeNode;
let plain: FakeNode;

const file = (name: string) => join(folder, name);
const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });

const makeAuthority = (name: string) =>
  openssl(
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-subj",
    `/CN=${name}`,
    "-days",
    "2",
    "-keyout",
    `${name}.key`,
    "-out",
    `${name}.crt`,
  );

const makeCertificate = () => {
  writeFileSync(file("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1");
  openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=node", "-keyout", "node.key", "-out", "node.csr");
  openssl(
    "x509",
    "-req",
    "-in",
    "node.csr",
    "-CA",
    "ours.crt",
    "-CAkey",
    "ours.key",
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    "names",
    "-out",
    "node.crt",
  );
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "touchline-security-"));
  makeAuthority("ours");
  makeAuthority("theirs");
  makeCertificate();
  const pair = { private_key: readFileSync(file("node.key")), cert_chain: readFileSync(file("node.crt")) };
  secure = await startFakeNode({ security: ServerCredentials.createSsl(null, [pair]), login: "admin:p@ss:w/rd" });
  plain = await startFakeNode();
  for (const node of [secure, plain]) node.says([{ ...node, leads: true }]);
});

afterAll(async () => {
  await Promise.all([secure?.stop(), plain?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

const reached = async (url: string) => {
  const connection = createConnection(parseAddress(url), systemRuntime());
  try {
    const node = await connection.node(3_000);
    return node.endpoint.port;
  } catch (error) {
    expect(String(error)).not.toContain("p@ss");
    return explain((error as Error).cause).kind;
  } finally {
    await connection.close();
  }
};

const LOGIN = "admin:p%40ss%3Aw%2Frd@";

test("the right authority and login reach a node with TLS, by name and by address", async () => {
  const ca = `tlsCAFile=${encodeURIComponent(file("ours.crt"))}`;
  expect(await reached(`esdb://${LOGIN}127.0.0.1:${secure.port}?${ca}`)).toBe(secure.port);
  expect(await reached(`kurrentdb+discover://${LOGIN}localhost:${secure.port}?${ca}`)).toBe(secure.port);
  expect(await reached(`esdb://${LOGIN}localhost:${secure.port}?tlsVerifyCert=false`)).toBe(secure.port);
});

const troubles: [string, () => string, StoreTrouble][] = [
  ["a wrong password", () => `esdb://admin:no@127.0.0.1:${secure.port}?tlsCAFile=${file("ours.crt")}`, "login"],
  ["a wrong authority", () => `esdb://${LOGIN}127.0.0.1:${secure.port}?tlsCAFile=${file("theirs.crt")}`, "certificate"],
  ["no authority", () => `esdb://${LOGIN}127.0.0.1:${secure.port}`, "certificate"],
  ["a missing authority's file", () => `esdb://127.0.0.1:${secure.port}?tlsCAFile=${file("no.crt")}`, "file"],
  ["plain text against TLS", () => `esdb://127.0.0.1:${secure.port}?tls=false`, "tls"],
  ["TLS against plain text", () => `esdb://127.0.0.1:${plain.port}`, "tls"],
  ["a name that does not exist", () => "esdb://nowhere.invalid?tls=false", "name"],
  ["a port where nothing is listening", () => "esdb://127.0.0.1:1?tls=false", "refused"],
];

test.each(troubles)("%s is reported as such", async (_what, url, kind) => {
  expect(await reached(url())).toBe(kind);
});
