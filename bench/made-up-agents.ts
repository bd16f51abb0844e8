import { createRandom, type Random } from '../samples/random.ts';

/** The value of the first `userAgent`, which is at the top level in the records of `generateRecords`. */
const USER_AGENT = /(?<="userAgent":")[^"\\]+(?=")/;

/** Each record gets its own user agent, as from a caller that makes them up. */
export function* withAgentPerRecord(records: Iterable<string>, seed: number): Generator<string> {
  const random = createRandom(seed);
  for (const record of records) yield record.replace(USER_AGENT, (agent) => otherVersions(agent, random));
}

/** Each session gets its own user agent: the records with the same identity, address and agent. */
export function* withAgentPerSession(records: Iterable<string>, seed: number): Generator<string> {
  const random = createRandom(seed);
  const agents = new Map<string, string>();
  for (const record of records) {
    const { userIdentity, sourceIPAddress, userAgent } = JSON.parse(record);
    const session = JSON.stringify([userIdentity, sourceIPAddress, userAgent]);
    yield record.replace(USER_AGENT, (agent) => {
      const known = agents.get(session) ?? otherVersions(agent, random);
      agents.set(session, known);
      return known;
    });
  }
}

/** Changes the versions of an agent: `aws-cli/2.31.18` to `aws-cli/712.5.288`. One without a version gets one. */
function otherVersions(agent: string, random: Random): string {
  const changed = agent.replace(/(?<=[/#.])\d+/g, () => `${random.int(0, 999)}`);
  return changed === agent ? `${agent}/${random.int(0, 999_999)}` : changed;
}
