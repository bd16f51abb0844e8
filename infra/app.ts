import { App } from 'aws-cdk-lib';
import { CloudTrailFirehoseStack } from './stack.ts';

const app = new App();
new CloudTrailFirehoseStack(app, 'CloudTrailFirehose');
