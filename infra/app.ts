import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readSettings } from './settings/read-settings.ts';
import { SettingsError } from './settings/settings.ts';
import { CloudTrailFirehoseStack } from './stack.ts';

const app = new App();
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
try {
  const { stackName, stackAccount: account, stackRegion: region, ...settings } = readSettings(app.node);
  new CloudTrailFirehoseStack(app, 'CloudTrailFirehose', { stackName, env: { account, region }, settings });
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  // Prints the messages without a stack trace, which would hide them.
  console.error(`\n${error.message}\n`);
  process.exitCode = 1;
}
