import { once } from "node:events";
import {
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  type ServiceClientConstructor,
  status,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { protoPath } from "grpc-health-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningService, startService } from "./harness.ts";

const REGISTRATION = "touchline.registration.v1.RegistrationService";

let infrastructure: Infrastructure;
let service: RunningService;

beforeAll(async () => {
  infrastructure = await startInfrastructure("registration");
  service = await startService(infrastructure, { GATEWAY_TOKEN: "let-me-in" });
});

afterAll(async () => {
  await service?.stop();
  await infrastructure?.stop();
});

/** A client of a service from its `.proto` file, without the gateway's token. */
const clientOf = (path: string, name: string) => {
  const root = loadPackageDefinition(loadSync(path, { enums: String, oneofs: true }));
  const Client = name
    .split(".")
    .reduce((at, part) => at[part] as GrpcObject, root) as unknown as ServiceClientConstructor;
  return new Client(service.grpc, credentials.createInsecure());
};

const health = async <T>(use: (client: InstanceType<ServiceClientConstructor>) => Promise<T>): Promise<T> => {
  const client = clientOf(protoPath, "grpc.health.v1.Health");
  try {
    return await use(client);
  } finally {
    client.close();
  }
};

const check = (client: InstanceType<ServiceClientConstructor>, of: string) =>
  new Promise((resolve) => {
    client.check?.({ service: of }, (error: { code: number } | null, answer?: { status: string }) =>
      resolve(error?.code ?? answer?.status),
    );
  });

test("health is what /health/ready says, for the server and for its service", () =>
  health(async (client) => {
    expect(await check(client, "")).toBe("SERVING");
    expect(await check(client, REGISTRATION)).toBe("SERVING");
    expect(await check(client, "somebody.else.v1.Service")).toBe(status.NOT_FOUND);
    const watching = client.watch?.({ service: REGISTRATION });
    const [first] = await once(watching, "data");
    expect(first).toEqual({ status: "SERVING" });
    const changed = once(watching, "data");
    await infrastructure.eventStore.stop();
    await expect.poll(() => check(client, ""), { timeout: 60_000 }).toBe("NOT_SERVING");
    expect((await changed)[0]).toEqual({ status: "NOT_SERVING" });
    watching.cancel();
    await once(watching, "error");
    await infrastructure.eventStore.start();
    await expect.poll(() => check(client, ""), { timeout: 60_000 }).toBe("SERVING");
  }));

test("reflection describes the contract", async () => {
  const path = new URL(import.meta.resolve("@grpc/reflection/package.json"));
  const client = clientOf(
    new URL("build/proto/grpc/reflection/v1/reflection.proto", path).pathname,
    "grpc.reflection.v1.ServerReflection",
  );
  const stream = client.ServerReflectionInfo?.();
  const ask = async (question: object) => {
    stream.write(question);
    return (await once(stream, "data"))[0];
  };
  const { list_services_response: listed, ...camel } = await ask({ listServices: "" });
  const services = (listed ?? camel.listServicesResponse).service.map(({ name }: { name: string }) => name);
  expect(services).toEqual(expect.arrayContaining([REGISTRATION, "grpc.health.v1.Health"]));
  const file = await ask({ fileContainingSymbol: REGISTRATION });
  expect(file.fileDescriptorResponse.fileDescriptorProto.length).toBeGreaterThan(0);
  stream.end();
  client.close();
});
