import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Member {
  readonly name: string;
  readonly isOptional: boolean;
  /** Text of the doc comment in front of the member, or an empty string. */
  readonly doc: string;
}

/** Reads the members of exported interfaces in biome's format: one per line, indented by two spaces. */
function exportedMembers(source: string): Member[] {
  return [...source.matchAll(/^export interface (\w+)[^{]*\{\n(.*?)^\}$/gms)].flatMap(
    ([, owner, body = '']) =>
      [
        ...body.matchAll(/(?:^ {2}\/\*\*((?:(?!\*\/).)*)\*\/\n)?^ {2}(?:readonly )?([\w$]+)(\??)[:(<]/gms),
      ].map(([, doc = '', name, optional]) => ({
        name: `${owner}.${name}`,
        isOptional: optional === '?',
        doc: doc
          .replaceAll(/\n\s*\*/g, ' ')
          .replaceAll(/\s+/g, ' ')
          .trim(),
      })),
  );
}

function isDescribed({ doc }: Member): boolean {
  return /^[^@\s]/.test(doc);
}

/** A default is a value, or `-` and a description, as in CDK's own docs. */
function hasDefault({ doc }: Member): boolean {
  return /@default (- )?[^\s-]/.test(doc);
}

const folder = new URL('../../infra/', import.meta.url);
const members = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .flatMap((name) => exportedMembers(readFileSync(new URL(name, folder), 'utf8')));

describe('the exported interfaces of infra/', () => {
  it('describe every member', () => {
    expect(members.filter((member) => !isDescribed(member)).map(({ name }) => name)).toEqual([]);
  });

  it('document the default of every optional member', () => {
    const optional = members.filter(({ isOptional }) => isOptional);
    expect(optional.filter((member) => !hasDefault(member)).map(({ name }) => name)).toEqual([]);
  });

  it('are all read', () => {
    const names = members.map(({ name }) => name);
    expect(names).toContain('PipelineSettings.noDeliveryMinutes');
    expect(names).toContain('TrailSource.notifyQueue');
    expect(members.length).toBeGreaterThan(120);
    expect(members.filter(({ isOptional }) => isOptional).length).toBeGreaterThan(60);
  });
});

describe('a missing doc comment', () => {
  const source = `
export interface Props extends Base {
  /** Days until it expires. @default 90 */
  readonly good?: number;
  /**
   * Hours until it expires,
   * at most 24.
   *
   * @default - it never expires
   */
  readonly alsoGood?: number;

  readonly undocumented: {
    readonly nested: string;
  };
  /** @default 1 */
  readonly defaultOnly?: number;
  /** Without a default. */
  readonly noDefault?: number;
  undocumentedToo(value: string): void;
  /** Described. @default */
  readonly emptyDefault?: string;
}

interface Internal {
  readonly ignored?: string;
}
`;

  it('is found', () => {
    const found = exportedMembers(source);
    expect(found.map(({ name }) => name)).toEqual([
      'Props.good',
      'Props.alsoGood',
      'Props.undocumented',
      'Props.defaultOnly',
      'Props.noDefault',
      'Props.undocumentedToo',
      'Props.emptyDefault',
    ]);
    expect(found[1]?.doc).toBe('Hours until it expires, at most 24. @default - it never expires');
    expect(found.filter((member) => !isDescribed(member)).map(({ name }) => name)).toEqual([
      'Props.undocumented',
      'Props.defaultOnly',
      'Props.undocumentedToo',
    ]);
    expect(
      found.filter((member) => member.isOptional && !hasDefault(member)).map(({ name }) => name),
    ).toEqual(['Props.noDefault', 'Props.emptyDefault']);
  });
});
