import { status } from "@grpc/grpc-js";
import { systemRuntime } from "@touchline/service/runtime";
import { expect, test } from "vitest";
import type { StoreNode } from "../node/open.ts";
import { callsOn } from "./call.ts";

const node = {} as StoreNode;

/** What a call throws when the node answers with this error, and whether the node is left for it. */
const answered = async (code: status, details = "") => {
  let left = false;
  const connection = {
    node: async () => node,
    leave: () => {
      left = true;
    },
    failure: () => undefined,
    close: async () => {},
  };
  const calls = callsOn(connection, systemRuntime(), 1_000);
  const error = Object.assign(new Error(details), { code, details });
  const thrown = await calls.run(() => Promise.reject(error)).catch((failure: unknown) => failure);
  return { thrown, left };
};

test.each([
  [status.RESOURCE_EXHAUSTED, "disk is full"],
  [status.PERMISSION_DENIED, "does not allow this user"],
  [status.UNKNOWN, "no event at this position"],
])("what other nodes would refuse as well, for now (%s), is a fault, and its node is kept", async (code, sentence) => {
  const { thrown, left } = await answered(code, "Unexpected ReadAllResult: InvalidPosition");
  expect(thrown).toMatchObject({ name: "Fault", code: "event_store_unavailable" });
  expect(String(thrown)).toContain(sentence);
  expect(left).toBe(false);
});

test.each([
  [status.INVALID_ARGUMENT, ""],
  [status.FAILED_PRECONDITION, ""],
  [status.OUT_OF_RANGE, ""],
])("what every node would refuse (%s %s) is refused, and the node is kept", async (code, details) => {
  const { thrown, left } = await answered(code, details);
  expect(thrown).toMatchObject({ name: "Refused" });
  expect(left).toBe(false);
});

test.each([
  [status.UNAVAILABLE, "event_store_unavailable"],
  [status.UNKNOWN, "event_store_unavailable"],
  [status.DEADLINE_EXCEEDED, "event_store_timeout"],
])("a node that fails (%s) is left", async (code, fault) => {
  const { thrown, left } = await answered(code);
  expect(thrown).toMatchObject({ name: "Fault", code: fault });
  expect(left).toBe(true);
});
