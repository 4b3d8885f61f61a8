import { startProcess } from "@touchline/testing/stack";
import { expect, test } from "vitest";

test("a program continues when the reader of its output closes the pipe", async () => {
  const printer = await startProcess("services/launcher/test/fixtures/printer.ts", { ready: "line" });
  printer.child.stdout?.destroy();
  expect(await printer.ended).toBe(3);
});
