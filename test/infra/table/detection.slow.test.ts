import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventColumns } from '../../../infra/table/event-columns.ts';
import { PROFILES, type Profile } from '../../../lambda/contract.ts';
import { chooseProfile } from '../../../lambda/normalize/profiles/choose-profile.ts';
import { useLocalAccount } from '../../run-locally.ts';
import { columnPaths } from './column-paths.ts';
import { FUNCTIONS, type LocalAthena, YESTERDAY } from './local-athena.ts';
import { startSampleAthena } from './sample-athena.ts';
import { syntaxErrors } from './trino-sql.ts';

const page = readFileSync(new URL('../../../docs/detection.md', import.meta.url), 'utf8');

/** Each query with its heading and the profiles that its section names. */
const examples = [...page.matchAll(/^## ([^\n]*)\n((?:(?!^## ).)*?)```sql\n(.*?)```/gms)].flatMap(
  ([, title = '', text = '', sql = '']) =>
    profilesIn(/Profiles: (.*)\.$/m.exec(text)?.[1] ?? '').map((profile) => ({ title, profile, sql })),
);

function profilesIn(text: string): Profile[] {
  return PROFILES.filter((profile) => text.includes(`\`${profile}\``));
}

interface CloudTrailRecord {
  readonly [name: string]: CloudTrailRecord & string;
}

/** What each rule finds, over CloudTrail's records. */
const RULES: Record<string, (record: CloudTrailRecord) => boolean> = {
  'Root credentials': ({ userIdentity, eventType }) =>
    userIdentity?.type === 'Root' && eventType !== 'AwsServiceEvent',
  'User login profile modified': ({ eventName, userIdentity, requestParameters }) =>
    eventName === 'UpdateLoginProfile' && requestParameters?.userName !== userIdentity?.userName,
  'Successful console login without MFA': ({ eventName, responseElements, additionalEventData }) =>
    eventName === 'ConsoleLogin' &&
    responseElements?.ConsoleLogin === 'Success' &&
    additionalEventData?.MFAUsed === 'No',
};

/** Records that a rule leaves out, of kinds that the samples do not have. */
const LEFT_OUT = [
  {
    ...{ eventTime: '2026-11-03T09:00:00Z', eventType: 'AwsServiceEvent', eventName: 'A' },
    userIdentity: { type: 'Root' },
  },
  {
    ...{
      eventTime: '2026-11-03T09:00:01Z',
      eventSource: 'iam.amazonaws.com',
      eventName: 'UpdateLoginProfile',
    },
    userIdentity: { type: 'IAMUser', userName: 'alice' },
    requestParameters: { userName: 'alice' },
  },
];

const local = useLocalAccount();
const tables = new Map<Profile, LocalAthena>();
let records: CloudTrailRecord[];

beforeAll(async () => {
  for (const profile of PROFILES) {
    const { athena, delivered } = await startSampleAthena(local, profile);
    tables.set(profile, athena);
    const normalize = chooseProfile(profile);
    const others = LEFT_OUT.map((record) => {
      const text = JSON.stringify(record);
      return JSON.parse(profile === 'raw' ? text : JSON.stringify(normalize(text, JSON.parse(text))));
    });
    await athena.put(YESTERDAY, '10', others);
    if (profile === 'raw') records = delivered as unknown as CloudTrailRecord[];
  }
});
afterAll(() => {
  for (const table of tables.values()) table.close();
});

describe('each query of docs/detection.md', () => {
  it('names its profiles, and every profile has one', () => {
    expect(new Set(examples.map(({ sql }) => sql)).size).toBe(page.match(/^```sql/gm)?.length);
    expect(new Set(examples.map(({ profile }) => profile))).toEqual(new Set(PROFILES));
  });

  it.each(examples)('$title: is valid in Trino and calls only known functions ($profile)', ({ sql }) => {
    expect(syntaxErrors(sql)).toEqual([]);
    const called = [...sql.matchAll(/\b(\w+)\(/g)].map(([, name = '']) => name);
    expect(called.filter((name) => !FUNCTIONS.has(name))).toEqual([]);
    expect(sql).toMatch(/\bday >= /);
  });

  it.each(examples)(
    '$title: finds what the rule finds in the records ($profile)',
    async ({ title, profile, sql }) => {
      const rule = RULES[title.replace(' in profile raw', '')];
      const found = records.filter((record) => rule?.(record));
      expect(found.length).toBeGreaterThan(0);
      const rows = (await tables.get(profile)?.query(sql)) ?? [];
      const times = rows.map(({ event_time, eventtime }) => event_time ?? eventtime);
      expect(times.sort()).toEqual(found.map(({ eventTime }) => eventTime).sort());
      for (const column of Object.keys(rows[0] ?? {}))
        expect(
          rows.filter((row) => row[column] !== null),
          column,
        ).not.toEqual([]);
    },
  );
});

describe('the table of fields', () => {
  const [, header = '', ...rows] = /^\| Sigma field(?:.*\n)+?(?=\n)/m.exec(page)?.[0].split('\n') ?? [];
  const cells = rows
    .filter((row) => row.startsWith('|'))
    .map((row) => row.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));
  const SHORT: Record<string, string> = {
    request: 'aws.cloudtrail.flattened.request_parameters',
    response: 'aws.cloudtrail.flattened.response_elements',
    identity: 'action.properties.useridentity',
  };
  const columnsIn = (cell: string) =>
    [...cell.matchAll(/`([^`]+)`/g)]
      .map(([, name = '']) => name)
      .filter((name) => !['allowed', 'denied'].includes(name))
      .map((name) => name.replace(/^\w+/, (first) => SHORT[first] ?? first));

  it('has rows', () => {
    expect(header).toMatch(/^\|---/);
    expect(cells.length).toBeGreaterThan(15);
  });

  it('names only columns of the profile', () => {
    for (const [field = '', , seed = '', detection = '', raw = ''] of cells)
      for (const [profile, cell] of [
        ['seed', seed],
        ['sekoia-2026', seed],
        ['detection', detection],
        ['raw', raw],
      ] as const) {
        const paths = columnPaths(eventColumns(profile));
        if (cell !== 'the same') expect(columnsIn(cell), field).not.toEqual([]);
        for (const column of columnsIn(cell)) expect(paths, `${field} in ${profile}`).toContain(column);
      }
  });
});
