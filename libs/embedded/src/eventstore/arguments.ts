import { parseArgs } from "node:util";

export interface Arguments {
  host: string;
  port: number;
  dataFolder: string;
  maxAppendSize: number;
  advertise: { host: string; port: number } | undefined;
}

export const USAGE = `Usage: main.ts --port N --data DIR [--host H] [--max-append-size BYTES] [--advertise HOST:PORT]

  --port N                 where to listen; 0 for any free port
  --data DIR               the folder for the events
  --host H                 the address to listen on (default 127.0.0.1)
  --max-append-size BYTES  the size limit of one append (default 1048576)
  --advertise HOST:PORT    where gossip sends clients (default: where the server listens)`;

const ONE_MEBIBYTE = 1024 * 1024;

/** Reports all errors at once, so that one more try is enough. */
export class BadArguments extends Error {
  override name = "BadArguments";
}

export function readArguments(argv: string[]): Arguments {
  const { values } = parse(argv);
  const faults: string[] = [];
  const integer = (name: string, text: string | undefined, least: number, most: number): number => {
    const number = text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    faults.push(`--${name} must be an integer from ${least} to ${most}${text === undefined ? "" : `, not "${text}"`}.`);
    return 0;
  };
  const port = integer("port", values.port, 0, 65_535);
  const maxAppendSize = integer("max-append-size", values["max-append-size"], 1, 16 * ONE_MEBIBYTE);
  if (values.data === undefined || values.data === "") faults.push("--data must name a folder.");
  const advertise = values.advertise === undefined ? undefined : endPoint(values.advertise);
  if (values.advertise !== undefined && advertise === undefined) faults.push("--advertise must be HOST:PORT.");
  if (faults.length > 0) throw new BadArguments(faults.join("\n"));
  return { host: values.host, port, dataFolder: values.data ?? "", maxAppendSize, advertise };
}

function parse(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      options: {
        port: { type: "string" },
        data: { type: "string" },
        host: { type: "string", default: "127.0.0.1" },
        "max-append-size": { type: "string", default: String(ONE_MEBIBYTE) },
        advertise: { type: "string" },
      },
    });
  } catch (error) {
    throw new BadArguments(error instanceof Error ? error.message : String(error));
  }
}

function endPoint(text: string): { host: string; port: number } | undefined {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  return host === undefined || Number(port) > 65_535 ? undefined : { host, port: Number(port) };
}
