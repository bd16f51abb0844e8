/** What a template may put into a record; a property that is `undefined` is left out. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/** From the private use area: no text of the corpus contains it. */
const mark = '\ue000';

/**
 * JSON text without white space, as CloudTrail writes it. Numbers made by {@link numberText} keep their
 * own digits.
 */
export function toJsonText(value: Json): string {
  const text = JSON.stringify(value);
  return text.includes(mark) ? text.replace(/"\ue000([^\ue000]*)\ue000"/g, '$1') : text;
}

/**
 * A number that stands in the record exactly as given, such as `342.0` or `9.48587E-5`: a JavaScript number
 * would lose the fraction, the exponent's form, or digits beyond 2^53.
 */
export function numberText(digits: string): Json {
  return `${mark}${digits}${mark}`;
}

/** A whole number with a fraction of zero, as S3 data events have it: 342 becomes `342.0`. */
export function decimal(value: number): Json {
  return numberText(`${value}.0`);
}
