import type { S3Fault } from '../faults.ts';
import { Refusal } from '../http/serve.ts';

// Codes, statuses and messages: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
const known = {
  AccessDenied: [403, 'Access Denied'],
  AuthorizationHeaderMalformed: [400, 'The authorization header is malformed.'],
  BadDigest: [400, 'The checksum you specified did not match what we received.'],
  EntityTooLarge: [400, 'Your proposed upload exceeds the maximum allowed object size.'],
  IncompleteBody: [
    400,
    'You did not provide the number of bytes specified by the Content-Length HTTP header.',
  ],
  InternalError: [500, 'We encountered an internal error. Please try again.'],
  InvalidArgument: [400, 'Invalid Argument'],
  InvalidObjectState: [403, "The operation is not valid for the object's storage class"],
  InvalidRange: [416, 'The requested range is not satisfiable'],
  InvalidURI: [400, "Couldn't parse the specified URI."],
  KeyTooLongError: [400, 'Your key is too long'],
  MethodNotAllowed: [405, 'The specified method is not allowed against this resource.'],
  NoSuchBucket: [404, 'The specified bucket does not exist'],
  NoSuchKey: [404, 'The specified key does not exist.'],
  NoSuchVersion: [404, 'The specified version does not exist.'],
  NotImplemented: [501, 'A header or query you provided implies functionality that is not implemented.'],
  PreconditionFailed: [412, 'At least one of the pre-conditions you specified did not hold'],
  SlowDown: [503, 'Please reduce your request rate.'],
} as const satisfies Record<string, readonly [number, string]>;

export type S3ErrorCode = keyof typeof known;

/** Returns the S3 error with that code, including status and message. */
export function s3Refusal(code: S3ErrorCode, headers?: Record<string, string>): Refusal {
  const [status, message] = known[code];
  return new Refusal(status, code, message, headers);
}

/** Returns the error that a fault represents, or `undefined` for any other fault. */
export function refusalOfFault(fault: S3Fault | undefined): Refusal | undefined {
  switch (fault?.kind) {
    case 'notFound':
      return s3Refusal('NoSuchKey');
    case 'accessDenied':
      return s3Refusal('AccessDenied');
    case 'slowDown':
      return s3Refusal('SlowDown');
    case 'internalError':
      return s3Refusal('InternalError');
    default:
      return undefined;
  }
}

/** Renders the XML body of an error. */
export function errorXml(refusal: Refusal, requestId: string): string {
  return `${xmlHead}<Error><Code>${refusal.code}</Code><Message>${escapeXml(refusal.message)}</Message><RequestId>${requestId}</RequestId></Error>`;
}

export const xmlHead = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** Escapes text for an XML element, including line breaks, which a parser would fold. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"\r\n]/g, (character) => `&#${character.charCodeAt(0)};`);
}
