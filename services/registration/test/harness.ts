import { type Infrastructure, type ServiceProcess, startProcess } from "@touchline/testing/stack";

export interface RunningService extends ServiceProcess {
  readonly grpc: string;
  readonly http: string;
}

/** The service in its own process, as the launcher starts it. */
export const startService = async (
  { dataDir, env }: Pick<Infrastructure, "dataDir" | "env">,
  settings: Record<string, string> = {},
): Promise<RunningService> => {
  const service = await startProcess("services/registration/src/main.ts", {
    env: { ...env, LOG_LEVEL: "info", DATA_DIR: dataDir, GRPC_PORT: "0", REGISTRATION_PORT: "0", ...settings },
  });
  const line = service
    .output()
    .split("\n")
    .find((text) => text.includes('"msg":"listening"'));
  const { grpcPort, http } = JSON.parse(line ?? "{}") as { grpcPort: number; http: string };
  return { ...service, grpc: `127.0.0.1:${grpcPort}`, http };
};
