/** A statement that allows actions. */
export interface Statement {
  readonly Effect: 'Allow';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** Returns a statement, with a single value as text instead of a list. */
export function allow(actions: readonly string[], ...resources: readonly string[]): Statement {
  return { Effect: 'Allow', Action: single(actions), Resource: single(resources) };
}

function single(values: readonly string[]): string | readonly string[] {
  const [first] = values;
  return first !== undefined && values.length === 1 ? first : values;
}

/** Renders a policy document, short lists on one line, as the formatter of this project writes JSON. */
export function renderPolicy(statements: readonly Statement[]): string {
  const lines = statements.map((statement) => {
    const line = `    ${spaced(statement)}`;
    return line.length < MAX_COLUMNS ? line : indent(statement);
  });
  return `{\n  "Version": "2012-10-17",\n  "Statement": [\n${lines.join(',\n')}\n  ]\n}`;
}

const MAX_COLUMNS = 120;

function spaced({ Effect, Action, Resource }: Statement): string {
  const value = (of: string | readonly string[]) =>
    typeof of === 'string' ? JSON.stringify(of) : `[${of.map((each) => JSON.stringify(each)).join(', ')}]`;
  return `{ "Effect": "${Effect}", "Action": ${value(Action)}, "Resource": ${value(Resource)} }`;
}

function indent(statement: Statement): string {
  return JSON.stringify(statement, undefined, 2)
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}
