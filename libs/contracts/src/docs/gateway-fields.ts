import { readFileSync } from "node:fs";
import { file_touchline_registration_v1_registration as file } from "../gen/touchline/registration/v1/registration_pb.ts";

const root = new URL("../../../../", import.meta.url);

/** docs/gateway.md with its field tables taken from `proto/`; the rest is written by hand. */
export const gatewayMarkdown = (): string => {
  const proto = readFileSync(new URL("proto/touchline/registration/v1/registration.proto", root), "utf8");
  const guide = readFileSync(new URL("docs/gateway.md", root), "utf8");
  return guide.replaceAll(
    /(<!-- fields of (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, message: string, end: string) => `${begin}${fieldTable(proto, message)}${end}`,
  );
};

const fieldTable = (proto: string, name: string): string => {
  const message = file.messages.find((one) => one.name === name);
  const [, body = ""] = new RegExp(`^message ${name} \\{\\n([\\s\\S]*?)^\\}`, "m").exec(proto) ?? [];
  if (!message) throw new TypeError(`proto has no message ${name}.`);
  const rows = message.fields.map((field) => `| \`${field.name}\` | ${commentOf(body, field.name)} |`);
  return ["", "| field | |", "|---|---|", ...rows, "", ""].join("\n");
};

/** Read from the proto file, because descriptors have no comments. */
const commentOf = (body: string, field: string): string => {
  const [, comment = ""] = new RegExp(`((?: {2}//.*\\n)+) {2}[\\w. ]+ ${field} = `).exec(body) ?? [];
  return comment
    .replaceAll(/^ {2}\/\/ /gm, "")
    .trim()
    .replaceAll("\n", " ")
    .replaceAll("|", "\\|");
};
