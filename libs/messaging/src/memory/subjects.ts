/** Whether a subject matches a pattern: `*` matches one word, and a final `>` one or more. */
export const matcher = (pattern: string): ((subject: string) => boolean) => {
  if (pattern === ">") return () => true;
  const words = pattern.split(".");
  if (!words.includes("*") && words.at(-1) !== ">") return (subject) => subject === pattern;
  return (subject) => {
    const given = subject.split(".");
    const last = words.length - 1;
    if (words[last] === ">" ? given.length <= last : given.length !== words.length) return false;
    return words.every((word, i) => word === "*" || (i === last && word === ">") || word === given[i]);
  };
};

/** Whether some subject matches both patterns. */
export const overlap = (one: string, other: string): boolean => {
  const [a, b] = [one.split("."), other.split(".")];
  for (let i = 0; ; i++) {
    const [x, y] = [a[i], b[i]];
    if (x === undefined || y === undefined) return x === y;
    if (x === ">" || y === ">") return true;
    if (x !== y && x !== "*" && y !== "*") return false;
  }
};
