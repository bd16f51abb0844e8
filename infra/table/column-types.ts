/** The JSON Schema keywords that `docs/event.schema.json` uses. */
export interface JsonSchema {
  /** Reference to a definition: `#/$defs/name`. @default - no reference */
  readonly $ref?: string;
  /** One or more JSON types. @default - any type */
  readonly type?: string | readonly string[];
  /** Schemas of an object's members. @default - not an object, or any members */
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  /** Schema of an object's other members. @default - any */
  readonly additionalProperties?: boolean | JsonSchema;
  /** Schema of an array's items. @default - not an array */
  readonly items?: JsonSchema;
  /** The only allowed value. @default - any value */
  readonly const?: unknown;
  /** Definitions of the root schema. @default - no definitions */
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

/**
 * Returns the Athena type for a schema: `struct` for an object, `map` for one with any names, `array` for an array,
 * `string` for a value that can be a string, and for an object with unknown members, which the SerDe reads as JSON text.
 *
 * @param nameOf name of a member in a struct. @default lowercase, as the table's SerDe expects
 * @throws Error for an unsupported schema
 */
export function columnType(
  schema: JsonSchema,
  root: JsonSchema,
  nameOf: (member: string) => string = (member) => member.toLowerCase(),
): string {
  const { $ref, type, properties, additionalProperties, items } = schema;
  if ($ref !== undefined) return columnType(definition($ref, root), root, nameOf);
  if (properties) {
    const fields = Object.entries(properties).map(
      ([name, value]) => `${nameOf(name)}:${columnType(value, root, nameOf)}`,
    );
    return `struct<${fields.join(',')}>`;
  }
  if (typeof additionalProperties === 'object')
    return `map<string,${columnType(additionalProperties, root, nameOf)}>`;
  if (type?.includes('object')) return 'string';
  if (type === 'array' && items) return `array<${columnType(items, root, nameOf)}>`;
  if (Array.isArray(schema.const)) return 'array<string>';
  if (type === 'integer') return 'bigint';
  if (type === 'string' || type?.includes('string') || typeof schema.const === 'string') return 'string';
  // An `enum` lists its values without a type.
  if ('enum' in schema) return 'string';
  throw new Error(`no column type for ${JSON.stringify(schema)}. Add one to columnType.`);
}

function definition(ref: string, { $defs }: JsonSchema): JsonSchema {
  const found = $defs?.[ref.replace('#/$defs/', '')];
  if (!found) throw new Error(`no definition ${ref}. Add it to $defs of the schema.`);
  return found;
}
