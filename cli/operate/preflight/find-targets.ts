import {
  type FunctionConfiguration,
  GetFunctionConfigurationCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { concurrencyOf } from '../../../infra/settings/concurrency.ts';
import { ENV, PACKINGS, type Packing } from '../../../lambda/contract.ts';
import { KINDS, type Kind } from '../../../lambda/trigger/trail-kinds.ts';
import { UsageError } from '../../endings.ts';
import { answered, ask, judge } from '../ask.ts';
import { CLIENT_OPTIONS } from '../client-options.ts';
import type { Finding } from '../finding.ts';
import { readOutputs } from '../stack-outputs.ts';
import { judgeFunction } from './judge-function.ts';
import type { PreflightOptions } from './preflight-options.ts';
import type { Targets } from './targets.ts';

/** Defaults of the stack and of the function; see `infra/settings/settings.ts` and `lambda/settings.ts`. */
const DEFAULTS = { packing: 'gzip', giveUpAfterHours: 72, maxConcurrency: concurrencyOf({}) } as const;

/**
 * Finds what to check: named by options, or by a stack's outputs and the settings of its function.
 *
 * @returns also the finding about the function, if there is a stack
 * @throws UsageError if a bucket is named without a trail, or the reverse; CouldNotTellError without such a stack
 */
export async function findTargets(
  options: PreflightOptions,
  stop: AbortSignal,
): Promise<{ targets: Targets; findings: Finding[] }> {
  const { bucket, trail, stack } = options;
  const lambda = new LambdaClient(CLIENT_OPTIONS);
  try {
    if (bucket !== undefined) {
      const {
        maxConcurrency = DEFAULTS.maxConcurrency,
        packing = DEFAULTS.packing,
        trigger = 'queue',
      } = options;
      const region = await lambda.config.region().catch(() => {
        throw new UsageError('no AWS region. Set AWS_REGION to the region of the bucket.');
      });
      const targets = {
        ...{ region, bucket, trail, root: rootOf(options), streams: options.stream ?? [], trigger, packing },
        ...{
          kinds: undefined,
          giveUpAfterHours: DEFAULTS.giveUpAfterHours,
          maxConcurrency,
          deployed: undefined,
        },
      };
      return { targets, findings: [] };
    }
    const outputs = await readOutputs(stack, stop);
    const functionName = outputs.get('FunctionName');
    const call = {
      name: 'Lambda GetFunctionConfiguration',
      action: 'lambda:GetFunctionConfiguration',
      target: `function ${functionName}`,
      regionOf: 'stack',
    };
    const configuration = await ask('function', call, () =>
      lambda.send(new GetFunctionConfigurationCommand({ FunctionName: functionName }), { abortSignal: stop }),
    );
    const settings = settingsOf(answered(configuration));
    const targets = {
      ...settings,
      region: await lambda.config.region(),
      bucket: outputs.get('TrailBucket'),
      trail: trail ?? outputs.find('TrailArn'),
      root: rootOf(options) ?? settings.root,
      streams: outputs.streams,
      trigger: options.trigger,
      packing: options.packing ?? settings.packing,
      maxConcurrency: options.maxConcurrency ?? DEFAULTS.maxConcurrency,
      deployed: {
        functionName,
        workQueueArn: outputs.get('WorkQueueArn'),
        role: answered(configuration)?.Role,
      },
    };
    return { targets, findings: judge(configuration, judgeFunction) };
  } finally {
    lambda.destroy();
  }
}

/** Reads the settings that matter here from the function's environment, as far as they are valid. */
function settingsOf(configuration: FunctionConfiguration | undefined) {
  const { Variables: env = {} } = configuration?.Environment ?? {};
  const kinds = env[ENV.kinds]
    ?.split(',')
    .filter((kind): kind is Kind => KINDS.some((known) => known === kind));
  const packing = PACKINGS.find((known) => known === env[ENV.packing]);
  return {
    root: env[ENV.trailRoot] || undefined,
    kinds: kinds?.length ? kinds : undefined,
    packing: packing ?? ('lines' satisfies Packing),
    giveUpAfterHours: Number(env[ENV.giveUpAfterHours]) || DEFAULTS.giveUpAfterHours,
  };
}

/** @returns the folder of the accounts as given by options; `undefined` to use the trail's */
function rootOf({ prefix, organization }: PreflightOptions): string | undefined {
  if (prefix === undefined && organization === undefined) return undefined;
  const folders = [prefix?.replace(/\/+$/, ''), 'AWSLogs', organization].filter((name) => name);
  return `${folders.join('/')}/`;
}
