import type { ServerInterceptingCallInterface, ServerMethodDefinition } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { inARow } from "./in-a-row.ts";

test("a message follows the last at once, until too much is in flight", () => {
  const written: (() => void)[] = [];
  const socket = {
    sendMetadata: () => {},
    sendMessage: (_: Buffer, onWritten: () => void) => written.push(onWritten),
  } as unknown as ServerInterceptingCallInterface;
  const call = inARow({} as ServerMethodDefinition<unknown, unknown>, socket);
  let goesOn = 0;
  const send = (bytes: number) => call.sendMessage(Buffer.alloc(bytes), () => goesOn++);
  send(40_000);
  send(20_000);
  expect([written.length, goesOn]).toEqual([2, 2]);
  send(40_000);
  expect([written.length, goesOn]).toEqual([3, 2]);
  for (const onWritten of written.splice(0)) onWritten();
  expect(goesOn).toBe(3);
  send(40_000);
  expect(goesOn).toBe(4);
});
