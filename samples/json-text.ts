/** A value in a record. A property that is `undefined` is omitted. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/** A private use character that the corpus does not contain. */
const mark = '\ue000';

/**
 * Renders JSON without white space, as CloudTrail does. Numbers from {@link numberText} keep their exact digits.
 */
export function toJsonText(value: Json): string {
  const text = JSON.stringify(value);
  return text.includes(mark) ? text.replace(/"\ue000([^\ue000]*)\ue000"/g, '$1') : text;
}

/**
 * Returns a number that is written with exactly these digits, like `342.0` or `9.48587E-5`. A JavaScript number
 * would lose the fraction, the exponent's form, or digits beyond 2^53.
 */
export function numberText(digits: string): Json {
  return `${mark}${digits}${mark}`;
}

/** Renders an integer as in S3 data events: 342 becomes `342.0`. */
export function decimal(value: number): Json {
  return numberText(`${value}.0`);
}
