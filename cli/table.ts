import Table from 'cli-table3';

/** @returns the lines of a table without borders, indented by two spaces */
export function renderTable(head: string[], rows: readonly string[][]): string[] {
  const table = new Table({
    head,
    chars: BLANK,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
  });
  table.push(...rows);
  return table
    .toString()
    .split('\n')
    .map((line) => `  ${line.trimEnd()}`);
}

const BLANK = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
  ].map((part) => [part, '']),
);
