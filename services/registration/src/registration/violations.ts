/** One violation of one field. `message` is in words and never repeats the value. */
export interface FieldViolation {
  /** JSON path, such as `child.firstName`. */
  readonly field: string;
  readonly code: ViolationCode;
  readonly message: string;
}

/** Every code that a field violation may carry; the gateway's programs branch on them. */
export const violationCodes = [
  "required",
  "wrong_type",
  "too_long",
  "control_characters",
  "contains_link",
  "invalid_characters",
  "invalid",
  "out_of_range",
  "too_short",
  "not_a_uk_number",
  "not_a_mobile",
  "not_a_possible_number",
  "differs",
  "erased",
] as const;

export type ViolationCode = (typeof violationCodes)[number];
