/** `?` is a check that could not be made. */
export type Level = 'OK' | 'WARN' | 'FAIL' | '?';

/** One line of the result. */
export interface Finding {
  readonly check: string;
  readonly level: Level;
  readonly detail: string;
  /** A command that fixes it, or shows more. */
  readonly fix?: string | undefined;
}

export function ok(check: string, detail: string): Finding {
  return { check, level: 'OK', detail };
}

export function warn(check: string, detail: string, fix?: string): Finding {
  return { check, level: 'WARN', detail, fix };
}

export function fail(check: string, detail: string, fix?: string): Finding {
  return { check, level: 'FAIL', detail, fix };
}

export function unknown(check: string, detail: string): Finding {
  return { check, level: '?', detail: `could not tell: ${detail}` };
}
