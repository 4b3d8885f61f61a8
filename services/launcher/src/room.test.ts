import { expect, test } from "vitest";
import { assertRoom } from "./room.ts";

const MIB = 1024 ** 2;

test("a nearly full disk is refused in one sentence that says how much space is needed", () => {
  expect(() => assertRoom("/data", () => 255.9 * MIB)).toThrow(
    "Only 255 MB are free for /data, and Touchline needs 256 MB to start. Make room, or set DATA_DIR to a folder on another disk.",
  );
  assertRoom("/data", () => 256 * MIB);
});

test("a folder that does not exist yet is measured by the disk it will be on", () => {
  expect(() => assertRoom("/proc/no/such/folder")).toThrow("Only 0 MB are free for /proc/no/such/folder");
});
