import { createServer } from "node:net";

/** Linux gives ports from 32768 on to outgoing connections. A port below stays free until it is used. */
const FIRST = 10_000;
const LAST = 32_767;

const given = new Set<number>();

/** A free TCP port of this machine. This process gets each port only once. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    if (given.has(port) || !(await isFreePort(port))) continue;
    given.add(port);
    return port;
  }
};

export const isFreePort = (port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const server = createServer()
      .once("error", (error: NodeJS.ErrnoException) => (error.code === "EADDRINUSE" ? resolve(false) : reject(error)))
      .listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
