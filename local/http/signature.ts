// Authorization: AWS4-HMAC-SHA256 Credential=<key id>/<date>/<region>/<service>/aws4_request, SignedHeaders=…, Signature=<hex>
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
const signatureV4 =
  /^AWS4-HMAC-SHA256 Credential=[^/,\s]+\/\d{8}\/[a-z0-9-]+\/([a-z0-9-]+)\/aws4_request, ?SignedHeaders=[a-z0-9;-]+, ?Signature=[0-9a-f]{64}$/;

/**
 * Reads the service from a Signature Version 4 header. Does not verify the signature: any credentials are valid
 * here.
 *
 * @returns the service the request was signed for, `'missing'` without a header, `'malformed'` for an invalid one
 */
export function signedService(authorization: string | undefined): string | 'missing' | 'malformed' {
  if (authorization === undefined) return 'missing';
  return signatureV4.exec(authorization)?.[1] ?? 'malformed';
}
