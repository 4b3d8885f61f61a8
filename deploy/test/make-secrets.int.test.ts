import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const script = join(import.meta.dirname, "../make-secrets.sh");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "touchline-secrets-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const make = () => spawnSync(script, [folder], { encoding: "utf8" });
const read = (name: string) => readFileSync(join(folder, name), "utf8").trim();
const write = (name: string, text: string) => {
  if (existsSync(join(folder, name))) chmodSync(join(folder, name), 0o600);
  writeFileSync(join(folder, name), text);
};
const all = () =>
  Object.fromEntries(
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => [name, read(name)]),
  );

test("it makes passwords and the URLs that hold them, and asks for the providers' secrets", () => {
  const { status, stderr } = make();
  expect([status, stderr]).toEqual([1, expect.stringContaining("twilio-auth-token")]);
  expect(read("eventstore-url")).toBe(
    `esdb://admin:${read("eventstore-password")}@eventstore:2113?tls=true&tlsCAFile=/run/secrets/ca`,
  );
  expect(read("nats-url-relay")).toBe(`tls://relay:${read("nats-password-relay")}@nats:4222`);
});

test("it keeps what exists: a user of the club's own, a cluster's addresses", () => {
  make();
  write("eventstore-url", "esdb+discover://touchline:secret@eventstore:2113?tls=true");
  write("nats-url-relay", `tls://relay:${read("nats-password-relay")}@nats-0:4222,nats-1:4222`);
  const before = all();
  make();
  expect(all()).toEqual(before);
});

test("the authority's key is not among the files that a cluster's secret is made of", () => {
  make();
  expect(Object.keys(all())).not.toContain("ca-key");
  // An earlier version left it there.
  renameSync(join(folder, "authority/ca-key"), join(folder, "ca-key"));
  rmSync(join(folder, "nats-certificate"));
  make();
  expect(Object.keys(all())).not.toContain("ca-key");
  const verified = spawnSync("openssl", ["verify", "-CAfile", "ca", "nats-certificate"], { cwd: folder });
  expect(verified.status).toBe(0);
});

test("a certificate without a name that it needs now is renewed; others stay", () => {
  make();
  const [nats, eventStore] = [read("nats-certificate"), read("eventstore-certificate")];
  // As an earlier version made it: nodes of a cluster that find each other by DNS refuse it.
  write("eventstore-certificate", nats);
  make();
  expect(read("nats-certificate")).toBe(nats);
  expect([nats, eventStore]).not.toContain(read("eventstore-certificate"));
  const text = spawnSync("openssl", ["x509", "-noout", "-ext", "subjectAltName", "-in", "eventstore-certificate"], {
    cwd: folder,
    encoding: "utf8",
  });
  expect(text.stdout).toContain("DNS:eventstore.touchline.svc.cluster.local,");
});

test("a new password reaches the URLs of its user, and their addresses stay", () => {
  make();
  write("eventstore-url", `esdb://admin:${read("eventstore-password")}@one:2113,two:2113?tls=true`);
  write("eventstore-password", "chosen-by-hand");
  rmSync(join(folder, "nats-password-relay"));
  const other = read("nats-url-registration");
  const old = read("nats-url-relay");
  make();
  expect(read("eventstore-url")).toBe("esdb://admin:chosen-by-hand@one:2113,two:2113?tls=true");
  expect(read("nats-url-relay")).toBe(`tls://relay:${read("nats-password-relay")}@nats:4222`);
  expect(read("nats-url-relay")).not.toBe(old);
  expect(read("nats-url-registration")).toBe(other);
});
