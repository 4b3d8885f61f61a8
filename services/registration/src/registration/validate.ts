import { isBillingRequestId, isRegistrationId } from "@touchline/contracts";
import { parseUkMobile } from "@touchline/uk-phone";
import { type Checked, checkEmail, checkName, checkTeam } from "./names.ts";
import type { FieldViolation, ViolationCode } from "./violations.ts";

/** A gateway's registration in the form in which it is compared and stored. Fees are absent if the gateway left them out. */
export interface Content {
  readonly child: { readonly firstName: string; readonly lastName: string };
  readonly parent: { readonly firstName: string; readonly lastName: string; readonly email?: string };
  /** E.164 */
  readonly parentPhone: string;
  readonly team: string;
  readonly ageGroup: string;
  readonly season: string;
  /** 1-31, or -1 for the last day of the month. */
  readonly preferredPaymentDay: number;
  readonly signingFeePence?: number;
  readonly monthlyFeePence?: number;
  readonly billingRequestId?: string;
}

/** A CompleteRegistrationRequest, any part of which may be missing. */
export interface Intake {
  readonly registrationId?: string | undefined;
  readonly child?: Person | undefined;
  readonly parent?: (Person & { readonly email?: string | undefined }) | undefined;
  readonly parentPhone?: string | undefined;
  readonly team?: string | undefined;
  readonly ageGroup?: string | undefined;
  readonly season?: string | undefined;
  readonly preferredPaymentDay?: number | undefined;
  readonly signingFeePence?: number | undefined;
  readonly monthlyFeePence?: number | undefined;
  readonly billingRequestId?: string | undefined;
}

interface Person {
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
}

export type Validated =
  | { readonly ok: true; readonly registrationId: string; readonly content: Content }
  | { readonly ok: false; readonly violations: readonly FieldViolation[] };

export const FEE_PENCE_MAX = 100_000;
/** An amount between 0 and 100 pence was probably meant in pounds. */
const FEE_PENCE_MIN = 100;

/** `testFees`: with play money, any fee is allowed. */
export const canBeMeant = (pence: number, testFees: boolean): boolean =>
  testFees || pence === 0 || !(pence < FEE_PENCE_MIN);

const ID_WORDS = '1 to 64 characters of A-Z a-z 0-9 . _ ~ -, and not "." or "..".';
const isAgeGroup = (text: string) => /^(?:u(?:[7-9]|1[0-8])|open)$/.test(text);

/** Checks and tidies every field. Reports all violations at once, in the order of the fields. */
export const validate = (input: Intake, testFees: boolean): Validated => {
  const { violations, text, optional, day, fee } = collector(testFees);
  const registrationId = text("registrationId", input.registrationId, satisfying(isRegistrationId, ID_WORDS));
  const child = person("child", input.child, text);
  const parent = person("parent", input.parent, text);
  const email = optional("parent.email", input.parent?.email, checkEmail);
  const parentPhone = text("parentPhone", input.parentPhone, checkPhone);
  const team = text("team", input.team, checkTeam);
  const ageGroup = text("ageGroup", input.ageGroup?.trim(), satisfying(isAgeGroup, 'One of "u7" to "u18", or "open".'));
  const season = text("season", input.season?.trim(), checkSeason);
  const preferredPaymentDay = day("preferredPaymentDay", input.preferredPaymentDay ?? 0);
  const signingFeePence = fee("signingFeePence", input.signingFeePence);
  const monthlyFeePence = fee("monthlyFeePence", input.monthlyFeePence);
  const token = satisfying(isBillingRequestId, 'A GoCardless billing request: "BRQ" and its code.');
  const billingRequestId = optional("billingRequestId", input.billingRequestId?.trim(), token);

  if (violations.length > 0) return { ok: false, violations };
  return {
    ok: true,
    registrationId,
    content: {
      child,
      parent: { ...parent, ...(email && { email }) },
      parentPhone,
      team,
      ageGroup,
      season,
      preferredPaymentDay,
      ...(signingFeePence !== undefined && { signingFeePence }),
      ...(monthlyFeePence !== undefined && { monthlyFeePence }),
      ...(billingRequestId && { billingRequestId }),
    },
  };
};

type Check = (text: string) => Checked;

/** Checks that collect violations; the value of a refused field is never used. */
const collector = (testFees: boolean) => {
  const violations: FieldViolation[] = [];
  const note = (field: string, code: ViolationCode, message: string) => void violations.push({ field, code, message });
  const text = (field: string, value: string | undefined, check: Check): string => {
    const result: Checked = value
      ? check(value)
      : { ok: false, violation: { code: "required", message: "This is missing." } };
    if (result.ok) return result.value;
    note(field, result.violation.code, result.violation.message);
    return "";
  };
  return {
    violations,
    text,
    /** Blank means absent. */
    optional: (field: string, value: string | undefined, check: Check) =>
      value?.trim() ? text(field, value, check) : undefined,
    day: (field: string, value: number) => {
      const valid = Number.isInteger(value) && (value === -1 || (value >= 1 && value <= 31));
      if (!valid) note(field, "out_of_range", "A day of the month from 1 to 31, or -1 for the last one.");
      return value;
    },
    fee: (field: string, value: number | undefined) => {
      if (value === undefined) return undefined;
      if (!Number.isInteger(value) || value < 0 || value > FEE_PENCE_MAX) {
        note(field, "out_of_range", `A fee is 0 to ${FEE_PENCE_MAX} pence.`);
      } else if (!canBeMeant(value, testFees)) {
        note(field, "out_of_range", `A fee is in pence: 0, or at least ${FEE_PENCE_MIN}. Was this one in pounds?`);
      }
      return value;
    },
  };
};

const satisfying =
  (isValid: (text: string) => boolean, message: string): Check =>
  (value) =>
    isValid(value) ? { ok: true, value } : { ok: false, violation: { code: "invalid", message } };

export const checkPhone = (input: string): Checked => {
  const result = parseUkMobile(input);
  return result.ok
    ? { ok: true, value: result.e164 }
    : { ok: false, violation: { code: result.code, message: result.message } };
};

const checkSeason = (value: string): Checked => {
  const consecutive = /^\d{4}$/.test(value) && Number(value.slice(2)) === (Number(value.slice(0, 2)) + 1) % 100;
  return consecutive
    ? { ok: true, value }
    : {
        ok: false,
        violation: { code: "invalid", message: 'Four digits, the years in which the season starts and ends: "2526".' },
      };
};

const person = (
  path: "child" | "parent",
  value: Person | undefined,
  text: (field: string, value: string | undefined, check: Check) => string,
) => ({
  firstName: text(`${path}.firstName`, value?.firstName, checkName),
  lastName: text(`${path}.lastName`, value?.lastName, checkName),
});
