/** CPU comes with it: one whole CPU is 1,769 MiB. */
export const DEFAULT_MEMORY_MIB = 1024;

/**
 * V8's young generation grows with all that ever survived in it, to 32 MiB and twice that beside. What is alive here
 * is a few records, so that 4 MiB cost no more CPU and a long-lived function 40 MB less.
 */
const SEMI_SPACE_MIB = 4;

/** As Lambda sets it. It sets neither of the two where one is given: the rest is for buffers. */
const OLD_SPACE_SHARE = 0.9;

/** How Node is started in the function: stack traces by the source map, and a heap that fits in its memory. */
export function nodeOptions(memoryMiB: number): string {
  const oldSpaceMiB = Math.floor(memoryMiB * OLD_SPACE_SHARE);
  return `--enable-source-maps --max-semi-space-size=${SEMI_SPACE_MIB} --max-old-space-size=${oldSpaceMiB}`;
}
