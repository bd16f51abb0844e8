import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PipelineSettings } from '../../infra/settings/settings.ts';
import { DESTINATIONS, OPTIONS } from './combinations.ts';
import { formatTemplate, readableTemplate } from './readable-template.ts';
import { synthesize } from './synthesize.ts';

/** `UPDATE_TEMPLATES=1 npx vitest run test/infra/templates.test.ts` writes the templates instead of comparing them. */
const isUpdate = process.env.UPDATE_TEMPLATES === '1';

/** One file per stack. The default has trigger `queue` and destination `s3`. */
const STACKS: Record<string, PipelineSettings> = {
  default: {},
  'trigger-direct': { trigger: 'direct' },
  'trigger-sns': { trigger: 'sns' },
  'trigger-eventbridge': { trigger: 'eventbridge' },
  'destination-http': DESTINATIONS.Http,
  'destination-stream': DESTINATIONS.Stream,
  'profile-detection': OPTIONS.Detection,
  'profile-raw': OPTIONS.Raw,
  backfill: { backfill: true },
  'existing-bucket': { trailBucketName: 'example-trail-bucket' },
};

const folder = new URL('templates/', import.meta.url);

/**
 * Review a changed template like code: look for a new permission, a deletion policy that is gone, and a changed
 * logical ID.
 */
describe('the template of', () => {
  it.each(Object.entries(STACKS))('%s is the one in test/infra/templates/', (name, settings) => {
    const file = new URL(`${name}.json`, folder);
    const template = readableTemplate(synthesize(settings).toJSON());
    if (isUpdate) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, formatTemplate(template));
    }
    const expected = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
    expect(template, UPDATE_HINT).toEqual(expected);
  });

  it('each file in test/infra/templates/ is in this test', () => {
    const files = Object.keys(STACKS).map((name) => `${name}.json`);
    expect(readdirSync(folder).sort()).toEqual(files.sort());
  });
});

const UPDATE_HINT =
  'the template changed: run UPDATE_TEMPLATES=1 npx vitest run test/infra/templates.test.ts and review the diff';
