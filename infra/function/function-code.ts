import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage, type ILocalBundling } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { bundleFunction } from './bundle-function.ts';

/** Files in the function's folder besides its bundle: text by file name. */
export type FunctionFiles = Readonly<Record<string, string>>;

/**
 * Returns the function's code as an asset: the bundle, its source map, and `files` next to them. Its hash
 * depends only on their content.
 */
export function functionCode(files: FunctionFiles = {}): Code {
  return Code.fromAsset(SOURCE, {
    assetHashType: AssetHashType.OUTPUT,
    // The image is never used: staging always works on this machine.
    bundling: { image: DockerImage.fromRegistry('unused'), local: new FunctionStaging(files) },
  });
}

/** The built package holds the bundle that `npm run build` made. A checkout bundles its sources at synth. */
const IS_BUILT = import.meta.url.endsWith('.js');

const SOURCE = fileURLToPath(new URL(IS_BUILT ? '../../function/' : '../../lambda/', import.meta.url));

class FunctionStaging implements ILocalBundling {
  /** A public property, because CDK stages assets once whose options are the same as JSON. */
  readonly files: FunctionFiles;

  constructor(files: FunctionFiles) {
    this.files = files;
  }

  tryBundle(outputFolder: string): boolean {
    if (IS_BUILT) cpSync(SOURCE, outputFolder, { recursive: true });
    else bundleFunction(outputFolder);
    for (const [name, text] of Object.entries(this.files)) writeFileSync(join(outputFolder, name), text);
    return true;
  }
}
