import { randomUUID } from "node:crypto";
import { type SmallDisk, smallDisk } from "@touchline/testing";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectGateway, zoe } from "./gateway.ts";
import { startService } from "./harness.ts";

let infrastructure: Infrastructure;
let disk: SmallDisk | undefined;

beforeAll(async () => {
  infrastructure = await startInfrastructure("registration");
});
afterAll(async () => {
  await infrastructure.stop();
  disk?.remove();
});

test("registrations are accepted while the disk of the views is full, and shown once there is room", async (context) => {
  disk = smallDisk(1_500);
  if (!disk) return context.skip("this user may not mount a file system");
  const service = await startService({ ...infrastructure, dataDir: disk.path });
  const gateway = connectGateway(service.grpc);
  const complete = async () => {
    const id = randomUUID();
    expect(await gateway.call("CompleteRegistration", zoe(id))).toMatchObject({ duplicate: false });
    return id;
  };
  const reason = async () => {
    const { checks } = (await (await fetch(`${service.http}/health/ready`)).json()) as {
      checks: Record<string, { reason?: string }>;
    };
    return checks.projection_registrations_file?.reason ?? "";
  };
  const ids = [await complete()];
  disk.fill();
  await expect
    .poll(
      async () => {
        ids.push(await complete());
        return reason();
      },
      { timeout: 60_000, interval: 0 },
    )
    .toContain("its disk is full");
  ids.push(await complete());
  expect((await fetch(`${service.http}/health/ready`)).status).toBe(200);
  disk.makeRoom();
  await expect.poll(reason, { timeout: 30_000 }).toBe("");
  for (const id of ids) {
    expect(await gateway.call("GetRegistration", { registration_id: id })).toMatchObject({ registration_id: id });
  }
  gateway.close();
  expect(await service.stop()).toBe(0);
});
