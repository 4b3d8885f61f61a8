import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import { roles } from "./roles.ts";

/** Characters of a name or a team. */
export const OPERATOR_TEXT_MAX = 100;
const Text = () => Type.String({ minLength: 1, maxLength: OPERATOR_TEXT_MAX });

const Token = Type.Object({
  /** Not secret: it identifies the token when it is withdrawn. */
  id: Text(),
  /** Hexadecimal. Only the owner has the token itself. */
  sha256: Type.String({ pattern: "^[0-9a-f]{64}$" }),
  createdAt: Type.String({ format: "date-time" }),
});
const Operator = Type.Object({
  /** Opaque, and never reused for somebody else. */
  id: Text(),
  name: Text(),
  role: Type.Enum(roles),
  teams: Type.Optional(Type.Array(Text(), { minItems: 1 })),
  tokens: Type.Array(Token),
});

export type Token = Static<typeof Token>;
export type Operator = Static<typeof Operator>;

const OperatorsFile = Type.Object({ operators: Type.Array(Operator) });
const validator = Compile(OperatorsFile);

/** Reads the text of an operators file. Throws an `Error` that says where it is wrong and repeats no value. */
export const parseOperators = (text: string): readonly Operator[] => {
  const file = parseJson(text);
  if (validator.Check(file)) return file.operators;
  const [first] = validator.Errors(file);
  throw new Error(
    `The operators file is wrong at ${first?.instancePath || "its top level"}: ${first?.message ?? "not valid"}.`,
  );
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message would repeat what it read.
    throw new Error("The operators file is not JSON.");
  }
};

export const formatOperators = (operators: readonly Operator[]): string =>
  `${JSON.stringify({ operators }, undefined, 2)}\n`;

/** The operator with this id or name; undefined when there is none, or several. */
export const findOperator = (operators: readonly Operator[], idOrName: string): Operator | undefined => {
  const found = operators.filter(({ id, name }) => id === idOrName || name === idOrName);
  return found.length === 1 ? found[0] : undefined;
};

export const withToken = (operators: readonly Operator[], operatorId: string, token: Token): readonly Operator[] =>
  operators.map((one) => (one.id === operatorId ? { ...one, tokens: [...one.tokens, token] } : one));

export const withoutToken = (operators: readonly Operator[], tokenId: string): readonly Operator[] =>
  operators.map((one) => ({ ...one, tokens: one.tokens.filter(({ id }) => id !== tokenId) }));
