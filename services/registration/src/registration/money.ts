import { type MoneyKind, moneyKinds, NOTE_CODE } from "@touchline/contracts";
import { type Decided, nothing, type OfKind } from "./decide.ts";
import { isChosenId, notAnId, type TextViolation } from "./names.ts";
import { isKnown, type Known, type RegistrationState } from "./state.ts";
import { FEE_PENCE_MAX } from "./validate.ts";

/** An operator's record of money paid outside GoCardless. */
export interface MoneyWish {
  /** Chosen by the caller, so that a repeat is safe. */
  readonly recordId: string;
  /** If this record withdraws another, these two are the other's. */
  readonly kind?: string;
  readonly amountPence?: number;
  /** The club's code for it. */
  readonly note: string;
  /** The record that this one withdraws. */
  readonly undoes?: string;
}

interface MoneyViolation {
  readonly field: string;
  readonly violation: TextViolation;
}

type Recorded = Known["money"][string];
/** `recorded_before`: the same content. */
export type MoneyResult = OfKind<"recorded" | "recorded_before" | "record_differs" | "not_recorded" | "not_found">;

const isMoneyKind = (text: string | undefined): text is MoneyKind => moneyKinds.some((kind) => kind === text);

/** Undefined if the record is valid. */
export const checkMoney = ({
  recordId,
  kind,
  amountPence = 0,
  note,
  undoes,
}: MoneyWish): MoneyViolation | undefined => {
  const wrong = (field: string, message: string, code: TextViolation["code"] = "invalid") => ({
    field,
    violation: { code, message },
  });
  if (!isChosenId(recordId)) return { field: "recordId", violation: notAnId };
  if (undoes !== undefined && !isChosenId(undoes)) return { field: "undoes", violation: notAnId };
  if (!new RegExp(NOTE_CODE).test(note)) {
    return wrong("note", "A code of up to 40 letters, digits and . _ / -, such as R-0117, and never a name.");
  }
  if (undoes !== undefined) return undefined;
  if (!isMoneyKind(kind)) return wrong("kind", `One of ${moneyKinds.join(", ")}.`);
  return Number.isInteger(amountPence) && amountPence >= 1 && amountPence <= FEE_PENCE_MAX
    ? undefined
    : wrong("amountPence", `1 to ${FEE_PENCE_MAX} pence.`, "out_of_range");
};

/** Records validated money, or withdraws such a record. Payment-link decides whether it counts. */
export const recordMoney =
  (registrationId: string, wish: MoneyWish, now: Date) =>
  (state: RegistrationState): Decided<MoneyResult> => {
    if (!isKnown(state)) return nothing({ kind: "not_found" });
    const { recordId, note } = wish;
    const record = contentOf(state, wish);
    if (!record) return nothing({ kind: "not_recorded" });
    const before = Object.hasOwn(state.money, recordId) ? state.money[recordId] : undefined;
    if (before) return nothing({ kind: isSame(before, record) ? "recorded_before" : "record_differs" });
    const data = { registrationId, recordId, note, ...record, recordedAt: now.toISOString() };
    return { events: [{ type: "MoneyRecorded", data }], result: { kind: "recorded" } };
  };

/** Undefined if it withdraws a record that does not exist. */
const contentOf = ({ money }: Known, { kind, amountPence = 0, undoes }: MoneyWish): Recorded | undefined => {
  if (undoes === undefined) return isMoneyKind(kind) ? { kind, amountPence } : undefined;
  const other = Object.hasOwn(money, undoes) ? money[undoes] : undefined;
  return other && other.undoes === undefined ? { kind: other.kind, amountPence: other.amountPence, undoes } : undefined;
};

const isSame = (a: Recorded, b: Recorded): boolean =>
  a.kind === b.kind && a.amountPence === b.amountPence && a.undoes === b.undoes;
