import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetEventConfigurationCommand,
  GetEventSelectorsCommand,
  GetInsightSelectorsCommand,
  GetTrailStatusCommand,
  type Trail,
} from '@aws-sdk/client-cloudtrail';
import { answered, ask, judge } from '../ask.ts';
import { CLIENT_OPTIONS } from '../client-options.ts';
import type { AwsCall } from '../explain-error.ts';
import type { Finding } from '../finding.ts';
import {
  chooseTrail,
  judgeCopies,
  judgeEventConfiguration,
  judgeInsights,
  judgeSelectors,
  judgeStatus,
  judgeTrail,
  rootOf,
} from './judge-trail.ts';
import { recordedEvents } from './recorded-events.ts';
import type { Targets } from './targets.ts';

/** What later checks need to know about the trail. */
export interface TrailFacts {
  /** Up to and including `AWSLogs/`. */
  readonly root: string;
  readonly isOrganization: boolean;
  /** Account that owns the trail. */
  readonly account: string | undefined;
  readonly keyArn: string | undefined;
}

/** Checks the trail: exists, logs, what it records, and whether another one records the same. */
export async function checkTrail(
  targets: Targets,
  stop: AbortSignal,
): Promise<{ findings: Finding[]; facts: TrailFacts | undefined }> {
  const client = new CloudTrailClient(CLIENT_OPTIONS);
  const options = { abortSignal: stop };
  try {
    const listed = await ask('trail', callOf('DescribeTrails', 'CloudTrail'), () =>
      client.send(new DescribeTrailsCommand({ includeShadowTrails: true }), options),
    );
    if ('finding' in listed) return { findings: [listed.finding], facts: undefined };
    const trails = listed.value.trailList ?? [];
    const trail = chooseTrail(trails, targets);
    if ('level' in trail) return { findings: [trail], facts: undefined };
    const findings = [
      judgeTrail(trail, targets.bucket, targets.root),
      ...(await askAbout(client, trail, trails, targets, stop)),
    ];
    return { findings, facts: factsOf(trail) };
  } finally {
    client.destroy();
  }
}

function factsOf(trail: Trail): TrailFacts {
  return {
    root: rootOf(trail),
    isOrganization: trail.IsOrganizationTrail ?? false,
    account: trail.TrailARN?.split(':')[4],
    keyArn: trail.KmsKeyId,
  };
}

async function askAbout(
  client: CloudTrailClient,
  trail: Trail,
  trails: readonly Trail[],
  { kinds }: Targets,
  stop: AbortSignal,
): Promise<Finding[]> {
  const options = { abortSignal: stop };
  const { TrailARN: name = '' } = trail;
  const status = ask('logging', callOf('GetTrailStatus', name), () =>
    client.send(new GetTrailStatusCommand({ Name: name }), options),
  );
  const selectors = askSelectors('management events', client, name, stop);
  const insights = ask(
    'insights',
    callOf('GetInsightSelectors', name),
    () => client.send(new GetInsightSelectorsCommand({ TrailName: name }), options),
    { InsightNotEnabledException: { InsightSelectors: [], $metadata: {} } },
  );
  const configuration = ask('aggregation', callOf('GetEventConfiguration', name), () =>
    client.send(new GetEventConfigurationCommand({ TrailName: name }), options),
  );
  const recorded = answered(await selectors);
  const isRecorded = recorded !== undefined && recordedEvents(recorded).management !== 'none';
  return [
    ...judge(await status, (answer) => judgeStatus(trail, answer)),
    ...judge(await selectors, (answer) => judgeSelectors(trail, answer, kinds)),
    ...judge(await insights, (answer) => judgeInsights(answer, kinds)),
    ...judge(await configuration, (answer) => judgeEventConfiguration(answer, kinds)).flatMap((finding) =>
      // One call answers both.
      finding.level === '?' ? [finding, { ...finding, check: 'event size' }] : [finding],
    ),
    ...(await checkCopies(client, trail, trails, isRecorded, stop)),
  ];
}

/** Other trails of the Region: multi-Region trails from elsewhere appear as shadow trails. */
async function checkCopies(
  client: CloudTrailClient,
  trail: Trail,
  trails: readonly Trail[],
  isRecorded: boolean,
  stop: AbortSignal,
): Promise<Finding[]> {
  const others = trails.filter(({ TrailARN }) => TrailARN !== trail.TrailARN);
  const answers = await Promise.all(
    others.map(async (other) => ({
      trail: other,
      answer: await askSelectors('copies', client, other.TrailARN ?? '', stop),
    })),
  );
  const known = answers.flatMap(({ trail: other, answer }) =>
    'value' in answer ? [{ trail: other, selectors: answer.value }] : [],
  );
  const unknowns = answers.flatMap(({ answer }) => ('finding' in answer ? [answer.finding] : []));
  const copies = judgeCopies(trail, known, isRecorded);
  return unknowns.length > 0 && copies.level === 'OK' ? unknowns : [copies, ...unknowns];
}

function askSelectors(check: string, client: CloudTrailClient, name: string, stop: AbortSignal) {
  return ask(check, callOf('GetEventSelectors', name), () =>
    client.send(new GetEventSelectorsCommand({ TrailName: name }), { abortSignal: stop }),
  );
}

function callOf(operation: string, target: string): AwsCall {
  return { name: `CloudTrail ${operation}`, action: `cloudtrail:${operation}`, target, regionOf: 'trail' };
}
