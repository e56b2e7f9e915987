let last = 0;

/** Microseconds that never stand still: of two writes of this process, one behind the other, the later one has more. */
export function writtenNow(): number {
  last = Math.max(last + 1, Date.now() * 1_000);
  return last;
}
