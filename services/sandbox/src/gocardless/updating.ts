import type { Table } from "../stand-in/table.ts";
import { type Refusal, validationFailed } from "./errors.ts";
import { type Check, givenFields } from "./shape.ts";

/** Replaces the fields that are given, `metadata` as a whole. */
export const updating =
  <T extends { readonly id: string }>(rows: Table<T>, name: string, shape: Check) =>
  (row: T, given: unknown): T | Refusal => {
    const errors = shape(given, `/${name}`);
    return errors.length > 0
      ? validationFailed(errors)
      : rows.put({ ...row, ...(givenFields(given as object) as Partial<T>) });
  };
