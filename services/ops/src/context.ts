import type { Runtime } from "@touchline/service/runtime";
import type { OpsConfig } from "./config.ts";

/** Everything outside itself that a command may use. */
export interface Context {
  readonly config: () => OpsConfig;
  readonly env: NodeJS.ProcessEnv;
  readonly runtime: Runtime;
  /** Standard output: the answer, for people or programs. */
  readonly out: (text: string) => void;
  /** Standard error: progress and remarks, for people. */
  readonly say: (text: string) => void;
  /** Rewrites one line of standard error; does nothing without a terminal. */
  readonly progress: (text: string) => void;
  /** Asks the person who typed the command; absent without a terminal. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  readonly colours: boolean;
}
