import { expect, test, vi } from "vitest";
import { createOwnWrites } from "./own-writes.ts";

test("nobody waits for a write that a restored event store lacks", async () => {
  const reached = vi.fn(async () => false);
  const ownWrites = createOwnWrites({ position: () => 5n, reached, status: () => ({ state: "live" }) });
  ownWrites.note("r1", 9n);
  await ownWrites.settled();
  await ownWrites.settled("r1");
  expect(reached).toHaveBeenCalledTimes(2);
  ownWrites.forget();
  await ownWrites.settled();
  await ownWrites.settled("r1");
  expect(reached).toHaveBeenCalledTimes(2);
  ownWrites.note("r1", 6n);
  await ownWrites.settled();
  expect(reached).toHaveBeenLastCalledWith(6n, expect.any(Number));
});
