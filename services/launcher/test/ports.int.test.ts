import { createServer, type Server } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { freePorts, type Ports, portNames, untilFree } from "../src/ports.ts";
import { readPorts } from "../src/stack.ts";

const ports = async (): Promise<Ports> => {
  const found = await freePorts({});
  return Object.fromEntries(portNames.map((name) => [name, Number(found[name])])) as Ports;
};

const hold = async (port: number): Promise<Server> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return server;
};

test("free ports all differ, and ports that are set stay as they are", async () => {
  const found = await freePorts({ EDGE_PORT: "8000" });
  expect(found.EDGE_PORT).toBeUndefined();
  expect(new Set(Object.values(found)).size).toBe(portNames.length - 1);
});

test("using one port for two purposes is refused before anything starts", () => {
  expect(() => readPorts({ EDGE_PORT: "8001" })).toThrow(
    "EDGE_PORT and REGISTRATION_PORT are both 8001: each needs a port of its own.",
  );
});

test("a port that stays taken is named with its setting", async () => {
  const wanted = await ports();
  await hold(wanted.GRPC_PORT);
  await expect(untilFree(wanted, ["EDGE_PORT", "GRPC_PORT"], 0)).rejects.toThrow(
    `Port ${wanted.GRPC_PORT} is taken by another program. Stop it, or set GRPC_PORT.`,
  );
  await untilFree(wanted, ["EDGE_PORT"], 0);
});

test("a port that becomes free is waited for", async () => {
  const wanted = await ports();
  const server = await hold(wanted.EDGE_PORT);
  const free = untilFree(wanted, ["EDGE_PORT"], 30_000);
  server.close();
  await free;
});
