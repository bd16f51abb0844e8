import type { Template } from '../template.ts';
import { dataServiceTemplates } from './data-services.ts';
import { deploymentTemplates } from './deployment.ts';
import { dynamodbTemplates } from './dynamodb.ts';
import { ec2InstanceTemplates } from './ec2-instances.ts';
import { ec2NetworkTemplates } from './ec2-network.ts';
import { ecsTemplates } from './ecs.ts';
import { eksTemplates } from './eks.ts';
import { failureTemplates } from './failures.ts';
import { iamRoleTemplates } from './iam-roles.ts';
import { iamUserTemplates } from './iam-users.ts';
import { identityCenterTemplates } from './identity-center.ts';
import { insightTemplates } from './insights.ts';
import { kmsTemplates } from './kms.ts';
import { lambdaTemplates } from './lambda.ts';
import { networkActivityTemplates } from './network-activity.ts';
import { observabilityTemplates } from './observability.ts';
import { organizationsTemplates } from './organizations.ts';
import { rdsTemplates } from './rds.ts';
import { refusalTemplates } from './refusals.ts';
import { s3BucketTemplates } from './s3-buckets.ts';
import { s3ObjectTemplates } from './s3-objects.ts';
import { secretTemplates } from './secrets.ts';
import { securityTemplates } from './security.ts';
import { serviceEventTemplates } from './service-events.ts';
import { signInTemplates } from './sign-in.ts';
import { stsTemplates } from './sts.ts';
import { stsFederationTemplates } from './sts-federation.ts';

/** What a log object holds. */
export const logTemplates: readonly Template[] = [
  ...iamUserTemplates,
  ...iamRoleTemplates,
  ...stsTemplates,
  ...stsFederationTemplates,
  ...signInTemplates,
  ...identityCenterTemplates,
  ...ec2InstanceTemplates,
  ...ec2NetworkTemplates,
  ...s3ObjectTemplates,
  ...s3BucketTemplates,
  ...kmsTemplates,
  ...lambdaTemplates,
  ...rdsTemplates,
  ...dynamodbTemplates,
  ...ecsTemplates,
  ...eksTemplates,
  ...secretTemplates,
  ...securityTemplates,
  ...organizationsTemplates,
  ...observabilityTemplates,
  ...deploymentTemplates,
  ...dataServiceTemplates,
  ...serviceEventTemplates,
  ...refusalTemplates,
  ...failureTemplates,
];

/** What objects of other kinds hold. */
export { insightTemplates, networkActivityTemplates };

export const allTemplates: readonly Template[] = [
  ...logTemplates,
  ...insightTemplates,
  ...networkActivityTemplates,
];
