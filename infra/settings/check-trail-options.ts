import type { Kind } from '../../lambda/trigger/trail-kinds.ts';
import type { PipelineSettings } from './settings.ts';

/** @returns one message for each option of a new trail that conflicts with another setting */
export function checkTrailOptions(settings: PipelineSettings): string[] {
  return [
    ...checkThatTrailIsNew(settings),
    ...checkObjectLock(settings),
    ...checkKindIsRead(settings, 'dataEvents', 'log'),
    ...checkKindIsRead(settings, 'networkActivityEvents', 'networkActivity'),
  ];
}

/** Options of a new trail, with what to do for an existing one. */
const INSTEAD: Partial<Record<keyof PipelineSettings, string>> = {
  managementAccount: 'leave the policy of that bucket to its owner',
  trailObjectLock: 'turn on Object Lock in that bucket',
  dataEvents: 'add a selector to the existing trail',
  networkActivityEvents: 'add a selector to the existing trail',
};

function checkThatTrailIsNew(settings: PipelineSettings): string[] {
  const { trailBucketName } = settings;
  if (trailBucketName === undefined) return [];
  return Object.entries(INSTEAD)
    .filter(([name]) => settings[name as keyof PipelineSettings] !== undefined)
    .map(
      ([name, instead]) =>
        `${name} requires a new trail (got trailBucketName=${trailBucketName}). Remove ${name} and ${instead}.`,
    );
}

function checkObjectLock(settings: PipelineSettings): string[] {
  const { trailObjectLock, trailObjectLockDays, trailRetentionDays = 0, removalPolicy } = settings;
  const problems: string[] = [];
  if (trailObjectLock !== undefined && trailObjectLockDays === undefined)
    problems.push(
      `trailObjectLock=${trailObjectLock} requires trailObjectLockDays (not set). Set trailObjectLockDays or remove trailObjectLock.`,
    );
  if (trailObjectLock === undefined && trailObjectLockDays !== undefined)
    problems.push(
      'trailObjectLockDays requires trailObjectLock (not set). Set trailObjectLock=governance or trailObjectLock=compliance, or remove trailObjectLockDays.',
    );
  if (trailRetentionDays > 0 && trailRetentionDays < (trailObjectLockDays ?? 0))
    problems.push(
      `trailRetentionDays must be at least trailObjectLockDays=${trailObjectLockDays} (got ${trailRetentionDays}), because S3 keeps and bills locked versions until then. Use trailRetentionDays=${trailObjectLockDays} or fewer trailObjectLockDays.`,
    );
  if (trailObjectLock === 'compliance' && removalPolicy === 'destroy')
    problems.push(
      'removalPolicy=destroy requires a bucket that can be emptied (got trailObjectLock=compliance). Use trailObjectLock=governance or remove removalPolicy.',
    );
  return problems;
}

/** CloudTrail bills events of a kind even if the function skips that kind. */
function checkKindIsRead(
  settings: PipelineSettings,
  name: 'dataEvents' | 'networkActivityEvents',
  kind: Kind,
): string[] {
  const { kinds } = settings;
  if (settings[name] === undefined || kinds === undefined || kinds.includes(kind)) return [];
  return [
    `${name} requires kinds to contain ${kind} (got ${kinds.join(', ')}), otherwise these events are skipped. Add ${kind} to kinds or remove ${name}.`,
  ];
}
