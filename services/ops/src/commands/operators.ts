import { randomBytes } from "node:crypto";
import {
  findOperator,
  OPERATOR_TEXT_MAX,
  type Operator,
  type Role,
  readOperators,
  roles,
  sha256,
  withoutToken,
  withToken,
  writeOperators,
} from "@touchline/registration/people";
import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import type { Context } from "../context.ts";
import { csvOption, type Field, type FormatFlags, jsonOption, print } from "../formats.ts";
import { Problem } from "../problem.ts";

interface Added extends FormatFlags {
  readonly role: Role;
  readonly team?: string[];
}

export const addOperators = (program: Command, context: Context): void => {
  const parent = program
    .command("operators")
    .summary("who may use the board and the command line, and what each may do")
    .description(
      "Operators by name, in a file that the registration service reads again when it changes (OPERATORS_FILE). A viewer reads; an " +
        "operator also resends, corrects and cancels; a treasurer also moves money; an admin also erases.",
    );
  addAdd(parent, context);
  addShow(parent, context);
  addToken(parent, context);
  addWithdraw(parent, context);
  addRemove(parent, context);
};

const whoArgument = () => new Argument("<operator>", "an operator's id or name");

const addAdd = (parent: Command, context: Context): void => {
  parent
    .command("add")
    .description("Adds an operator, and prints a token for the board and the command line. It is shown only once.")
    .argument("<name>", "how timelines name this person", readName)
    .addOption(new Option("--role <role>", "what this person may do").choices(roles).makeOptionMandatory())
    .option("--team <team...>", "only families of these teams, written as the registrations write them", readTeams)
    .addOption(jsonOption())
    .action((name: string, { role, team, json }: Added) => {
      const one: Operator = { id: `op-${random(6)}`, name, role, ...(team && { teams: team }), tokens: [] };
      const operators = load(context);
      if (findOperator(operators, name)) throw new Problem(`There is an operator called ${name} already.`);
      giveToken(context, [...operators, one], one, json);
    });
};

/** `""` comes from an unset variable in a script. */
const readName = (text: string): string => {
  const name = text.trim();
  if (name.length > 0 && name.length <= OPERATOR_TEXT_MAX) return name;
  throw new InvalidArgumentError(`Give 1 to ${OPERATOR_TEXT_MAX} characters.`);
};

const readTeams = (team: string, before: string[] = []): string[] => [...before, readName(team)];

const addToken = (parent: Command, context: Context): void => {
  parent
    .command("token")
    .description("Makes one more token, such as for another device. The others keep working.")
    .addArgument(whoArgument())
    .addOption(jsonOption())
    .action((who: string, { json }: FormatFlags) => {
      const operators = load(context);
      giveToken(context, operators, known(operators, who), json);
    });
};

const addWithdraw = (parent: Command, context: Context): void => {
  parent
    .command("withdraw")
    .description("Withdraws one token. Sessions that were opened with it end at once.")
    .argument("<token-id>", "as the list shows it (t-…); not the token itself")
    .action((tokenId: string) => {
      const operators = load(context);
      const owner = operators.find(({ tokens }) => tokens.some(({ id }) => id === tokenId));
      if (!owner) throw new Problem("There is no such token.", "npm run ops -- operators list shows their ids.");
      save(context, withoutToken(operators, tokenId));
      context.out(`Withdrawn. ${owner.name} has ${owner.tokens.length - 1} more.\n`);
    });
};

const addRemove = (parent: Command, context: Context): void => {
  parent
    .command("remove")
    .description("Removes an operator with every token. Timelines then say: a former operator.")
    .addArgument(whoArgument())
    .action((who: string) => {
      const operators = load(context);
      const gone = known(operators, who);
      save(
        context,
        operators.filter(({ id }) => id !== gone.id),
      );
      context.out(`${gone.name} is no longer an operator.\n`);
    });
};

const fields: readonly Field<Operator>[] = [
  { name: "id", value: ({ id }) => id },
  { name: "name", value: ({ name }) => name },
  { name: "role", value: ({ role }) => role },
  { name: "teams", value: ({ teams }) => teams?.join(", ") ?? "all" },
  {
    name: "tokens",
    value: ({ tokens }) => tokens.map(({ id, createdAt }) => `${id} (${createdAt.slice(0, 10)})`).join(", "),
  },
];

const addShow = (parent: Command, context: Context): void => {
  parent
    .command("list")
    .description("Lists the operators, with the ids of their tokens.")
    .addOption(jsonOption())
    .addOption(csvOption())
    .action((flags: FormatFlags) => {
      const operators = load(context);
      if (operators.length > 0 || flags.json || flags.csv) print(context, flags, fields, operators);
      else context.say("There are no operators. Add one: npm run ops -- operators add <name> --role admin");
    });
};

const giveToken = (
  context: Context,
  operators: readonly Operator[],
  { id, name, role, teams }: Operator,
  json: boolean | undefined,
): void => {
  // The prefix lets scanners find a token where it should not be.
  const token = `touchline_${randomBytes(32).toString("base64url")}`;
  const tokenId = `t-${random(4)}`;
  const createdAt = context.runtime.now().toISOString();
  save(context, withToken(operators, id, { id: tokenId, sha256: sha256(token), createdAt }));
  if (json) context.out(`${JSON.stringify({ id, tokenId, token })}\n`);
  else {
    context.say(`${name} is ${id}: ${role}, ${teams?.join(", ") ?? "all teams"}. Token ${tokenId}, shown only once:`);
    context.out(`${token}\n`);
  }
};

const random = (bytes: number) => randomBytes(bytes).toString("hex");

const known = (operators: readonly Operator[], who: string): Operator => {
  const found = findOperator(operators, who);
  if (found) return found;
  throw new Problem("There is no such operator, or there are several.", "Give the id: npm run ops -- operators list");
};

const load = ({ config }: Context): readonly Operator[] => {
  try {
    return readOperators(config().operatorsPath);
  } catch (error) {
    throw new Problem(
      error instanceof Error ? error.message : String(error),
      "Correct the file, or delete it and start again.",
    );
  }
};

const save = ({ config }: Context, operators: readonly Operator[]): void =>
  writeOperators(config().operatorsPath, operators);
