import type { OpsConfig } from "./config.ts";

/** What a command may use of the world. */
export interface Context {
  readonly config: () => OpsConfig;
  readonly env: NodeJS.ProcessEnv;
  readonly now: () => Date;
  /** Standard output: the answer, for people or programs. */
  readonly out: (text: string) => void;
  /** Standard error: progress and remarks, for people. */
  readonly say: (text: string) => void;
  /** Rewrites one line of standard error; nothing when that is no terminal. */
  readonly progress: (text: string) => void;
  /** Asks whoever typed the command; absent when nobody sits at a terminal. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  readonly colours: boolean;
}
