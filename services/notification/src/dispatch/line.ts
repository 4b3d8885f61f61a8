import type { SmsEvent } from "@touchline/contracts";
import { type Aggregate, type EventStore, transact } from "@touchline/event-store";
import { londonDay, nextLondonDay } from "@touchline/london";
import { SERVICE } from "./texts.ts";

interface Line {
  readonly holder?: string;
  readonly until?: string;
  readonly takenAt?: string;
  /** As another one held it last. */
  readonly before?: Line;
}

const lineAggregate: Aggregate<Line, SmsEvent> = {
  category: "sms",
  initial: {},
  evolve: (state, event) =>
    event.type === "SmsLineTaken"
      ? {
          ...event.data,
          ...(state.holder !== event.data.holder ? { before: state } : state.before && { before: state.before }),
        }
      : state,
};

/** One that dies is followed when it ends, and what it sent last no longer counts: in less than three seconds. */
const LEASE_MS = 2_000;
/** Not counted on: clocks differ, and a send takes its time. */
const MARGIN_MS = 500;
/** One that ends later was taken by a clock that was ahead. */
const LONGEST_MS = 20_000;

const holds = (untilMs: number, nowMs: number): boolean => nowMs < untilMs && untilMs <= nowMs + LONGEST_MS;

/** When one that does not hold any more can have sent last. Given back, it ends with its last send. */
const lastSendMs = ({ until = "", takenAt }: Line): number => Date.parse(until) - (until === takenAt ? 0 : MARGIN_MS);

/** What came of trying to take or keep the line. */
export interface Taking {
  readonly mine: boolean;
  /** Since which `$all` position, when it was not before. */
  readonly takenAt?: bigint | undefined;
  /** Since when nobody else has sent; undefined when nobody has today. */
  readonly quietMs?: number | undefined;
  /** How long another one has it for certain. */
  readonly othersForMs?: number;
}

/** Who of several instances sends. Taken only while there is something to send, so that idle days leave no events. */
export interface SendingLine {
  readonly isMine: () => boolean;
  take(): Promise<Taking>;
  /** Leaves it to the others at once. */
  release(): Promise<void>;
}

export const createLine = (store: EventStore, holder: string, now: () => Date): SendingLine => {
  let mineUntil = 0;
  let othersUntil = 0;
  const isMine = () => holds(mineUntil - MARGIN_MS, now().getTime());

  const take: SendingLine["take"] = async () => {
    const at = now();
    const nowMs = at.getTime();
    const theirs = (): Taking => ({ mine: false, othersForMs: Math.max(0, othersUntil - now().getTime()) });
    if (holds(othersUntil, nowMs)) return theirs();
    if (holds(mineUntil - LEASE_MS / 2, nowMs)) return { mine: true };
    const wasMine = isMine();
    // A stream a day keeps it short; no lease reaches into the next.
    const until = new Date(Math.min(nowMs + LEASE_MS, nextLondonDay(at).getTime()));
    const data = { holder, until: until.toISOString(), takenAt: at.toISOString() };
    const decide = (line: Line): SmsEvent[] =>
      line.until && line.holder !== holder && holds(Date.parse(line.until), nowMs)
        ? []
        : [{ type: "SmsLineTaken", data }];
    const cause = { service: SERVICE, claim: true };
    const { state, position } = await transact(store, lineAggregate, `line.${londonDay(at)}`, decide, cause);
    const end = Date.parse(state.until ?? "");
    if (state.holder !== holder) {
      othersUntil = end;
      return theirs();
    }
    mineUntil = end;
    const quietMs = state.before?.until && now().getTime() - lastSendMs(state.before);
    return { mine: isMine(), ...(!wasMine && { takenAt: position, quietMs: quietMs || undefined }) };
  };

  const release: SendingLine["release"] = async () => {
    if (!isMine()) return;
    const at = now();
    mineUntil = 0;
    const data = { holder, until: at.toISOString(), takenAt: at.toISOString() };
    const decide = (line: Line): SmsEvent[] => (line.holder === holder ? [{ type: "SmsLineTaken", data }] : []);
    await transact(store, lineAggregate, `line.${londonDay(at)}`, decide, { service: SERVICE, claim: true });
  };

  return { isMine, take, release };
};
