/**
 * Reference implementation of the splitter. Parses an entire document by the JSON grammar, character by character, and
 * cuts out the elements of each top-level `Records` array or of a top-level list. Slow and simple; shares no code with
 * the splitter.
 */
export function findRecordsPlainly(document: string): string[] {
  let at = 0;
  const records: string[] = [];

  function space() {
    while (' \n\r\t'.includes(document[at] ?? 'x')) at++;
  }
  function take(expected: string) {
    if (!document.startsWith(expected, at)) throw new Error(`no ${expected} at ${at}`);
    at += expected.length;
  }
  function string(): string {
    const from = at;
    take('"');
    while (document[at] !== '"') at += document[at] === '\\' ? 2 : 1;
    take('"');
    return JSON.parse(document.slice(from, at));
  }
  function list(open: string, close: string, element: () => void) {
    take(open);
    space();
    if (document[at] !== close) {
      for (;;) {
        space();
        element();
        space();
        if (document[at] !== ',') break;
        take(',');
      }
    }
    take(close);
  }
  function value(isRecords = false) {
    space();
    if (document[at] === '{') list('{', '}', () => member());
    else if (document[at] === '[')
      list('[', ']', () => {
        const from = at;
        value();
        if (isRecords) records.push(document.slice(from, at));
      });
    else if (document[at] === '"') string();
    else {
      const literal = /^[-+.\w]+/.exec(document.slice(at, at + 400))?.[0] ?? '';
      JSON.parse(literal);
      at += literal.length;
    }
  }
  function member(isTop = false) {
    const key = string();
    space();
    take(':');
    value(isTop && key === 'Records');
  }

  space();
  if (document[at] === '{') list('{', '}', () => member(true));
  else value(true);
  space();
  if (at !== document.length) throw new Error(`more at ${at}`);
  return records;
}
