import { type SmallDisk, smallDisk } from "@touchline/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Registered, register, type Stack, startStack } from "./stack.ts";

let stack: Stack;
let disk: SmallDisk | undefined;

beforeAll(async () => {
  stack = await startStack();
});
afterAll(async () => {
  await stack.stop();
  disk?.remove();
});

const textsTo = ({ billingRequestId }: Registered) =>
  stack.twilio.messages.filter(({ body }) => body.includes(billingRequestId)).length;

test("while the views' disk is full texts wait, and each is sent once when there is room", async (context) => {
  disk = smallDisk(1_200);
  if (!disk) return context.skip("this user may not mount a file system");
  const service = await stack.start({ DATA_DIR: disk.path });
  const reason = async () => {
    const { checks } = (await (await fetch(`${service.url}/health/ready`)).json()) as {
      checks: Record<string, { reason?: string }>;
    };
    return checks.projection_texts_file?.reason ?? "";
  };
  disk.fill();
  const families: Registered[] = [];
  await expect
    .poll(
      async () => {
        const phone = `+4477009${String(families.length).padStart(5, "0")}`;
        families.push(await register(stack.store, { phone }));
        return reason();
      },
      { timeout: 60_000, interval: 0 },
    )
    .toContain("its disk is full");
  for (let i = 0; i < 5; i++) families.push(await register(stack.store));
  // Long enough for timers to look for due texts, and for retries.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(service.child.exitCode).toBeNull();
  expect((await fetch(`${service.url}/metrics`)).status).toBe(200);
  disk.makeRoom();
  await expect.poll(reason, { timeout: 30_000 }).toBe("");
  await expect.poll(() => families.map(textsTo), { timeout: 90_000 }).toEqual(families.map(() => 1));
});
