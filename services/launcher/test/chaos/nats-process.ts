import { once } from "node:events";
import { startNats } from "@touchline/embedded";

/** A nats-server that is killed and frozen, always at the same address. */
export interface NatsProcess {
  readonly url: string;
  /** kill -9. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Until the returned function is called. */
  freeze(): () => void;
  stop(): Promise<void>;
}

export const startNatsProcess = async (dataDir: string): Promise<NatsProcess> => {
  let running = await startNats({ dataDir });
  const { url, port } = running;
  return {
    url,
    kill: async () => {
      const gone = once(running.child, "exit");
      process.kill(running.pid, "SIGKILL");
      await gone;
    },
    start: async () => {
      running = await startNats({ dataDir, port });
    },
    freeze: () => {
      const { pid } = running;
      process.kill(pid, "SIGSTOP");
      return () => void process.kill(pid, "SIGCONT");
    },
    stop: () => running.stop(),
  };
};
