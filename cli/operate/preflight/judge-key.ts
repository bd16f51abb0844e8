import type { KeyMetadata } from '@aws-sdk/client-kms';
import { isObject } from '../../../lambda/trigger/json-member.ts';
import { type Finding, fail, ok, unknown, warn } from '../finding.ts';

const CHECK = 'key';

/**
 * Judges whether a key can be used: https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
 *
 * @returns `undefined` if its policy decides
 */
export function judgeKeyState({ Arn, KeyState, KeyManager }: KeyMetadata): Finding | undefined {
  if (KeyState !== 'Enabled')
    return fail(CHECK, `${Arn} is ${KeyState}`, `aws kms describe-key --key-id ${Arn}`);
  // S3's own key is usable through S3 by every role of its account.
  return KeyManager === 'AWS' ? ok(CHECK, `${Arn} is S3's own key of the account`) : undefined;
}

/**
 * Judges whether a key policy lets the function decrypt: its role, or the account, which leaves the decision to the role's
 * own policy. https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 *
 * @param role ARN of the function's role; `undefined` before a deployment
 */
export function judgeKeyPolicy(keyArn: string, policy: string, role: string | undefined): Finding {
  const statements = statementsOf(policy);
  if (statements === undefined) return unknown(CHECK, `the policy of ${keyArn} is not JSON`);
  const account = role?.split(':')[4] ?? keyArn.split(':')[4] ?? '';
  const concerned = statements.filter(
    (statement) => isAllowed(statement.Action, 'kms:Decrypt') && concerns(statement.Principal, role, account),
  );
  const denying = concerned.find(({ Effect }) => Effect === 'Deny');
  if (denying)
    return conditional(denying) ?? fail(CHECK, `the policy of ${keyArn} denies kms:Decrypt`, show(keyArn));
  const allowing = concerned.filter(({ Effect }) => Effect === 'Allow');
  const plain = allowing.find(({ Condition }) => onlyThroughS3(Condition));
  if (plain) return ok(CHECK, `the policy of ${keyArn} allows kms:Decrypt`);
  if (allowing[0]) return conditional(allowing[0]) as Finding;
  const detail = `the policy of ${keyArn} does not allow the function kms:Decrypt. Add the output KeyPolicyStatement`;
  return role === undefined ? warn(CHECK, detail, show(keyArn)) : fail(CHECK, detail, show(keyArn));

  function conditional({ Condition }: Statement): Finding | undefined {
    if (Condition === undefined) return undefined;
    return unknown(CHECK, `the policy of ${keyArn} has a condition for kms:Decrypt`);
  }
}

interface Statement {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

function statementsOf(policy: string): Statement[] | undefined {
  try {
    const { Statement } = JSON.parse(policy) as { Statement?: unknown };
    return [Statement].flat().filter(isObject);
  } catch {
    return undefined;
  }
}

function isAllowed(actions: unknown, action: string): boolean {
  return [actions].flat().some((pattern) => {
    const text = String(pattern).toLowerCase();
    return (
      text === action.toLowerCase() ||
      (text.endsWith('*') && action.toLowerCase().startsWith(text.slice(0, -1)))
    );
  });
}

function concerns(principal: unknown, role: string | undefined, account: string): boolean {
  if (principal === '*') return true;
  const names = isObject(principal) ? [principal.AWS].flat().map(String) : [];
  return names.some(
    (name) =>
      name === '*' ||
      name === role ||
      name === account ||
      /^arn:[^:]+:iam::(\d+):root$/.exec(name)?.[1] === account,
  );
}

/** The function decrypts only through S3, so conditions about that are met. */
function onlyThroughS3(condition: unknown): boolean {
  if (condition === undefined) return true;
  if (!isObject(condition)) return false;
  return Object.values(condition).every(
    (keys) =>
      isObject(keys) &&
      Object.entries(keys).every(([key, value]) =>
        key.toLowerCase() === 'kms:viaservice'
          ? [value].flat().some((service) => /^s3\./.test(String(service)))
          : key.toLowerCase() === 'kms:calleraccount',
      ),
  );
}

function show(keyArn: string): string {
  return `aws kms get-key-policy --key-id ${keyArn} --query Policy --output text`;
}
