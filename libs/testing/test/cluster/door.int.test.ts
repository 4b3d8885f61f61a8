import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createDoor, type Door } from "../../src/cluster/door.ts";

const HOST = "127.0.0.1";
/** Long enough for what would pass to pass. */
const LISTENS_MS = 100;

let server: Server;
let served: Socket[];
let door: Door;
let port: number;

beforeEach(async () => {
  served = [];
  server = createServer((socket) => {
    served.push(socket);
    socket.on("error", () => {});
  });
  server.listen(0, HOST);
  await once(server, "listening");
  door = createDoor(HOST);
  port = await door.open(behind());
});
afterEach(async () => {
  await door.close();
  for (const socket of served) socket.destroy();
  server.close();
});

const behind = () => (server.address() as AddressInfo).port;

/** A socket, what it has heard, and how it ended. */
const listenAt = (socket: Socket) => {
  const said = { text: "", ended: "no" };
  socket.on("data", (chunk) => {
    said.text += String(chunk);
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    said.ended = error.code ?? error.message;
  });
  socket.on("close", () => {
    if (said.ended === "no") said.ended = "closed";
  });
  return { socket, said };
};

const client = () => listenAt(connect(port, HOST));

const pairOf = async () => {
  const asking = client();
  const count = served.length;
  await vi.waitFor(() => expect(served).toHaveLength(count + 1));
  return { asking, answering: listenAt(served[count] as Socket) };
};

const heard = async ({ asking, answering }: Awaited<ReturnType<typeof pairOf>>) => {
  asking.socket.write("question");
  answering.socket.write("answer");
  await sleep(LISTENS_MS);
  return [answering.said.text, asking.said.text];
};

test("what a frozen door holds passes when it is thawed", async () => {
  const pair = await pairOf();
  door.freeze();
  expect(await heard(pair)).toEqual(["", ""]);
  door.thaw();
  await vi.waitFor(() => expect([pair.answering.said.text, pair.asking.said.text]).toEqual(["question", "answer"]));
});

test("a frozen door accepts connections, and is silent on them", async () => {
  door.freeze();
  const pair = await pairOf();
  expect([await heard(pair), pair.asking.said.ended]).toEqual([["", ""], "no"]);
  door.thaw();
  await vi.waitFor(() => expect(pair.asking.said.text).toBe("answer"));
});

test.each(["asking", "answering"] as const)("nobody hears that the %s end is gone until a thaw", async (leaver) => {
  const pair = await pairOf();
  const left = leaver === "asking" ? pair.answering : pair.asking;
  door.freeze();
  pair[leaver].socket.destroy();
  await sleep(LISTENS_MS);
  expect(left.said.ended).toBe("no");
  door.thaw();
  await vi.waitFor(() => expect(left.said.ended).toBe("closed"));
});

test("frozen answers are held while questions pass", async () => {
  const pair = await pairOf();
  door.freezeAnswers();
  expect(await heard(pair)).toEqual(["question", ""]);
  expect(await heard(await pairOf())).toEqual(["question", ""]);
  pair.asking.socket.destroy();
  await vi.waitFor(() => expect(pair.answering.said.ended).toBe("closed"));
  door.thaw();
});

test("a door that rejects resets connections and refuses new ones until it is opened again, at the same port", async () => {
  const pair = await pairOf();
  await door.reject();
  await vi.waitFor(() =>
    expect([pair.asking.said.ended, pair.answering.said.ended]).toEqual(["ECONNRESET", "ECONNRESET"]),
  );
  const refused = client();
  await vi.waitFor(() => expect(refused.said.ended).toBe("ECONNREFUSED"));
  expect(await door.open(behind())).toBe(port);
  expect(await heard(await pairOf())).toEqual(["question", "answer"]);
});

test("a thaw does not end connections that lead nowhere", async () => {
  const pair = await pairOf();
  door.leadNowhere();
  door.thaw();
  await sleep(LISTENS_MS);
  expect(pair.asking.said.ended).toBe("no");
});
