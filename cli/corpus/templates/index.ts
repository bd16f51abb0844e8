import type { Template } from '../template.ts';
import { containerTemplates } from './containers.ts';
import { databaseTemplates } from './databases.ts';
import { ec2InstanceTemplates } from './ec2-instances.ts';
import { ec2NetworkTemplates } from './ec2-network.ts';
import { errorTemplates } from './errors.ts';
import { iamTemplates } from './iam.ts';
import { insightTemplates } from './insights.ts';
import { kmsTemplates } from './kms.ts';
import { lambdaTemplates } from './lambda.ts';
import { networkActivityTemplates } from './network-activity.ts';
import { operationsTemplates } from './operations.ts';
import { s3Templates } from './s3.ts';
import { secretTemplates } from './secrets.ts';
import { securityTemplates } from './security.ts';
import { serviceEventTemplates } from './service-events.ts';
import { signInTemplates } from './sign-in.ts';
import { stsTemplates } from './sts.ts';

/** What a log object holds. */
export const logTemplates: readonly Template[] = [
  ...iamTemplates,
  ...stsTemplates,
  ...signInTemplates,
  ...ec2InstanceTemplates,
  ...ec2NetworkTemplates,
  ...s3Templates,
  ...kmsTemplates,
  ...lambdaTemplates,
  ...databaseTemplates,
  ...containerTemplates,
  ...secretTemplates,
  ...securityTemplates,
  ...operationsTemplates,
  ...serviceEventTemplates,
  ...networkActivityTemplates,
  ...errorTemplates,
];

/** What an Insight object holds. */
export { insightTemplates };

export const allTemplates: readonly Template[] = [...logTemplates, ...insightTemplates];
