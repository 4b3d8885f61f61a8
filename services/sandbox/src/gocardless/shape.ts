import type { ErrorDetail } from "./errors.ts";

type Errors = ErrorDetail[];
/** Checks one value. `pointer` is its place in the request. */
export type Check = (value: unknown, pointer: string) => Errors;
export type Field = { readonly check: Check; readonly required: boolean };

const fieldOf = (pointer: string): string => pointer.slice(pointer.lastIndexOf("/") + 1);
export const fault = (pointer: string, message: string): ErrorDetail => ({
  field: fieldOf(pointer),
  message,
  request_pointer: pointer,
});

export const required = (check: Check): Field => ({ check, required: true });
export const optional = (check: Check): Field => ({ check, required: false });

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** An object with these fields and no others. A null counts as absent. */
export const object =
  (fields: Readonly<Record<string, Field>>): Check =>
  (value, pointer) => {
    if (!isObject(value)) return [fault(pointer, "must be an object")];
    const unknown = Object.keys(value)
      .filter((name) => !(name in fields))
      .map((name) => fault(`${pointer}/${name}`, "is not a recognised field"));
    const known = Object.entries(fields).flatMap(([name, field]) => {
      const given = value[name] ?? undefined;
      if (given !== undefined) return field.check(given, `${pointer}/${name}`);
      return field.required ? [fault(`${pointer}/${name}`, "is required")] : [];
    });
    return [...unknown, ...known];
  };

/** The fields of a validated body without those that are null, which count as absent. */
export const givenFields = <B extends object>(body: B): { [K in keyof B]: Exclude<B[K], null> } =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null)) as {
    [K in keyof B]: Exclude<B[K], null>;
  };

export const text =
  (max: number): Check =>
  (value, pointer) => {
    if (typeof value !== "string") return [fault(pointer, "must be a string")];
    if (value.length === 0) return [fault(pointer, "can't be blank")];
    return value.length > max ? [fault(pointer, `is too long (maximum is ${max} characters)`)] : [];
  };

export const boolean: Check = (value, pointer) =>
  typeof value === "boolean" ? [] : [fault(pointer, "must be a boolean")];

export const integer =
  (min: number, max = Number.MAX_SAFE_INTEGER): Check =>
  (value, pointer) => {
    if (typeof value !== "number" || !Number.isInteger(value)) return [fault(pointer, "must be an integer")];
    if (value < min) return [fault(pointer, `must be greater than or equal to ${min}`)];
    return value > max ? [fault(pointer, `must be less than or equal to ${max}`)] : [];
  };

export const oneOf =
  (...allowed: readonly (string | number)[]): Check =>
  (value, pointer) =>
    allowed.includes(value as string) ? [] : [fault(pointer, `must be one of ${allowed.join(", ")}`)];

/** Accepts anything of the documented type that this stand-in has no use for. */
export const anyObject: Check = (value, pointer) => (isObject(value) ? [] : [fault(pointer, "must be an object")]);

export const notForTheUk: Check = (_value, pointer) => [fault(pointer, "is not available for GBP billing requests")];

export const webUrl: Check = (value, pointer) => {
  const valid =
    typeof value === "string" && URL.canParse(value) && ["http:", "https:"].includes(new URL(value).protocol);
  return valid ? [] : [fault(pointer, "must be a valid URL")];
};

export const date: Check = (value, pointer) => {
  const valid =
    typeof value === "string" &&
    /^\d{4}-\d{2}-\d{2}$/.test(value) &&
    !Number.isNaN(Date.parse(value)) &&
    new Date(value).toISOString().startsWith(value);
  return valid ? [] : [fault(pointer, "must be a valid date, as YYYY-MM-DD")];
};

const MAX_KEYS = 3;
const MAX_KEY = 50;
const MAX_VALUE = 500;

/** At most three pairs of strings, 50 and 500 characters long. */
export const metadata: Check = (value, pointer) => {
  if (!isObject(value)) return [fault(pointer, "must be an object")];
  const entries = Object.entries(value);
  return [
    ...(entries.length > MAX_KEYS ? [fault(pointer, `must have at most ${MAX_KEYS} keys`)] : []),
    ...entries.flatMap(([key, item]) => [
      ...(key.length > MAX_KEY ? [fault(pointer, `keys must be at most ${MAX_KEY} characters`)] : []),
      ...(typeof item !== "string" ? [fault(`${pointer}/${key}`, "must be a string")] : []),
      ...(typeof item === "string" && item.length > MAX_VALUE
        ? [fault(`${pointer}/${key}`, `is too long (maximum is ${MAX_VALUE} characters)`)]
        : []),
    ]),
  ];
};
