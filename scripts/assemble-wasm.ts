import wabt from 'wabt';

/**
 * Assembles WebAssembly text and returns it as a TypeScript file, with a constant that is named after the source:
 * `escape-json.wat` gives `ESCAPE_JSON_WASM`.
 *
 * @param name of the source, for the constant and for errors
 * @throws Error with line and column if the text is invalid
 */
export async function assembleWasm(name: string, wat: string): Promise<string> {
  const { parseWat } = await wabt();
  const module = parseWat(name, wat, { simd: true });
  try {
    module.validate();
    const base64 = Buffer.from(module.toBinary({}).buffer).toString('base64');
    const constant = name.replace('.wat', '_WASM').replaceAll('-', '_').toUpperCase();
    return `${headerOf(name)}export const ${constant} =\n  '${base64}';\n`;
  } finally {
    module.destroy();
  }
}

function headerOf(name: string): string {
  return `/** ${name}, assembled and in base64. Written by \`npm run generate:wasm\`. */\n`;
}
