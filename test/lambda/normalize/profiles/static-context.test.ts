import { describe, expect, it } from 'vitest';
import { parseAccountNames, parseLabels } from '../../../../lambda/normalize/profiles/static-context.ts';

describe('labels', () => {
  it.each([
    ['env=prod', { env: 'prod' }],
    [' env=prod , team=pay ments', { env: 'prod', team: 'pay ments' }],
    ['cost_center2=a=b:c', { cost_center2: 'a=b:c' }],
    [`${'n'.repeat(64)}=${'v'.repeat(256)}`, { ['n'.repeat(64)]: 'v'.repeat(256) }],
    ['ville=Orléans', { ville: 'Orléans' }],
  ])('may be %j', (given, expected) => {
    expect(parseLabels('LABELS', given)).toEqual(expected);
  });

  it.each([
    ...['env', 'env=', '=prod', 'Env=prod', '1st=x', 'a.b=x', 'a-b=x', 'a b=x', ',', 'env=a,', '__proto__=x'],
    ...['env=a,env=b', 'env=a\nb', `${'n'.repeat(65)}=v`, `n=${'v'.repeat(257)}`],
  ])('refuse %j', (given) => {
    expect(() => parseLabels('LABELS', given)).toThrow(
      'LABELS must contain labels of the form name=value only, each name once',
    );
  });
});

describe('account names', () => {
  it('are those of the file', () => {
    const names = parseAccountNames(
      'ACCOUNTS_FILE',
      '{"111122223333": "payments-prod", "000000000001": "é"}',
    );
    expect([...names]).toEqual([
      ['111122223333', 'payments-prod'],
      ['000000000001', 'é'],
    ]);
    expect(parseAccountNames('ACCOUNTS_FILE', '{}').size).toBe(0);
  });

  it.each(['', '[]', 'null', '"x"', '{', '{"a":'])('refuse %j', (json) => {
    expect(() => parseAccountNames('ACCOUNTS_FILE', json)).toThrow(
      /^ACCOUNTS_FILE must be a JSON file of account names by 12-digit ID\. /,
    );
  });

  it.each([
    ['11112222333', '{"11112222333":"x"}'],
    ['1111222233334', '{"1111222233334":"x"}'],
    ['payments', '{"111122223333":"x","payments":"111122223333"}'],
    ['111122223333', '{"111122223333":""}'],
    ['111122223333', '{"111122223333":7}'],
    ['111122223333', '{"111122223333":{"name":"x"}}'],
  ])('refuse the entry %s of %s', (id, json) => {
    expect(() => parseAccountNames('ACCOUNTS_FILE', json)).toThrow(`(got an entry "${id}")`);
  });
});
