import { expect, test } from "vitest";
import { assertRoom } from "./room.ts";

const MIB = 1024 ** 2;

test("a disk that is all but full is refused in one sentence that says how much is missing", () => {
  expect(() => assertRoom("/data", () => 255.9 * MIB)).toThrow(
    "Only 255 MB are free for /data, and Touchline needs 256 MB to start. Make room, or set DATA_DIR to a folder on another disk.",
  );
  assertRoom("/data", () => 256 * MIB);
});

test("a folder that is not there yet is measured by the disk that it will be on", () => {
  expect(() => assertRoom("/proc/no/such/folder")).toThrow("Only 0 MB are free for /proc/no/such/folder");
});
