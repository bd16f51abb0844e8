import { readFileSync } from 'node:fs';
import { putSamples, putVersions } from '../cli/local-bucket.ts';
import type { S3Endpoint } from '../local/s3/endpoint.ts';

/** Reads `events/NAME.json`, and puts the sample objects that it names into the local S3. */
export async function prepareEvent(name: string, s3: S3Endpoint): Promise<unknown> {
  const event: unknown = JSON.parse(readFileSync(new URL(`../events/${name}.json`, import.meta.url), 'utf8'));
  await putSamples(s3);
  putVersions(event, s3);
  return event;
}
