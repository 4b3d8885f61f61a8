import { startProcess } from "@touchline/testing/stack";
import { expect, test } from "vitest";

test("a program whose reader has seen enough continues", async () => {
  const printer = await startProcess("services/launcher/test/fixtures/printer.ts", { ready: "line" });
  printer.child.stdout?.destroy();
  expect(await printer.ended).toBe(3);
});
