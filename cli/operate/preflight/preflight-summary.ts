import { escapeControls } from '../../../lambda/aws/escape-controls.ts';
import { formatNumber } from '../../format.ts';
import type { Finding, Level } from '../finding.ts';

const LEVELS: readonly Level[] = ['FAIL', 'WARN', '?', 'OK'];

/** Renders a line for each finding, and below it the command that fixes it. */
export function renderFindings(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings.flatMap(({ check, level, detail, fix }) => [
    `  ${level.padEnd(4)}  ${check.padEnd(width)}  ${escapeControls(detail)}`,
    ...(fix === undefined ? [] : [`${' '.repeat(width + 10)}${escapeControls(fix)}`]),
  ]);
}

/** Renders the last line, with the number of findings by level. */
export function renderConclusion(findings: readonly Finding[]): string {
  const counts = LEVELS.flatMap((level) => {
    const count = findings.filter((finding) => finding.level === level).length;
    return count === 0 ? [] : [`${formatNumber(count)} ${level === '?' ? 'could not be told' : level}`];
  });
  return `${statusOf(findings) === 0 ? '✔' : '✖'} ${counts.join(', ')}`;
}

/** Renders the result as JSON. Its members are documented in docs/operate.md. */
export function renderJson(findings: readonly Finding[]): string {
  const status = statusOf(findings);
  const result = {
    result: status === 0 ? 'ok' : status === 1 ? 'failed' : 'unknown',
    findings: findings.map(({ check, level, detail, fix }) => ({ check, level, detail, fix: fix ?? null })),
  };
  return JSON.stringify(result, undefined, 2);
}

/** @returns the exit status: 1 if anything fails, 2 if a check could not be made */
export function statusOf(findings: readonly Finding[]): 0 | 1 | 2 {
  const has = (level: Level) => findings.some((finding) => finding.level === level);
  return has('FAIL') ? 1 : has('?') ? 2 : 0;
}
