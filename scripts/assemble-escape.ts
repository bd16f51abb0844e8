import wabt from 'wabt';

/**
 * Assembles the WebAssembly text of the escape routine and returns it as a TypeScript file.
 *
 * @throws Error with line and column if the text is invalid
 */
export async function assembleEscape(wat: string): Promise<string> {
  const { parseWat } = await wabt();
  const module = parseWat('escape-json.wat', wat, { simd: true });
  try {
    module.validate();
    const base64 = Buffer.from(module.toBinary({}).buffer).toString('base64');
    return `${HEADER}export const ESCAPE_JSON_WASM =\n  '${base64}';\n`;
  } finally {
    module.destroy();
  }
}

const HEADER = `/** escape-json.wat, assembled and in base64. Written by \`npm run generate:escape\`. */\n`;
