import { defaultRedaction } from '../lambda/select/parse-redaction.ts';
import { parseRules } from '../lambda/select/parse-rules.ts';
import { createMark, Redactor, readKey } from '../lambda/select/redactor.ts';
import { RuleSet } from '../lambda/select/rule-set.ts';
import type { Selection } from '../lambda/select/select-event.ts';

/** Calls that are frequent in the corpus, so the rules on them have to look at each of their records. */
const CALLS = [
  ['sts', 'AssumeRole'],
  ['ec2', 'DescribeInstances'],
  ['lambda', 'Invoke'],
  ['logs', 'CreateLogStream'],
  ['s3', 'GetObject'],
  ['kms', 'Decrypt'],
  ['ec2', 'DescribeSecurityGroups'],
  ['s3', 'GetBucketAcl'],
  ['kms', 'GenerateDataKey'],
  ['ec2', 'DeleteNetworkInterface'],
];

/** Twenty rules that hold for no record, so that the same events are made as without them. */
function twentyRules(): RuleSet {
  const rules = CALLS.flatMap(([service, eventName]) => {
    const call = [
      { field: 'eventSource', equals: `${service}.amazonaws.com` },
      { field: 'eventName', equals: eventName },
    ];
    return [
      {
        name: `a-${service}-${eventName}`,
        action: 'drop',
        match: [...call, { field: 'userAgent', glob: '*no such*agent*' }],
      },
      {
        name: `b-${service}-${eventName}`,
        action: 'drop',
        match: [...call, { field: 'resources[*].type', equals: 'none' }],
      },
    ].map((rule) => ({ ...rule, name: rule.name.toLowerCase() }));
  });
  return new RuleSet(parseRules('bench', JSON.stringify({ version: 1, rules })));
}

/** What the cost of rules and of redaction is measured with, by name. */
export const SELECTIONS = {
  none: (): Selection => ({}),
  '20 rules': (): Selection => ({ rules: twentyRules() }),
  'redact=default': (): Selection => ({
    redactor: new Redactor(defaultRedaction(), createMark(readKey('bench', 'k'.repeat(32)))),
  }),
};

export type SelectionName = keyof typeof SELECTIONS;
