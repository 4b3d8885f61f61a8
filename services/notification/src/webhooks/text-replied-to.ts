import { Fault } from "@touchline/contracts";
import { patienceMs } from "@touchline/event-store";
import type { RunningProjection } from "@touchline/projections";
import type { Runtime } from "@touchline/service/runtime";
import { lastSent } from "../projections/texts.ts";
import type { TextedNumbers } from "./texted-numbers.ts";

export interface RepliedToOptions {
  readonly numbers: Pick<TextedNumbers, "textsTo" | "isInStep">;
  readonly view: Pick<RunningProjection, "db" | "status">;
  readonly runtime: Pick<Runtime, "monotonicMs" | "sleep">;
}

/**
 * The id of the last text to a number, or of the one that already has this reply. `mayHaveIt`: the reply may be an old one, so an answer
 * from what is known so far could be another text. @throws Fault if that is not known yet
 */
export type TextRepliedTo = (phone: string, replyId: string, mayHaveIt?: boolean) => Promise<string | undefined>;

const LOOK_AGAIN_MS = 50;

export const createTextRepliedTo =
  ({ numbers, view, runtime }: RepliedToOptions): TextRepliedTo =>
  async (phone, replyId, mayHaveIt = false) => {
    const isKnown = () => numbers.isInStep() && view.status().state === "live";
    const endsAt = runtime.monotonicMs() + patienceMs.webhook;
    while (!isKnown() && runtime.monotonicMs() < endsAt) await runtime.sleep(LOOK_AGAIN_MS);
    const smsId = lastSent(view.db, numbers.textsTo(phone), replyId);
    // While behind, we do not know whom we texted, and could take a parent for a stranger.
    if ((!smsId || mayHaveIt) && !isKnown()) throw new Fault("not_yet");
    return smsId;
  };
