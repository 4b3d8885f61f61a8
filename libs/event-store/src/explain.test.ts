import { readFileSync } from "node:fs";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { explain, NoLeader, Unreachable, UnreadableFile, worstOf } from "./explain.ts";

const at = { host: "store", port: 2113 };
const unreachable = (code: string) => new Unreachable(at, code, undefined);
const call = (code: status) => Object.assign(new Error("secret"), { code });

const troubles = [
  new UnreadableFile("tlsCAFile", "/ca.crt", undefined),
  call(status.UNAUTHENTICATED),
  call(status.PERMISSION_DENIED),
  unreachable("UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
  unreachable("WANTS_TLS"),
  unreachable("ENOTFOUND"),
  unreachable("ECONNREFUSED"),
  call(status.DEADLINE_EXCEEDED),
  new NoLeader(),
  call(status.RESOURCE_EXHAUSTED),
  call(status.UNAVAILABLE),
];

test("every trouble has its own sentence, and one that says what to do", () => {
  const explained = troubles.map(explain);
  expect(new Set(explained.map(({ sentence }) => sentence)).size).toBe(troubles.length);
  expect(new Set(explained.map(({ kind }) => kind)).size).toBe(troubles.length);
  for (const { sentence, advice } of explained) {
    expect(`${sentence} ${advice}`).not.toContain("secret");
    expect(sentence).toMatch(/^\S.*\.$/);
    expect(advice).toMatch(/^[A-Z].*\.$/);
  }
});

test("of several troubles, the most specific is shown", () => {
  for (const [index, trouble] of troubles.entries()) expect(worstOf(troubles.slice(index).toReversed())).toBe(trouble);
});

test("the runbook lists every sentence", () => {
  const runbook = readFileSync(join(import.meta.dirname, "../../../docs/runbooks/event-store-failing.md"), "utf8");
  for (const trouble of troubles) {
    expect(runbook).toContain(explain(trouble).sentence.replace("store:2113", "node:2113"));
  }
});

test("the sentence names the node", () => {
  expect(explain(unreachable("ECONNREFUSED")).sentence).toBe("Nothing listens at store:2113.");
  expect(explain(unreachable("EHOSTUNREACH")).sentence).toBe("store:2113 cannot be reached (EHOSTUNREACH).");
});
