import type { JsonObject, JsonValue } from './event.ts';

export interface Category {
  category: string[];
  type: string[];
}

/** Returns `event.category` and `event.type`: network access, except for a few event names. */
export function categorize(eventName: JsonValue | undefined, responseElements: JsonObject): Category {
  switch (eventName) {
    case 'PasswordUpdated':
    case 'EnableMFADevice':
      return { category: ['iam'], type: ['change'] };
    case 'ConsoleLogin':
      return { category: ['authentication'], type: [loginType(responseElements.ConsoleLogin)] };
    default:
      return { category: ['network'], type: ['access'] };
  }
}

function loginType(result: JsonValue | undefined): string {
  if (result === 'Success') return 'allowed';
  return result === 'Failure' ? 'denied' : 'access';
}
