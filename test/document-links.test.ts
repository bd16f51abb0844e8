import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../', import.meta.url);

const DOCUMENTS = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(new URL('docs/', ROOT)).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
  'events/README.md',
];

/** The changelog also names files that have moved since. */
const ABOUT_TODAY = DOCUMENTS.filter((document) => document !== 'CHANGELOG.md');

/** `lambda/handler.ts`, `test/golden/`: a path from the root, in backticks. */
const PATH = /`((?:lambda|infra|cli|local|samples|scripts|events|bench|test|docs|\.github|\.ci)\/[\w./-]*)`/g;

describe('documents', () => {
  it('are found', () => {
    expect(DOCUMENTS).toEqual(expect.arrayContaining(['README.md', 'SECURITY.md', 'docs/architecture.md']));
  });

  it.each(ABOUT_TODAY)('%s names files that exist', (document) => {
    const paths = [...read(document).matchAll(PATH)].map(([, path = '']) => path);
    expect(paths.filter((path) => !existsSync(new URL(path, ROOT)))).toEqual([]);
  });

  it.each(DOCUMENTS)('%s links to files and headings that exist', (document) => {
    const links = [...read(document).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? document : `${dirname(document)}/${path}`;
      return (
        !existsSync(new URL(target, ROOT)) || (anchor !== undefined && !anchorsOf(target).includes(anchor))
      );
    });
    expect(broken).toEqual([]);
  });
});

/** A document's text without its code blocks. */
function read(document: string): string {
  return readFileSync(new URL(document, ROOT), 'utf8').replace(/^( *)```.*?^\1```$/gms, '');
}

/** The anchors that GitHub gives the headings of a document. */
function anchorsOf(document: string): string[] {
  return [...read(document).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
