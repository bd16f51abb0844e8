/** CPU comes with it: one whole CPU is 1,769 MiB. */
export const DEFAULT_MEMORY_MIB = 1024;

/**
 * Of V8's young generation, which has three of these. Left to itself, each grows with all that ever survived in it;
 * what is alive here is a few records, so that 4 MiB cost no more CPU, and save 30 to 50 MB of the peak.
 */
const SEMI_SPACE_MIB = 4;

/** What is no heap: 130 MB at the most for code, buffers and bodies of calls, and what Lambda's runtime takes itself. */
const KEPT_FREE_MIB = 192;

/**
 * How Node is started in the function: stack traces by the source map, and a heap that fits in its memory.
 *
 * @throws RangeError where the memory is no plain number (a CDK token): Node would not start
 */
export function nodeOptions(memoryMiB: number): string {
  if (!(memoryMiB > 0)) throw new RangeError('memoryMiB has to be a plain number: the heap is sized by it');
  const oldSpaceMiB = Math.floor(Math.max(memoryMiB / 2, memoryMiB - KEPT_FREE_MIB));
  return `--enable-source-maps --max-semi-space-size=${SEMI_SPACE_MIB} --max-old-space-size=${oldSpaceMiB}`;
}
