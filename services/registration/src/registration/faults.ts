/** One fault of one field. `message` is for people and never repeats the value. */
export interface FieldFault {
  /** JSON path, such as `child.firstName`. */
  readonly field: string;
  readonly code: FaultCode;
  readonly message: string;
}

/** Every code that a field fault may carry; the gateway's programs branch on them. */
export const faultCodes = [
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

export type FaultCode = (typeof faultCodes)[number];
