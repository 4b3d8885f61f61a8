import {
  create,
  type DescField,
  type DescMessage,
  fromJson,
  type JsonValue,
  type MessageShape,
  ScalarType,
} from "@bufbuild/protobuf";
import type { FieldViolation } from "../registration/violations.ts";

export interface JsonReading<D extends DescMessage> {
  readonly message: MessageShape<D>;
  /** Fields whose JSON has the wrong type, by path. */
  readonly violations: readonly FieldViolation[];
}

/**
 * Reads proto3 JSON field by field, so that one wrong type does not hide other violations. Fields that the schema does not know are
 * passed over: a newer gateway may send more than we read.
 */
export const readJson = <D extends DescMessage>(schema: D, json: JsonValue, path = ""): JsonReading<D> => {
  const message = create(schema) as MessageShape<D> & Record<string, unknown>;
  if (!isObject(json)) {
    return {
      message,
      violations: [{ field: path || "(message)", code: "wrong_type", message: "This must be an object." }],
    };
  }
  const violations: FieldViolation[] = [];
  for (const field of schema.fields) {
    const name = [field.jsonName, field.name].find((n) => Object.hasOwn(json, n));
    const value = name === undefined ? undefined : json[name];
    if (value === undefined || value === null) continue;
    const at = path ? `${path}.${field.jsonName}` : field.jsonName;
    if (field.fieldKind === "message") {
      const inner = readJson(field.message, value, at);
      (message as Record<string, unknown>)[field.localName] = inner.message;
      violations.push(...inner.violations);
      continue;
    }
    try {
      const one = fromJson(schema, { [field.jsonName]: value }) as Record<string, unknown>;
      (message as Record<string, unknown>)[field.localName] = one[field.localName];
    } catch {
      violations.push({ field: at, code: "wrong_type", message: `This must be ${wording(field)}.` });
    }
  }
  return { message, violations };
};

const isObject = (json: JsonValue): json is { [name: string]: JsonValue } =>
  typeof json === "object" && json !== null && !Array.isArray(json);

const wording = (field: DescField): string =>
  (field.fieldKind === "scalar" && scalars[field.scalar]) || "of another type";

/** Scalar types that the intake contract uses. */
const scalars: Partial<Record<ScalarType, string>> = {
  [ScalarType.INT32]: "a whole number",
  [ScalarType.STRING]: "a text",
};
