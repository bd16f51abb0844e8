/** Function memory in MiB. CPU scales with it: 1,769 MiB gives one full CPU. */
export const DEFAULT_MEMORY_MIB = 1024;

/**
 * Size of each of the three semi-spaces of V8's young generation. By default they grow with the objects that
 * survived in them. Only a few records are live here: 4 MiB cost no extra CPU and save 30 to 50 MB at peak.
 */
const SEMI_SPACE_MIB = 4;

/** Memory outside the heap: up to 130 MB for code, buffers and request bodies, plus Lambda's runtime. */
const NON_HEAP_MIB = 192;

/**
 * Returns `NODE_OPTIONS` of the function: source maps for stack traces, and a heap that fits in its memory.
 *
 * @throws RangeError if the memory is a CDK token, because Node would not start with it
 */
export function nodeOptions(memoryMiB: number): string {
  if (!(memoryMiB > 0))
    throw new RangeError(
      `memoryMiB must be a positive number to size the heap (got ${memoryMiB}). Pass a number, not a CDK token.`,
    );
  const oldSpaceMiB = Math.floor(Math.max(memoryMiB / 2, memoryMiB - NON_HEAP_MIB));
  return `--enable-source-maps --max-semi-space-size=${SEMI_SPACE_MIB} --max-old-space-size=${oldSpaceMiB}`;
}
