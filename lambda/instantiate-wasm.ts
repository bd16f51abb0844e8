/**
 * Instantiates a WebAssembly module that imports nothing.
 *
 * @param base64 the binary module
 * @returns what it exports
 * @throws Error if the runtime has no WebAssembly, no SIMD, or no memory left
 */
export function instantiateWasm<Exports>(base64: string): Exports {
  const module = new WebAssembly.Module(Buffer.from(base64, 'base64'));
  return new WebAssembly.Instance(module).exports as Exports;
}

/** What is used of it here. Node's types do not have it. */
declare const WebAssembly: {
  Module: new (binary: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
};
