import UAParser from 'ua-parser-js';
import { LazyRule } from './lazy-rule.ts';
import { RecentCache } from './recent-cache.ts';
import { browserRules, deviceRules, osRules } from './user-agent-rules.ts';

/** Never to be changed: the same object answers the next call with the same agent. It is frozen. */
export interface UserAgent {
  /** uap-core's family: `Chrome`, `aws-cli`, or `Other`. */
  readonly name: string;
  /** major.minor.patch as text, up to the first part that is missing: `105.0.0`, `68.0`. */
  readonly version?: string;
  readonly os: { readonly name: string; readonly version?: string };
  readonly device: { readonly name: string };
}

/** ua-parser-js reads no more than this, which keeps the slowest agent at a few milliseconds. */
const maxReadCharacters = 500;

/** Real logs repeat themselves: 1,000 to 2,000 answers serve 95 % of the calls. A few MB at worst, see `copy`. */
const answers = new RecentCache<string, UserAgent>(1_000);

const other = 'Other';
const parser = createParser();

/**
 * Browser, operating system and device of a user agent, by the rules and the specification of uap-core
 * (node_modules/uap-core/docs/specification.md). Takes any string; what no rule knows is `Other`.
 *
 * Only the first 500 characters count, after leading white space where the agent is longer than that.
 * A family that comes out empty is `Other`. A device is trimmed, as the specification says for devices alone.
 */
export function parseUserAgent(userAgent: string): UserAgent {
  const read = cut(userAgent);
  const known = answers.get(read);
  if (known) return known;
  const answer = parse(read);
  answers.set(read, answer);
  return answer;
}

/**
 * To be called while the function initialises, when Lambda lends it a whole CPU. An agent that no rule knows
 * walks through all of them, and compiles the few that every agent must try; a second time, because V8 only
 * interprets an expression the first time. Costs 2 ms of CPU, and keeps no answer.
 */
export function warmUpUserAgents(): void {
  parse('-');
  parse('-');
}

/**
 * ua-parser-js with uap-core's rules in front of its own, which are never reached: the last rule matches
 * anything. What its source (1.0.41) does not say aloud:
 *
 * - A list of extensions is rules, properties, rules, properties, …; one of odd length is ignored silently.
 * - Of an expression it calls `exec` and nothing else, so any object that has one will do: see `LazyRule`.
 * - Group n of a match goes to the nth property and to no other. So a rule makes up the name and the
 *   version by itself and answers with these two as its groups.
 * - `getBrowser` writes `major` last, so no rule can set it.
 * - An empty group leaves its property undefined.
 * - `getResult` would run its own engine and processor lists, too; the three getters here do not.
 * - The constructor merges the lists: one parser is built, and `setUA` gives it the next agent.
 * - `setUA` reads 500 characters, and drops white space in front only of an agent longer than that: `cut`.
 */
function createParser(): UAParser.UAParserInstance {
  return new UAParser('', {
    browser: [readRules(browserRules), ['name', 'version']],
    os: [readRules(osRules), ['name', 'version']],
    device: [readRules(deviceRules), ['model']],
  });
}

function readRules(lines: string) {
  const catchAll = { exec: () => ['', other] };
  return [...lines.split('\n').map((line) => new LazyRule(line)), catchAll];
}

/** What ua-parser-js would read of it, so that agents which differ only beyond that share one answer. */
function cut(userAgent: string): string {
  if (userAgent.length <= maxReadCharacters) return userAgent;
  return copy(userAgent.trimStart().slice(0, maxReadCharacters));
}

/** V8 keeps a whole string alive for any slice of it. The cache shall not hold a log object for a name in it. */
function copy(text: string): string {
  return text.split('').join('');
}

function parse(agent: string): UserAgent {
  parser.setUA(agent);
  const browser = parser.getBrowser();
  const os = parser.getOS();
  const device = parser.getDevice();
  return Object.freeze({
    ...describe(browser),
    os: Object.freeze(describe(os)),
    device: Object.freeze({ name: device.model?.trim() || other }),
  });
}

function describe({ name = other, version }: { name: string | undefined; version: string | undefined }) {
  return version === undefined ? { name } : { name, version };
}
