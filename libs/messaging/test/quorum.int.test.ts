import { expect, test } from "vitest";
import { onCluster, soon } from "./on-cluster.ts";

const { world, check, isWell, passes } = onCluster();

test("the loss of two of three servers is reported, and work goes on when they are back", async () => {
  await passes("quorate");
  const [, ...others] = world().cluster.nodes;
  await Promise.all(others.map((node) => node.kill()));
  try {
    await soon(async () => expect((await check())?.reason).toMatch(/stream EVENTS.*consumer test-intake/));
  } finally {
    await Promise.all(others.map((node) => node.start()));
  }
  await passes("quorate again", 60_000);
  await isWell();
}, 240_000);
