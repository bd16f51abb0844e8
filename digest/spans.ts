/** A span of time, its end excluded: milliseconds since 1970. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** Returns the parts of `span` that none of the others covers, in order. */
export function findUncovered(covering: readonly Span[], span: Span): Span[] {
  const uncovered: Span[] = [];
  let at = span.startMs;
  for (const { startMs, endMs } of [...covering].sort((a, b) => a.startMs - b.startMs)) {
    if (at >= span.endMs) break;
    if (startMs > at) uncovered.push({ startMs: at, endMs: Math.min(startMs, span.endMs) });
    at = Math.max(at, endMs);
  }
  if (at < span.endMs) uncovered.push({ startMs: at, endMs: span.endMs });
  return uncovered;
}

export function overlaps(a: Span, b: Span): boolean {
  return a.startMs < b.endMs && b.startMs < a.endMs;
}
