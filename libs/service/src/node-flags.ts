/**
 * Node's flags for each process of ours. Ten of them share one machine: V8's default of 16 MB a semi-space would cost each some
 * 30 MB more, and on a large machine it lets a heap grow to four times what is in use before it collects.
 */
export const smallHeap = [
  "--max-semi-space-size=4",
  "--heap-growing-percent=40",
  "--initial-old-space-size=64",
] as const;
