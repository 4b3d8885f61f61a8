import type { SendOutcome } from "../sms/decide.ts";

export const holdReasons = ["configuration", "rate", "unreachable", "failing"] as const;
export type HoldReason = (typeof holdReasons)[number];

/** Permission for one attempt. */
export interface Pass {
  /** Returns the permission, with the outcome if an attempt was made. */
  readonly done: (outcome?: SendOutcome) => void;
}

export interface GateOptions {
  /** Milliseconds on a clock that never goes back. */
  readonly monotonicMs: () => number;
  readonly onHold?: (reason: HoldReason, forMs: number) => void;
  readonly onOpen?: () => void;
}

interface Hold {
  readonly reason: HoldReason;
  readonly tries: number;
  untilMs: number;
  probing: boolean;
}

/** After this many failures in a row, texts are held back. */
const BREAK_AFTER = 5;
const FIRST_MS: Readonly<Record<HoldReason, number>> = {
  configuration: 5_000,
  rate: 1_000,
  unreachable: 1_000,
  failing: 5_000,
};
/** Low enough that texts go out again within a minute of the fix. */
const CAP_MS: Readonly<Record<HoldReason, number>> = {
  configuration: 50_000,
  rate: 50_000,
  unreachable: 10_000,
  failing: 50_000,
};

/** While reports blame our configuration: each text that is tried is paid for and lost. */
const BLAMED_CAP_MS = 5 * 60_000;
/** If no further report comes in this time, texts go out again: some networks never report. */
const BLAME_LASTS_MS = 10 * 60_000;

/**
 * Holds texts back while the provider cannot or will not take them: circuit breaker, rate limit and wrong configuration in one.
 * Every refusal holds texts back, unless it is known to be about one number or one text. When a hold ends, and after a start, one
 * text is let through; if the provider takes it, all may go.
 */
export const createGate = (options: GateOptions) => {
  const { monotonicMs } = options;
  const blame = createBlame(monotonicMs);
  const waiting: (() => void)[] = [];
  const onOpen = () => {
    options.onOpen?.();
    for (const listener of waiting) listener();
  };
  const hold = createHold({ ...options, onOpen }, blame);
  const { learn, open } = createLearning(hold, blame);
  const taken = createLastTime(monotonicMs);
  const arrived = createLastTime(monotonicMs);

  return {
    isShut: hold.isShut,
    shutForMs: hold.shutForMs,
    /** How many texts it lets through now: one while that has to find out whether the provider takes them. */
    room: hold.room,
    /** Calls the listener when a hold ends before its time. */
    onOpen: (listener: () => void) => void waiting.push(listener),
    /** Undefined while texts are held back. Every pass must be returned through `done`. */
    pass: (): Pass | undefined => {
      if (hold.isShut()) return undefined;
      const endProbe = hold.probe();
      return {
        done: (outcome) => {
          if (outcome?.kind === "accepted") taken.mark();
          if (outcome) learn(outcome);
          endProbe();
        },
      };
    },
    /** A delivery report blames our configuration. */
    blameConfiguration: () => {
      blame.begin();
      hold.holdBack("configuration");
    },
    /** A text has arrived; the provider took it `takenAgoMs` ago. */
    arrived: (takenAgoMs: number) => {
      arrived.mark();
      if (blame.endWith(takenAgoMs)) open();
    },
    held: hold.held,
    /** How long ago the provider last took a text, and how long ago one last arrived; infinite if never. */
    takenAgoMs: taken.agoMs,
    arrivedAgoMs: arrived.agoMs,
  };
};

const createLastTime = (monotonicMs: () => number) => {
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    mark: () => {
      lastMs = monotonicMs();
    },
    agoMs: () => monotonicMs() - lastMs,
  };
};

/** While reports blame our configuration, a text that the provider takes proves nothing: it takes the lost ones too. */
const createBlame = (monotonicMs: () => number) => {
  let lastMs: number | undefined;
  return {
    isBlamed: () => lastMs !== undefined && monotonicMs() - lastMs < BLAME_LASTS_MS,
    begin: () => {
      lastMs = monotonicMs();
    },
    /** A text that went after the last blame has arrived: the blame ends. Returns whether it did. */
    endWith: (takenAgoMs: number): boolean => {
      if (lastMs === undefined || monotonicMs() - takenAgoMs < lastMs) return false;
      lastMs = undefined;
      return true;
    },
  };
};

type Blame = ReturnType<typeof createBlame>;

/** One hold at a time. Holds for the same reason in a row get longer. */
const createHold = ({ monotonicMs, onHold, onOpen }: GateOptions, blame: Blame) => {
  let hold: Hold | undefined;
  // A hold does not survive a restart: the first text finds out.
  let isUntried = true;
  let isFirstOut = false;

  const isWaiting = () => hold !== undefined && monotonicMs() < hold.untilMs;

  /** @param askedMs the wait that the provider asked for; it overrides our plan */
  const holdBack = (reason: HoldReason, askedMs?: number) => {
    // Answers to attempts already in flight when the hold began add nothing, except a longer wait.
    if (hold && !hold.probing && isWaiting()) {
      if (askedMs !== undefined) hold.untilMs = Math.max(hold.untilMs, monotonicMs() + askedMs);
      return;
    }
    const tries = hold?.reason === reason ? hold.tries + 1 : 0;
    const capMs = reason === "configuration" && blame.isBlamed() ? BLAMED_CAP_MS : CAP_MS[reason];
    const forMs = askedMs ?? Math.min(FIRST_MS[reason] * 2 ** tries, capMs);
    hold = { reason, tries, untilMs: monotonicMs() + forMs, probing: false };
    onHold?.(reason, forMs);
  };

  return {
    holdBack,
    isShut: () => isFirstOut || (hold !== undefined && (hold.probing || isWaiting())),
    /** How long it is shut if nothing happens; infinite while the outcome of one text decides. */
    shutForMs: (): number => {
      if (isFirstOut || hold?.probing) return Number.POSITIVE_INFINITY;
      return hold ? Math.max(0, hold.untilMs - monotonicMs()) : 0;
    },
    room: (): number => {
      if (isFirstOut || hold?.probing || isWaiting()) return 0;
      return hold || isUntried ? 1 : Number.POSITIVE_INFINITY;
    },
    isProbing: () => hold?.probing === true,
    open: () => {
      if (!hold) return;
      hold = undefined;
      onOpen?.();
    },
    /** Lets one text through and shuts until its outcome is known. Without a hold, only the first after a start. */
    probe: (): (() => void) => {
      const probed = hold;
      if (probed) probed.probing = true;
      else isFirstOut = isUntried;
      return () => {
        if (probed) probed.probing = false;
        else isFirstOut = false;
      };
    },
    /** The provider has answered since the start. */
    tried: () => {
      isUntried = false;
    },
    /** Why texts are held back, and how long until one is tried; undefined if they are not. */
    held: (): { readonly reason: HoldReason; readonly forMs: number } | undefined =>
      hold && { reason: hold.reason, forMs: Math.max(0, hold.untilMs - monotonicMs()) },
  };
};

/** What an outcome means for the texts after it. */
const createLearning = (hold: ReturnType<typeof createHold>, blame: Blame) => {
  let inARow = 0;

  const fail = (reason: HoldReason, askedMs?: number) => {
    inARow++;
    if (inARow >= BREAK_AFTER || hold.isProbing() || askedMs !== undefined) hold.holdBack(reason, askedMs);
  };

  const open = () => {
    inARow = 0;
    hold.open();
  };

  const taken = () => (blame.isBlamed() ? hold.holdBack("configuration") : open());

  /** The provider answered, which does not show whether it would take another text. */
  const answered = () => {
    const reason = hold.held()?.reason;
    if (reason === undefined || reason === "unreachable" || reason === "failing") open();
  };

  const learn = (outcome: SendOutcome) => {
    hold.tried();
    if (outcome.kind === "accepted") return taken();
    if (outcome.kind === "unknown") return fail("failing");
    const { class: failureClass, failure, retryAfterMs } = outcome.failure;
    switch (failureClass) {
      case "permanent_number":
      case "opted_out":
      case "delayed":
        return answered();
      case "configuration":
      case "unknown":
        return hold.holdBack("configuration", retryAfterMs);
      default:
        if (failure === "provider_busy") return hold.holdBack("rate", retryAfterMs);
        return fail(failureClass === "safe_retry" ? "unreachable" : "failing", retryAfterMs);
    }
  };

  return { learn, open };
};

export type Gate = ReturnType<typeof createGate>;
