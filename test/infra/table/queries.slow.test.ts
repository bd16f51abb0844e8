import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventColumns } from '../../../infra/table/event-columns.ts';
import { normalizeRecord } from '../../../lambda/normalize/normalize-record.ts';
import { useLocalAccount } from '../../run-locally.ts';
import { synthesize } from '../synthesize.ts';
import {
  FUNCTIONS,
  LONG_AGO,
  type LocalAthena,
  type Row,
  startLocalAthena,
  YESTERDAY,
} from './local-athena.ts';
import { startSampleAthena } from './sample-athena.ts';
import { syntaxErrors } from './trino-sql.ts';

const page = readFileSync(new URL('../../../docs/queries.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/^## ([^\n]*)\n(?:(?!^## ).)*?```sql\n(.*?)```/gms)].map(
  ([, title = '', sql = '']): [title: string, sql: string] => [title, sql],
);

function queryOf(title: string): string {
  const found = examples.find(([heading]) => heading === title);
  if (!found) throw new Error(`docs/queries.md has no query under ${title}`);
  return found[1];
}

/** With `packing=gzip`, an event is truncated only if it is too large when compressed, as no sample is. */
const template = synthesize({ packing: 'lines' });

const local = useLocalAccount();
let delivered: Record<string, unknown>[] = [];
let received: Record<string, unknown>[] = [];
let athena: LocalAthena;
/** The same events, delivered before the days of any query. */
let archive: LocalAthena;

beforeAll(async () => {
  ({ athena, delivered, received } = await startSampleAthena(local, 'seed'));
  archive = await startLocalAthena(template);
  await archive.put(LONG_AGO, '09', delivered);
  await archive.put(LONG_AGO, '09', received, 'receipts');
});
afterAll(() => {
  athena?.close();
  archive?.close();
});

/** Names of a query's functions; `current_date` has no parentheses. */
function functionsOf(sql: string): string[] {
  const bare = sql.replaceAll(/'[^']*'/g, "''").toLowerCase();
  return [...bare.matchAll(/\b(\w+)\s*\(|\b(current_\w+)/g)]
    .map(([, called, constant]) => called ?? constant ?? '')
    .filter((name) => !['and', 'as', 'in', 'or', 'over'].includes(name));
}

/** Columns of a result without a single value. */
function emptyColumns(rows: readonly Row[]): string[] {
  return Object.keys(rows[0] ?? {}).filter((column) => rows.every((row) => row[column] === null));
}

describe('each query of docs/queries.md', () => {
  it('has its own heading', () => {
    expect(examples.map(([title]) => title)).toEqual(
      [...page.matchAll(/^## (.*)/gm)].map(([, title]) => title),
    );
    expect(page.match(/^```sql/gm)).toHaveLength(examples.length);
    expect(examples.length).toBeGreaterThan(10);
  });

  it.each(examples)('is valid in Trino, calls only known functions, and limits the days: %s', (_, sql) => {
    expect(syntaxErrors(sql)).toEqual([]);
    expect(functionsOf(sql).filter((name) => !FUNCTIONS.has(name))).toEqual([]);
    expect(sql).toMatch(/\bday (>=|=) /);
  });

  it.each(examples)('finds sample events, and no column is always NULL: %s', async (_, sql) => {
    const rows = await athena.query(sql);
    expect(rows).not.toEqual([]);
    expect(emptyColumns(rows)).toEqual([]);
  });

  it.each(examples)('finds nothing before its days: %s', async (_, sql) => {
    expect(await archive.query(sql)).toEqual([]);
  });
});

describe('the test of the queries', () => {
  it('delivers every sample event once', async () => {
    const [row] = await athena.query('SELECT count(*) AS events, count(event_time) AS dated FROM events');
    expect(row).toEqual({ events: `${delivered.length}`, dated: `${delivered.length}` });
    expect(delivered.length).toBeGreaterThan(1000);
  });

  it('has every column of the table, with its partitions', async () => {
    const columns = await athena.query(`SELECT column_name FROM (DESCRIBE events)`);
    const names = [...eventColumns().map(({ name }) => name), 'day', 'hour'];
    expect(columns.map(({ column_name }) => column_name)).toEqual(names);
  });

  it.each([
    ['an unknown column', 'SELECT event.actoin FROM events', /actoin/],
    ['an unknown function', "SELECT from_iso8601_date('2026-11-03') FROM events", /from_iso8601_date/],
  ])('fails with %s', async (_, sql, message) => {
    await expect(athena.query(sql)).rejects.toThrow(message);
  });

  it.each([
    'SELECT event_time::date FROM events',
    'SELECT * EXCLUDE (message) FROM events',
    'SELECT event.action, FROM events',
    'FROM events',
    "SELECT event.action FROM events WHERE list_contains(['a'], event.action)",
  ])('fails with SQL that only DuckDB understands: %s', async (sql) => {
    await athena.query(sql);
    const unknown = functionsOf(sql).filter((name) => !FUNCTIONS.has(name));
    expect([...syntaxErrors(sql), ...unknown]).not.toEqual([]);
  });

  it('recognizes a column that is always NULL', async () => {
    const rows = await athena.query(
      `SELECT event.action, "user".name AS who FROM events WHERE event.action = 'CreateAccessKey'`,
    );
    expect(rows.length).toBeGreaterThan(1);
    expect(emptyColumns(rows)).toEqual(['who']);
  });
});

describe('Access keys and login profiles created for other users', () => {
  it('finds each call of the samples, by users, roles and root', async () => {
    const calls = delivered
      .map(({ message }) => message)
      .filter((message) => /"(CreateAccessKey|CreateLoginProfile|UpdateLoginProfile)"/.test(`${message}`))
      .map((message) => JSON.parse(`${message}`))
      .filter(({ errorCode, userIdentity, requestParameters }) => {
        const forUser = requestParameters?.userName;
        return !errorCode && forUser && forUser !== userIdentity.userName;
      });
    expect(new Set(calls.map(({ userIdentity }) => userIdentity.type))).toEqual(
      new Set(['IAMUser', 'Root', 'AssumedRole']),
    );
    const rows = await athena.query(queryOf('Access keys and login profiles created for other users'));
    expect(new Set(rows)).toEqual(
      new Set(
        calls.map(({ eventTime, eventName, userIdentity, requestParameters, sourceIPAddress }) => ({
          event_time: eventTime,
          who: userIdentity.arn,
          action: eventName,
          for_user: requestParameters.userName,
          address: sourceIPAddress,
        })),
      ),
    );
  });

  it.each([
    ['does not find a key for the caller by name', { userName: 'alice' }, 0],
    ['does not find a key for the caller by default', null, 0],
    ['finds a key for another user', { userName: 'bob' }, 1],
  ])('%s', async (_, requestParameters, count) => {
    const userIdentity = { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/alice', userName: 'alice' };
    const call = { eventTime: '2026-11-03T09:00:00Z', eventName: 'CreateAccessKey', userIdentity };
    const rows = await queryAlone('Access keys and login profiles created for other users', [
      { ...call, requestParameters },
    ]);
    expect(rows).toHaveLength(count);
  });
});

describe('Bursts of denied calls', () => {
  const title = 'Bursts of denied calls';

  /** Denied calls of one caller at these seconds after 08:59:00. */
  const denied = (seconds: readonly number[], changes: object = {}) =>
    seconds.map((second, index) => ({
      eventTime: new Date(Date.UTC(2026, 10, 3, 8, 59, second)).toISOString(),
      eventID: `${index}`,
      eventName: 'GetObject',
      eventSource: 's3.amazonaws.com',
      errorCode: 'AccessDenied',
      sourceIPAddress: '192.0.2.1',
      userIdentity: { arn: 'arn:aws:iam::111122223333:user/alice' },
      ...changes,
    }));
  const spread = (count: number, lastSecond: number) =>
    Array.from({ length: count }, (_, index) => Math.round((index * lastSecond) / (count - 1)));

  it('finds both bursts of the samples, across a boundary of five minutes and at a VPC endpoint', async () => {
    const rows = await athena.query(queryOf(title));
    expect(rows).toEqual([
      expect.objectContaining({
        who: 'arn:aws:iam::123456789012:user/bob.martin',
        first_call: '2026-11-03 08:57:42+00',
        last_call: '2026-11-03 09:03:18+00',
        denied: '26',
        in_five_minutes: '24',
      }),
      expect.objectContaining({ who: expect.stringMatching(/:partner-sync$/), denied: '24', actions: '2' }),
    ]);
  });

  it.each([
    ['does not find 19 calls within five minutes', spread(19, 300), 0],
    ['finds 20 calls within five minutes', spread(20, 300), 1],
    ['does not find 20 calls within five minutes and a second', spread(20, 301), 0],
    ['does not find 21 calls within six minutes', spread(21, 360), 0],
    ['finds 20 calls in one second', spread(20, 0), 1],
  ])('%s', async (_, seconds, count) => {
    expect(await queryAlone(title, denied(seconds))).toHaveLength(count);
  });

  it('lists only the calls of a burst', async () => {
    const [row] = await queryAlone(title, denied([...spread(20, 200), 900, 2000]));
    expect(row).toMatchObject({ denied: '20', last_call: '2026-11-03 09:02:20+00' });
  });

  it('does not count a redelivered event twice', async () => {
    const calls = denied(spread(10, 100));
    expect(await queryAlone(title, [...calls, ...calls])).toEqual([]);
  });

  it('does not add up callers or addresses', async () => {
    const calls = denied(spread(10, 100));
    const others = denied(spread(10, 100), { sourceIPAddress: '192.0.2.2' });
    expect(await queryAlone(title, [...calls, ...others])).toEqual([]);
  });

  it.each([
    'AccessDenied',
    'AccessDeniedException',
    'Client.UnauthorizedOperation',
    'UnauthorizedOperation',
    'VpceAccessDenied',
    'AuthorizationErrorException',
    'NotAuthorizedException',
    'ForbiddenException',
  ])('counts %s', async (errorCode) => {
    expect(await queryAlone(title, denied(spread(20, 60), { errorCode }))).toHaveLength(1);
  });

  it.each(['NoSuchBucketPolicy', 'Client.RequestLimitExceeded', 'ThrottlingException'])(
    'does not count %s',
    async (errorCode) => {
      expect(await queryAlone(title, denied(spread(20, 60), { errorCode }))).toEqual([]);
    },
  );
});

describe('each query of docs/queries.md with another profile', () => {
  let others: Record<string, LocalAthena>;

  beforeAll(async () => {
    others = {
      detection: (await startSampleAthena(local, 'detection')).athena,
      'sekoia-2026': (await startSampleAthena(local, 'sekoia-2026')).athena,
    };
  });
  afterAll(() => {
    for (const other of Object.values(others ?? {})) other.close();
  });

  it.each(examples)('finds the same in detection: %s', async (_, sql) => {
    const [seed, other] = await Promise.all([athena.query(sql), others.detection?.query(sql)]);
    expect(asSet(other)).toEqual(asSet(seed));
  });

  it.each(examples)(
    'finds the same in sekoia-2026, but for the spelling of parameters: %s',
    async (_, sql) => {
      const [seed, other] = await Promise.all([athena.query(sql), others['sekoia-2026']?.query(sql)]);
      const rest = (rows: Row[] | undefined) => asSet(rows?.map(({ parameters: _, ...row }) => row));
      expect(rest(other)).toEqual(rest(seed));
    },
  );
});

/** Rows in any order, as are the values of a list. */
function asSet(rows: Row[] | undefined): string[] {
  const sorted = (value: unknown) => (Array.isArray(value) ? [...value].sort() : value);
  return (rows ?? [])
    .map((row) => JSON.stringify(Object.entries(row).map(([name, value]) => [name, sorted(value)])))
    .sort();
}

describe('docs/queries.md says that', () => {
  it('a failed console login has a reason, but no code', async () => {
    expect(page).toContain('a failed console login only an `event.reason`');
    const rows = await athena.query(`
      SELECT event.code, event.reason FROM events
      WHERE event.action = 'ConsoleLogin'
        AND json_extract_scalar(message, '$.responseElements.ConsoleLogin') = 'Failure'`);
    expect(rows.length).toBeGreaterThan(1);
    expect(emptyColumns(rows)).toEqual(['code']);
    expect(rows.filter(({ reason }) => reason === null)).toEqual([]);
  });

  it('"user" is the account of the caller and the ID of a created user', async () => {
    expect(page).toContain('`"user".name` the ID of a user that the call created');
    const rows = await athena.query(`
      SELECT DISTINCT event.action, "user".id = action.properties.useridentity.accountid AS is_account,
        substr("user".name, 1, 4) AS prefix
      FROM events WHERE "user".name IS NOT NULL`);
    expect(rows).toEqual([{ action: 'CreateUser', is_account: true, prefix: 'AIDA' }]);
  });

  it('an Insight has the action, but no name, caller or address', async () => {
    expect(page).toContain('An Insight has the `event.action`');
    const rows = await athena.query(`
      SELECT event.action, event.provider, event.code, action.name, source.address, action.properties.useridentity.type
      FROM events WHERE action.type = 'AwsCloudTrailInsight'`);
    expect(rows.length).toBeGreaterThan(3);
    expect(emptyColumns(rows)).toEqual(['name', 'address', 'type']);
    expect(new Set(rows.map(({ action }) => action))).toEqual(new Set(['RunInstances', 'GetBucketPolicy']));
  });

  it('an aggregated event has no action', async () => {
    expect(page).toContain('An aggregated event has no `event.action`');
    const rows = await athena.query(
      `SELECT event.action, event.provider FROM events WHERE action.type = 'AwsAggregatedEvent'`,
    );
    expect(emptyColumns(rows)).toEqual(['action']);
  });

  it('every outcome is success', async () => {
    expect(page).toContain('`event.outcome` is always `success`');
    expect(await athena.query('SELECT DISTINCT event.outcome FROM events WHERE event.kind IS NULL')).toEqual([
      { outcome: 'success' },
    ]);
  });
});

/** Returns the rows of a query over only these records, delivered yesterday. */
async function queryAlone(title: string, records: readonly object[]): Promise<Row[]> {
  const alone = await startLocalAthena(template);
  const events = records.map((record) => JSON.parse(JSON.stringify(normalizeRecord(JSON.stringify(record)))));
  await alone.put(YESTERDAY, '09', events);
  try {
    return await alone.query(queryOf(title));
  } finally {
    alone.close();
  }
}
