import { EventEmitter, getEventListeners } from "node:events";
import { systemRuntime } from "@touchline/service";
import { expect, test } from "vitest";
import type { Follow } from "../feed/follow.ts";
import { type WatchAllCall, watchRegistrations } from "./watch-all.ts";

test("each wait for a slow reader leaves no listener behind", async () => {
  const call = Object.assign(new EventEmitter(), {
    request: { afterPosition: "" },
    write: () => {
      setImmediate(() => call.emit("drain"));
      return false;
    },
  });
  const left: number[] = [];
  const follow: Follow = async function* (_after, signal) {
    for (let position = 1n; position < 10n; position++) {
      yield { registrationId: "r1", position, row: undefined };
      left.push(getEventListeners(signal, "abort").length + call.listenerCount("drain"));
    }
    call.emit("cancelled");
  };
  const watching = { follow, signal: new AbortController().signal, runtime: systemRuntime() };
  await watchRegistrations(call as unknown as WatchAllCall, watching, () => ({ id: "op-1", role: "viewer" }));
  expect(left).toEqual(Array(9).fill(0));
});
