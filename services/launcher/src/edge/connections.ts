import type { Server } from "node:http";
import { isIPv6, type Socket } from "node:net";

/** Far more than all phones behind one mobile network's address need at once, and too few to exhaust the machine. */
const CONNECTIONS_PER_ADDRESS = 128;

/** Closes an address's connections beyond the limit. A whole IPv6 network counts as one: its owner has any number of addresses. */
export const limitConnections = (server: Server, limit = CONNECTIONS_PER_ADDRESS): void => {
  const open = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const address = networkOf(socket.remoteAddress ?? "");
    const count = (open.get(address) ?? 0) + 1;
    if (count > limit) {
      socket.destroy();
      return;
    }
    open.set(address, count);
    socket.once("close", () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
  });
};

const MAPPED = "::ffff:";

const networkOf = (address: string): string => {
  if (!isIPv6(address) || address.toLowerCase().startsWith(MAPPED)) return address;
  const [head = "", tail = ""] = address.split("::");
  const groups = (text: string) => (text ? text.split(":") : []);
  const [front, back] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => "0");
  return [...front, ...zeros, ...back].slice(0, 4).join(":");
};
