import type { DatabaseSync } from "node:sqlite";
import { Fault } from "@touchline/contracts";
import { lookWhenDue } from "@touchline/service";
import type { Runtime } from "@touchline/service/runtime";
import { releaseTexts } from "../projections/texts.ts";
import type { Timing } from "../sms/due.ts";
import type { Chores, LookAgain } from "./chores.ts";
import { type Chore, createDueTexts, type DueText, type DueTexts, TAKEN_MS } from "./due-texts.ts";
import type { Limits } from "./limits.ts";
import { createLookups, type Lookups } from "./lookups.ts";
import type { TextSender, TraceContext } from "./text-sender.ts";

export interface WorkerOptions {
  readonly db: DatabaseSync;
  readonly chores: Chores;
  readonly sender: TextSender;
  readonly runtime: Pick<Runtime, "now" | "monotonicMs" | "random" | "after" | "every">;
  /** Set when texts are limited: they are sent one at a time, in the order of their requests. */
  readonly limits?: Limits | undefined;
  readonly timing: Timing;
  readonly signal: AbortSignal;
  readonly onFault: (error: unknown, about?: TraceContext) => void;
}

/** How long to wait while due texts cannot be sent for a reason that has no known end. */
const LOOK_AGAIN_MS = 500;
const CHECK_CLOCK_EVERY_MS = 10_000;
const ABANDONED_PER_LOOK = 4;
/** An upper limit, with jitter, because many texts fail together. */
const AFTER_FAULT_MS = 10_000;

/** Does what the projection says is due, oldest first. Every instance tries; the first to claim does it. */
export const createWorker = (options: WorkerOptions) => {
  const { db, runtime, sender, limits, timing, signal, onFault } = options;
  const due = createDueTexts(db, runtime.now);
  const runner = createRunner(options, due, () => looks.changed());
  const sendNext = limits ? sendInOrder(options, due, runner, limits, () => look()) : sendAtOnce(options, due, runner);
  const lookups = createLookups(runtime);
  const lookUpNext = lookUp(options, due, runner, lookups);

  /**
   * For timers: an error in a timer ends the process. After a fault (the disk is full, the file is locked) a later look finds
   * what is due.
   */
  const unlessFault = (work: () => void) => () => {
    try {
      if (!signal.aborted) work();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      onFault(error);
    }
  };
  const look = unlessFault(() => {
    const firstMs = due.firstMs();
    const isDue = (what: Chore) => firstMs[what] <= runtime.now().getTime();
    lookUpNext(isDue, firstMs.poll < firstMs.ask ? ["poll", "ask"] : ["ask", "poll"]);
    if (isDue("send")) sendNext();
  });

  /** What is due but has to wait for the provider is looked at when that wait is over. */
  const nextMs = (): number => {
    const { send, abandon, ask, poll } = due.firstMs();
    const after = (atMs: number, waitMs: () => number) => {
      const nowMs = runtime.now().getTime();
      return atMs > nowMs ? atMs : nowMs + waitMs();
    };
    return Math.min(abandon, after(Math.min(ask, poll), lookups.waitMs), after(send, sender.waitMs));
  };

  const looks = lookWhenDue({ runtime, signal, nextMs, look, againMs: LOOK_AGAIN_MS });
  sender.onFreed(looks.changed);

  const start = () => {
    const bringForward = unlessFault(due.bringForward);
    unlessFault(() => {
      const nowMs = runtime.now().getTime();
      releaseTexts(db, timing, nowMs, nowMs + TAKEN_MS);
    })();
    bringForward();
    const stopChecking = runtime.every(CHECK_CLOCK_EVERY_MS, bringForward, { guard: true });
    signal.addEventListener("abort", stopChecking, { once: true });
    looks.start();
  };

  return { changed: looks.changed, start, idle: runner.idle };
};

type Runner = ReturnType<typeof createRunner>;

/** Runs chores and plans when to look at their texts again. */
const createRunner = ({ runtime, timing, signal, onFault }: WorkerOptions, due: DueTexts, onDone: () => void) => {
  const running = new Set<Promise<void>>();

  const run = (text: DueText, chore: () => Promise<LookAgain>): Promise<void> => {
    const work = chore()
      .catch((error: unknown): LookAgain => {
        onFault(error, { correlationId: text.registrationId });
        const delayMs = Math.min(AFTER_FAULT_MS, timing.evidenceMs) * (0.5 + runtime.random());
        return runtime.now().getTime() + delayMs;
      })
      .then((at) => {
        if (at !== undefined && !signal.aborted) due.lookAgain(text, at === "never" ? null : at);
      })
      // The row then stays taken for a minute.
      .catch((error: unknown) => onFault(error, { correlationId: text.registrationId }))
      .finally(() => {
        running.delete(work);
        onDone();
      });
    running.add(work);
    return work;
  };

  /** Resolves when no chore is running. */
  const idle = async (): Promise<void> => {
    while (running.size > 0) await Promise.allSettled(running);
  };

  return { run, idle };
};

/** Sends as much of what is due as there is room for. */
const sendAtOnce =
  ({ sender, chores }: WorkerOptions, due: DueTexts, { run }: Runner) =>
  (): void => {
    for (const text of due.take("send", sender.room())) {
      const slot = sender.slot();
      if (slot) void run(text, () => chores.send(text.smsId, slot));
    }
  };

/** Sends one text at a time: claims each before it looks at the next. */
const sendInOrder = (
  { sender, chores, signal, runtime, onFault }: WorkerOptions,
  due: DueTexts,
  { run }: Runner,
  limits: Limits,
  look: () => void,
) => {
  let isRunning = false;

  const sendRound = async (): Promise<void> => {
    const isWanted = () => !signal.aborted && sender.isReady() && due.isAnyDue("send");
    // An instance takes the line only when it has something to send and may send it.
    while (isWanted() && (await limits.allow()) === 1) {
      const slot = signal.aborted ? undefined : sender.slot();
      if (!slot) return;
      const text = takeOne(due, () => slot.release());
      if (!text) return;
      await run(text, () => chores.send(text.smsId, slot, limits.claimed));
    }
  };

  return (): void => {
    if (isRunning) return;
    isRunning = true;
    void sendRound()
      .catch(onFault)
      .finally(() => {
        isRunning = false;
        const waitMs = limits.waitMs();
        if (waitMs > 0 && waitMs < LOOK_AGAIN_MS) runtime.after(waitMs + 1, look);
      });
  };
};

/** Releases the slot if no text is due. */
const takeOne = (due: DueTexts, release: () => void): DueText | undefined => {
  let text: DueText | undefined;
  try {
    [text] = due.take("send", 1);
    return text;
  } finally {
    if (!text) release();
  }
};

/** Asks the provider for what is not known, and declares abandoned what nobody knows of. */
const lookUp =
  ({ chores }: WorkerOptions, due: DueTexts, { run }: Runner, lookups: Lookups) =>
  (isDue: (what: Chore) => boolean, inTurn: readonly ("ask" | "poll")[]): void => {
    if (isDue("abandon"))
      for (const text of due.take("abandon", ABANDONED_PER_LOOK)) void run(text, () => chores.abandon(text.smsId));
    for (const what of inTurn)
      if (isDue(what))
        for (const text of due.take(what, lookups.room()))
          void run(text, () => lookups.make(() => chores[what](text.smsId)));
  };
