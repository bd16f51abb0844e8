import { answerAwsJson, type JsonObject } from '../http/aws-json.ts';
import { Refusal, serve } from '../http/serve.ts';

/** A key that CloudTrail signs digests with: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PublicKey.html */
export interface PublicKey {
  readonly fingerprint: string;
  /** DER in PKCS #1 form. */
  readonly value: Buffer;
  readonly validFrom: Date;
  readonly validTo: Date;
}

export interface CloudTrailOptions {
  readonly keys: readonly PublicKey[];
  /** Whether callers lack the permission `cloudtrail:ListPublicKeys`. */
  readonly isDenied?: boolean;
  /** @default any free port */
  readonly port?: number;
}

export interface CloudTrailEndpoint {
  /** For `AWS_ENDPOINT_URL_CLOUDTRAIL`. */
  readonly url: string;
  /** Answered calls since the last reset. */
  readonly counts: { readonly requests: number };
  reset(options?: Partial<CloudTrailOptions>): void;
  close(): Promise<void>;
}

const protocol = {
  scope: 'cloudtrail',
  target: 'CloudTrail_20131101',
  version: '1.1',
  maxBodyBytes: 64 * 1024,
} as const;

/** Starts a CloudTrail with ListPublicKeys. */
export async function startCloudTrail(options: CloudTrailOptions): Promise<CloudTrailEndpoint> {
  let current = options;
  let counts = { requests: 0 };
  const server = await serve(
    (request, response) =>
      answerAwsJson(
        protocol,
        (operation, input) => {
          counts.requests += 1;
          return { output: call(current, operation, input) };
        },
        request,
        response,
      ),
    options.port,
  );
  return {
    url: server.url,
    get counts() {
      return counts;
    },
    reset(changed = {}) {
      current = { ...options, ...changed };
      counts = { requests: 0 };
    },
    close: () => server.close(),
  };
}

function call({ keys, isDenied }: CloudTrailOptions, operation: string, input: JsonObject): JsonObject {
  if (operation !== 'ListPublicKeys') throw new Refusal(400, 'UnknownOperationException', '');
  if (isDenied)
    throw new Refusal(
      400,
      'AccessDeniedException',
      'User is not authorized to perform: cloudtrail:ListPublicKeys because no identity-based policy allows the action',
    );
  return listPublicKeys(keys, input);
}

/**
 * Lists the keys whose validity overlaps the asked time: today without one.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html
 */
function listPublicKeys(keys: readonly PublicKey[], { StartTime, EndTime }: JsonObject): JsonObject {
  const end = EndTime === undefined ? Date.now() : Number(EndTime) * 1000;
  const start = StartTime === undefined ? end : Number(StartTime) * 1000;
  if (!(start <= end)) throw new Refusal(400, 'InvalidTimeRangeException', 'StartTime is after EndTime.');
  const valid = keys.filter(({ validFrom, validTo }) => +validFrom <= end && +validTo >= start);
  return {
    PublicKeyList: valid.map(({ fingerprint, value, validFrom, validTo }) => ({
      Fingerprint: fingerprint,
      Value: value.toString('base64'),
      ValidityStartTime: validFrom.getTime() / 1000,
      ValidityEndTime: validTo.getTime() / 1000,
    })),
  };
}
