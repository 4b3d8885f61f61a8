import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterEach, expect, test, vi } from "vitest";
import { ConfigError } from "./env.ts";
import type { Logger } from "./log.ts";
import { parseTraceparent } from "./traceparent.ts";
import { inSpan, startTracing } from "./tracing.ts";
import { tracingConfig } from "./tracing-config.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closers.splice(0).reverse()) await close();
});

/** A collector that responds with `answer`. */
const collector = async (answer: (request: IncomingMessage, response: ServerResponse) => unknown): Promise<string> => {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const started = async (env: Readonly<Record<string, string>>) => {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const warnings: object[] = [];
  const log = { warn: (about: object) => void warnings.push(about) } as unknown as Logger;
  const closing: (() => unknown)[] = [];
  const tracing = await startTracing({ name: "some-service", log, onClose: (close) => void closing.push(close) });
  return { tracing, warnings, close: async () => void (await Promise.all(closing.map((close) => close()))) };
};

const span = { name: "work", kind: "client", parent: undefined, attributes: { "some.key": "some-value" } } as const;

test("without an endpoint there is no tracing, and nothing to close", async () => {
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", "");
  expect((await started({})).tracing).toBeUndefined();
});

test("spans that have finished when the service stops are sent, in protobuf by default", async () => {
  const seen: { url: string | undefined; type: string | undefined; body: Buffer }[] = [];
  const url = await collector(async (request, response) => {
    const { "content-type": type } = request.headers;
    seen.push({ url: request.url, type, body: await buffer(request) });
    response.writeHead(200).end();
  });
  const { tracing, close } = await started({
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment=test",
  });
  tracing?.start(span).end();
  expect(seen).toEqual([]);
  await close();
  expect(seen).toMatchObject([{ url: "/v1/traces", type: "application/x-protobuf" }]);
  for (const word of ["some-service", "some-value", "deployment.environment"])
    expect(seen[0]?.body.includes(word)).toBe(true);
});

test("OTEL_SERVICE_NAME names the service", async () => {
  const bodies: Buffer[] = [];
  const url = await collector(async (request, response) => {
    bodies.push(await buffer(request));
    response.writeHead(200).end();
  });
  const { tracing, close } = await started({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_SERVICE_NAME: "another-name" });
  tracing?.start(span).end();
  await close();
  expect(bodies[0]?.includes("another-name")).toBe(true);
  expect(bodies[0]?.includes("some-service")).toBe(false);
});

test("a collector that never answers loses us spans, but the queue and the time to stop are bounded", async () => {
  let asked = 0;
  const url = await collector(() => void asked++);
  const { tracing, close } = await started({
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_BSP_MAX_QUEUE_SIZE: "100",
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "10",
  });
  for (let i = 0; i < 10_000; i++) tracing?.start(span).end();
  const since = performance.now();
  await close();
  expect(performance.now() - since).toBeLessThan(6_000);
  expect(asked).toBeGreaterThan(0);
  // The batch in flight when the queue filled, and the queue itself.
  expect(asked).toBeLessThanOrEqual(11);
});

test("a collector that refuses is logged once, without its words", async () => {
  const url = await collector((_request, response) => response.writeHead(400).end("secret words"));
  const { tracing, warnings, close } = await started({
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "1",
  });
  for (let i = 0; i < 3; i++) tracing?.start(span).end();
  await close();
  expect(warnings).toEqual([{ lost: expect.any(Number), code: 400 }]);
});

test("a span passes on its own context, as a child of the one it was given", async () => {
  const url = await collector((_request, response) => response.writeHead(200).end());
  const { tracing, close } = await started({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
  if (!tracing) throw new Error("There is no tracing.");
  const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const inside = await inSpan(tracing, { ...span, parent }, async (traceparent) => traceparent);
  expect(parseTraceparent(inside)).toMatchObject({ traceId: "0af7651916cd43dd8448eb211c80319c", flags: 1 });
  expect(inside).not.toBe(parent);
  const begun = tracing.start({ ...span, parent: "nonsense" }).traceparent;
  expect(parseTraceparent(begun)?.traceId).not.toBe("0af7651916cd43dd8448eb211c80319c");
  await expect(inSpan(tracing, span, () => Promise.reject(new RangeError("words")))).rejects.toThrow("words");
  await close();
});

test("traces that the sampler drops are not sent, and the next service is informed", async () => {
  const seen: string[] = [];
  const url = await collector((request, response) => {
    seen.push(request.url ?? "");
    response.writeHead(200).end();
  });
  const { tracing, close } = await started({
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
    OTEL_TRACES_SAMPLER_ARG: "0",
  });
  const left = tracing?.start(span);
  left?.end();
  expect(parseTraceparent(left?.traceparent)?.flags).toBe(0);
  await close();
  expect(seen).toEqual([]);
});

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" };

test.each([
  [{ ...endpoint, OTEL_SDK_DISABLED: "true" }],
  [{ ...endpoint, OTEL_TRACES_EXPORTER: "none" }],
  [{ OTEL_TRACES_SAMPLER: "always_on" }],
])("%j turns tracing off", (env) => {
  expect(tracingConfig(env)).toBeUndefined();
});

test.each([
  [{}, { ratio: 1, parentBased: true }],
  [{ OTEL_TRACES_SAMPLER: "always_on" }, { ratio: 1, parentBased: false }],
  [{ OTEL_TRACES_SAMPLER: "always_off" }, { ratio: 0, parentBased: false }],
  [{ OTEL_TRACES_SAMPLER: "parentbased_always_off" }, { ratio: 0, parentBased: true }],
  [
    { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.25" },
    { ratio: 0.25, parentBased: false },
  ],
  [{ OTEL_TRACES_SAMPLER: "parentbased_traceidratio" }, { ratio: 1, parentBased: true }],
])("%j samples as %j", (env, sampler) => {
  expect(tracingConfig({ ...endpoint, ...env })?.sampler).toEqual(sampler);
});

test("every violation in the settings is reported at once", () => {
  const read = () =>
    tracingConfig({
      OTEL_EXPORTER_OTLP_ENDPOINT: "127.0.0.1:4317",
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
      OTEL_TRACES_SAMPLER: "traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "2",
      OTEL_BSP_MAX_QUEUE_SIZE: "many",
    });
  expect(read).toThrow(ConfigError);
  try {
    read();
  } catch (error) {
    expect((error as ConfigError).violations.map((violation) => violation.split(" ", 1)[0])).toEqual([
      "OTEL_EXPORTER_OTLP_ENDPOINT",
      "OTEL_EXPORTER_OTLP_PROTOCOL",
      "OTEL_BSP_MAX_QUEUE_SIZE",
      "OTEL_TRACES_SAMPLER_ARG",
    ]);
  }
});
