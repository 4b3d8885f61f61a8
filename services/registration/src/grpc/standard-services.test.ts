import type { Server, UntypedServiceImplementation } from "@grpc/grpc-js";
import { createHealth, systemRuntime } from "@touchline/service";
import { expect, test } from "vitest";
import { addHealthService } from "./standard-services.ts";

test("callers that ask at once share one look at the dependencies, and later ones get a new one", async () => {
  let looks = 0;
  const health = createHealth();
  health.add("store", async () => {
    looks++;
    return looks === 1 ? undefined : "away";
  });
  let service: UntypedServiceImplementation = {};
  const server = {
    addService: (_: unknown, implementation: UntypedServiceImplementation) => {
      service = implementation;
    },
  };
  addHealthService(server as unknown as Server, health, systemRuntime());
  const check = () =>
    new Promise((resolve) => {
      const answer = (_error: unknown, value: unknown) => resolve(value);
      service.check?.({ request: { service: "" } } as never, answer as never);
    });
  expect(await Promise.all([check(), check(), check()])).toEqual(Array(3).fill({ status: "SERVING" }));
  expect(looks).toBe(1);
  expect(await check()).toEqual({ status: "NOT_SERVING" });
});
