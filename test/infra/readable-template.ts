import type { Json } from './synthesize.ts';

/**
 * Returns a template for review and comparison: with sorted keys, the dashboard as JSON instead of text, and
 * placeholders for what changes with each version of the code or of CDK.
 */
export function readableTemplate(template: Json): unknown {
  return sortKeys(JSON.parse(JSON.stringify(template), replace));
}

/** Formats JSON with one line for each value that fits into it, so a reference is one line instead of four. */
export function formatTemplate(template: unknown): string {
  return `${format(template, '')}\n`;
}

function replace(key: string, value: unknown): unknown {
  switch (key) {
    case 'S3Key':
      return '<hash of the code>';
    case 'ZipFile':
      return "<code of CDK's notification handler>";
    case 'awscdkawskinesisfirehoseCidrBlocks':
      return "<CDK's list of address ranges>";
    case 'Version':
      return isObject(value) ? { ...value, Value: '<version>' } : value;
    case 'DashboardBody':
      return parseJoin(value);
    default:
      return value;
  }
}

/** Joins the parts of JSON text, with references as `${Id}` or `${Id.Attribute}`, and parses it. */
function parseJoin(value: unknown): unknown {
  const [, parts] = (value as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
  return JSON.parse(parts.map((part) => (isObject(part) ? inText(part) : part)).join(''));
}

function inText(token: Json): string {
  if (token.Ref) return `\${${token.Ref}}`;
  if (Array.isArray(token['Fn::GetAtt'])) return `\${${token['Fn::GetAtt'].join('.')}}`;
  // Another function is written as JSON, escaped for the text around it.
  return `\${${JSON.stringify(JSON.stringify(token)).slice(1, -1)}}`;
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sortKeys(member)]));
}

function format(value: unknown, indent: string): string {
  const line = JSON.stringify(value, null, 1).replaceAll(/\n */g, ' ');
  if (typeof value !== 'object' || value === null || indent.length + line.length <= LINE_WIDTH) return line;
  const inner = `${indent}  `;
  const members = Array.isArray(value)
    ? value.map((member) => `${inner}${format(member, inner)}`)
    : Object.entries(value).map(
        ([key, member]) => `${inner}${JSON.stringify(key)}: ${format(member, inner)}`,
      );
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${members.join(',\n')}\n${indent}${close}`;
}

const LINE_WIDTH = 110;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
