import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inSnakeCase, registrationOf, startWorld, type World } from "./world.ts";

/** The rows of docs/gateway.md: a number, and what the gateway finally reads about a registration with it. */
const numbers = readFileSync(join(root, "docs/gateway.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| 07700 9008"))
  .map((line) => {
    const [phone = "", , statuses = "", error = "", actions = ""] = line
      .slice(2, -2)
      .split("|")
      .map((cell) => cell.trim().replaceAll("`", ""));
    return { phone, statuses: statuses.split(", then "), error, actions: actions ? actions.split(", ") : [] };
  });

let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

const handIn = async (phone: string): Promise<string> => {
  const given = registrationOf(phone);
  await world.grpc.call("CompleteRegistration", inSnakeCase(given));
  return given.registrationId;
};

const shown = async (id: string) => {
  const row = await world.row(id);
  const next = row.next_actions as { action: string }[];
  return {
    status: row.sms_delivery_status,
    error: row.sms_delivery_error,
    asksForNumber: row.phone_needs_correction,
    actions: next.map(({ action }) => action),
  };
};

test("each test number behaves as the gateway's guide says", async () => {
  expect(numbers).toHaveLength(11);
  const follow = async ({ phone, statuses, error, actions }: (typeof numbers)[number]) => {
    const id = await handIn(phone);
    for (const status of statuses) {
      const expected = { status, error, actions, asksForNumber: actions.includes("ask_for_number") };
      await expect.poll(() => shown(id), { timeout: 100_000, message: phone }).toEqual(expected);
    }
  };
  await Promise.all(numbers.map(follow));
});

test("a text that did not arrive the first time arrives when it is sent again", async () => {
  const id = await handIn("07700 900808");
  const status = async () => (await shown(id)).status;
  await expect.poll(status).toBe("undelivered");
  await world.grpc.call("ResendPaymentLink", { registration_id: id });
  await expect.poll(status).toBe("delivered");
});
