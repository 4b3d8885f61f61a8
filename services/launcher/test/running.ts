import { type ServiceProcess, startProcess } from "@touchline/testing/stack";

export interface Running extends ServiceProcess {
  readonly urls: Readonly<Record<"edge" | "grpc" | "nats" | "eventStore", string>>;
}

/** Runs the program of `npm start` with these settings and waits for its ready line. */
export const start = async (env: Readonly<Record<string, string>>): Promise<Running> => {
  const launcher = await startProcess("services/launcher/src/start.ts", { env, ready: "line" });
  const [line = ""] = launcher.stdout().split("\n");
  const { msg, urls } = JSON.parse(line) as { msg: string; urls: Running["urls"] };
  if (msg !== "ready") throw new Error(`The first line on standard output is not the ready line: ${line}`);
  return { ...launcher, urls };
};
