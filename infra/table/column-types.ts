/** As much of a JSON Schema as `docs/event.schema.json` uses. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly const?: unknown;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

/**
 * The Athena type of a value of the schema: objects are structs, lists are arrays, whatever may be text is text.
 * Names go to lower case, as the table's reader takes them.
 *
 * @throws Error for a part of JSON Schema that it does not know
 */
export function columnType(schema: JsonSchema, root: JsonSchema): string {
  const { $ref, type, properties, items } = schema;
  if ($ref !== undefined) return columnType(definition($ref, root), root);
  if (properties) {
    const fields = Object.entries(properties).map(
      ([name, value]) => `${name.toLowerCase()}:${columnType(value, root)}`,
    );
    return `struct<${fields.join(',')}>`;
  }
  if (type === 'array' && items) return `array<${columnType(items, root)}>`;
  if (Array.isArray(schema.const)) return 'array<string>';
  if (type === 'integer') return 'bigint';
  if (type === 'string' || type?.includes('string') || typeof schema.const === 'string') return 'string';
  // `items` of an enumeration says its values and no type.
  if ('enum' in schema) return 'string';
  throw new Error(`no column type for ${JSON.stringify(schema)}`);
}

function definition(ref: string, { $defs }: JsonSchema): JsonSchema {
  const found = $defs?.[ref.replace('#/$defs/', '')];
  if (!found) throw new Error(`no definition ${ref}`);
  return found;
}
