import UAParser from 'ua-parser-js';
import { RecentCache } from './recent-cache.ts';
import { RuleList } from './rule-list.ts';
import { browserRules, deviceRules, osRules } from './user-agent-rules.ts';

/** A parsed user agent. Frozen, because the next call with the same agent returns the same object. */
export interface UserAgent {
  /** uap-core's family: `Chrome`, `aws-cli`, or `Other`. */
  readonly name: string;
  /** major.minor.patch as text, up to the first missing part: `105.0.0`, `68.0`. */
  readonly version?: string;
  readonly os: { readonly name: string; readonly version?: string };
  readonly device: { readonly name: string };
}

/** Limit of ua-parser-js. It keeps the slowest agent at a few milliseconds. */
const maxReadCharacters = 500;

/**
 * Real logs repeat user agents: 1,000 to 2,000 entries serve 95 % of calls. A few MB at worst, see `copy`.
 */
const answers = new RecentCache<string, UserAgent>(1_000);

const other = 'Other';
const parser = createParser();

/**
 * Parses browser, operating system and device, by the rules and the specification of uap-core
 * (node_modules/uap-core/docs/specification.md). Accepts any string; a part that no rule matches is `Other`.
 *
 * Reads the first 500 characters, after trimming leading white space from a longer agent. An empty family
 * becomes `Other`. Only the device is trimmed, as the specification requires.
 */
export function parseUserAgent(userAgent: string): UserAgent {
  const read = readablePart(userAgent);
  const known = answers.get(read);
  if (known) return known;
  const answer = parse(read);
  answers.set(read, answer);
  return answer;
}

/**
 * Compiles the few rules that run for every agent, by parsing one without a match. Call it while the function
 * initialises, when Lambda provides a full CPU. Parses twice, because V8 only interprets an expression the
 * first time. Costs 2 ms of CPU. The answers are not cached.
 */
export function warmUpUserAgents(): void {
  parse('-');
  parse('-');
}

/**
 * Creates ua-parser-js with uap-core's rules before its own, which are never reached because the last rule
 * matches anything. This depends on undocumented behaviour of version 1.0.41:
 *
 * - A list of extensions is rules, properties, rules, properties, …; one of odd length is silently ignored.
 * - It calls only `exec` of an expression, so any object with that method works: see `RuleList`.
 * - Group n of a match sets the nth property only. So a rule builds the name and the version, and returns
 *   them as its two groups.
 * - `getBrowser` writes `major` last, so no rule can set it.
 * - An empty group leaves its property undefined.
 * - `getResult` would also run its engine and processor lists; the three getters used here do not.
 * - The constructor merges the lists, so one parser is built and `setUA` gives it each agent.
 * - `setUA` reads 500 characters, and trims leading white space only from a longer agent: see `readablePart`.
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
  return [new RuleList(lines), catchAll];
}

/** Returns the part that ua-parser-js reads, so agents that differ only after it share one cache entry. */
function readablePart(userAgent: string): string {
  if (userAgent.length <= maxReadCharacters) return userAgent;
  return copy(userAgent.trimStart().slice(0, maxReadCharacters));
}

/** V8 keeps the parent string alive for every slice. Copying avoids pinning an entire log object. */
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
