import { InvalidArgumentError } from "commander";

/** A whole number. Commander names the option; `""`, as from an unset variable in a script, is none. */
export const readWhole = (text: string): number => {
  // The service knows the limits; these digits fit its 32 bits.
  if (/^-?\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give a whole number, such as 4500.");
};
