import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";

type JsonSchema = Readonly<Record<string, unknown>>;

/** The JSON Schema of a message in proto3 JSON. What protobuf cannot express, such as lengths, is in the comments in `proto/`. */
export const protoSchema = (message: DescMessage): JsonSchema => {
  if (message.typeName === "google.protobuf.Timestamp") return { type: "string", format: "date-time" };
  return {
    type: "object",
    properties: Object.fromEntries(message.fields.map((field) => [field.jsonName, fieldSchema(field)])),
  };
};

const fieldSchema = (field: DescField): JsonSchema => {
  if (field.fieldKind === "list") {
    const items = field.listKind === "message" ? protoSchema(field.message) : { type: "string" };
    return { type: "array", items };
  }
  if (field.fieldKind === "message") return protoSchema(field.message);
  return field.fieldKind === "scalar" ? scalarSchema(field.scalar) : {};
};

const scalarSchema = (scalar: ScalarType): JsonSchema => {
  switch (scalar) {
    case ScalarType.BOOL:
      return { type: "boolean" };
    case ScalarType.INT32:
      return { type: "integer", format: "int32" };
    case ScalarType.UINT64:
      return { type: "string", pattern: "^[0-9]+$" };
    default:
      return { type: "string" };
  }
};
