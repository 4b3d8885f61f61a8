/**
 * Our own code for the protobuf wire format. Reads send records that were encoded once, when appended, and appends would otherwise
 * spend most of their time in generated classes.
 */

export class MalformedMessage extends Error {
  override name = "MalformedMessage";
}

const VARINT = 0;
const BYTES = 2;

const tag = (field: number, wire: number): number => (field << 3) | wire;

const TWO_32 = 2 ** 32;

export class Reader {
  readonly buffer: Buffer;
  private at = 0;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  /** The next field's tag, or 0 at the end. */
  next(): number {
    return this.at >= this.buffer.length ? 0 : this.uint32();
  }

  uint32(): number {
    return Number(this.uint64() & 0xffffffffn);
  }

  /** Small numbers, which nearly all are, are decoded without a BigInt. */
  uint64(): bigint {
    let low = 0;
    let factor = 1;
    for (let i = 0; i < 4; i++) {
      const byte = this.byte();
      low += (byte & 0x7f) * factor;
      if (byte < 0x80) return BigInt(low);
      factor *= 128;
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new MalformedMessage("A varint is longer than ten bytes.");
  }

  bytes(): Buffer {
    const length = this.length();
    const value = this.buffer.subarray(this.at, this.at + length);
    this.at += length;
    return value;
  }

  string(): string {
    const length = this.length();
    const value = this.buffer.toString("utf8", this.at, this.at + length);
    this.at += length;
    return value;
  }

  /** Skips an unknown field without checking its content. */
  skip(unknown: number): void {
    const wire = unknown & 7;
    if (unknown >>> 3 === 0) throw new MalformedMessage("A field has number 0.");
    if (wire === VARINT) this.uint64();
    else if (wire === BYTES) this.at += this.length();
    else if (wire === 1 || wire === 5) this.advance(wire === 1 ? 8 : 4);
    else throw new MalformedMessage(`Wire type ${wire} is not supported.`);
  }

  private byte(): number {
    const byte = this.buffer[this.at];
    if (byte === undefined) throw new MalformedMessage("The message ends inside a field.");
    this.at += 1;
    return byte;
  }

  private length(): number {
    const length = Number(this.uint64());
    if (length > this.buffer.length - this.at) throw new MalformedMessage("The message ends inside a field.");
    return length;
  }

  private advance(count: number): void {
    if (count > this.buffer.length - this.at) throw new MalformedMessage("The message ends inside a field.");
    this.at += count;
  }
}

export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

/** Writes an integer below 2^53 and returns the offset after it. */
export function writeVarint(into: Buffer, at: number, value: number): number {
  let rest = value;
  let offset = at;
  while (rest >= TWO_32) {
    into[offset++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  rest = rest >>> 0;
  while (rest >= 0x80) {
    into[offset++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  into[offset++] = rest;
  return offset;
}

function varint(value: number | bigint): Buffer {
  if (typeof value === "number") {
    const out = Buffer.allocUnsafe(varintSize(value));
    writeVarint(out, 0, value);
    return out;
  }
  const out: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 0x80n; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
  out.push(Number(rest));
  return Buffer.from(out);
}

/** A varint field. Negative numbers must come as bigint. */
export const uintField = (field: number, value: number | bigint): Buffer =>
  Buffer.concat([varint(tag(field, VARINT)), varint(value)]);

export const bytesField = (field: number, value: Uint8Array | string): Buffer => {
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  return Buffer.concat([varint(tag(field, BYTES)), varint(bytes.length), bytes]);
};

export const messageField = (field: number, ...parts: Uint8Array[]): Buffer => bytesField(field, Buffer.concat(parts));

export const EMPTY = Buffer.alloc(0);
