/**
 * Node's flags for each of our processes. Ten of them share one machine. V8's default semi-space of 16 MB would cost each about
 * 30 MB more, and on a large machine V8 lets a heap grow to four times what is in use before it collects.
 */
export const smallHeap = [
  "--max-semi-space-size=4",
  "--heap-growing-percent=40",
  "--initial-old-space-size=64",
] as const;
