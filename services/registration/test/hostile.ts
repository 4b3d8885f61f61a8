import { create, toBinary } from "@bufbuild/protobuf";
import { CompleteRegistrationRequestSchema } from "@touchline/contracts";
import { submission } from "./submission.ts";

export interface Message {
  readonly payload: Uint8Array;
  readonly binary: boolean;
  /** Set if the message is one of the good ones. */
  readonly good?: string;
}

/** Random numbers that are the same in every run. */
const randomOf = (seed: number) => () => {
  seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
  return seed / 2 ** 32;
};

const text = (value: string) => new TextEncoder().encode(value);

const values: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  1.5,
  2 ** 53,
  "",
  " ",
  "\u0000",
  "\ud800",
  "\u202egnp.exe",
  "'; DROP TABLE registrations; --",
  "{{constructor.constructor('return process')()}}",
  "../../etc/passwd",
  "https://evil.example",
  "<script>alert(1)</script>",
  "%s%n%x",
  "x".repeat(60_000),
  "e\u0301".repeat(20_000),
  "😀".repeat(51),
  [],
  [[[[[]]]]],
  {},
  { firstName: { firstName: [] } },
  { __proto__: null, constructor: { prototype: { polluted: true } } },
];

const paths = Object.keys(submission(""));

type Kind = (random: () => number, i: number) => Message;

const json = (value: unknown): Message => ({ payload: text(JSON.stringify(value)), binary: false });
const pick = <T>(random: () => number, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;

const kinds: readonly Kind[] = [
  // One field with a value that it must not have.
  (random, i) => json({ ...submission(`hostile-${i}`), [pick(random, paths)]: pick(random, values) }),
  // Cut off.
  (random, i) => {
    const whole = text(JSON.stringify(submission(`hostile-${i}`)));
    return { payload: whole.slice(0, Math.floor(random() * whole.length)), binary: false };
  },
  // Noise, declared as JSON or protobuf.
  (random) => ({
    payload: Uint8Array.from({ length: Math.floor(random() * 300) }, () => Math.floor(random() * 256)),
    binary: random() < 0.5,
  }),
  // Protobuf, cut off or with a bit flipped.
  (random, i) => {
    const bytes = toBinary(
      CompleteRegistrationRequestSchema,
      create(CompleteRegistrationRequestSchema, submission(`hostile-${i}`)),
    );
    if (random() < 0.5) return { payload: bytes.slice(0, Math.floor(random() * bytes.length)), binary: true };
    const at = Math.floor(random() * bytes.length);
    return { payload: bytes.with(at, (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8))), binary: true };
  },
  // Names with a meaning in JavaScript.
  (_, i) => ({
    payload: text(
      `{"registrationId":"hostile-${i}","__proto__":{"parentPhone":"07700900123"},"constructor":1,"toString":2}`,
    ),
    binary: false,
  }),
  // Anything but an object.
  (random) => json(pick(random, values)),
];

const deep = (depth: number) => text(`{"child":${"[".repeat(depth)}${"]".repeat(depth)}}`);

/** As large as NATS allows. */
const huge: readonly Message[] = [
  { payload: deep(400_000), binary: false },
  { payload: text(`{"child":${'{"a":'.repeat(150_000)}1${"}".repeat(150_000)}}`), binary: false },
  json({ ...submission("huge-1"), child: { firstName: "x".repeat(900_000), lastName: "y" } }),
  json({ ...submission("huge-2"), parentPhone: "0".repeat(900_000) }),
  json(Object.fromEntries(Array.from({ length: 40_000 }, (_, i) => [`field${i}`, i]))),
  { payload: new Uint8Array(900_000).fill(0x0a), binary: true },
];

/** Malformed, huge, truncated and hostile messages, with a good one in every hundred. */
export const hostileMessages = (count: number): Message[] => {
  const random = randomOf(42);
  return Array.from({ length: count }, (_, i): Message => {
    if (i % 100 === 99) return { ...json(submission(`good-${i}`)), good: `good-${i}` };
    if (i % 500 === 250) return huge[(i / 500 - 0.5) % huge.length] as Message;
    return pick(random, kinds)(random, i);
  });
};
