import { steady } from '../session.ts';
import type { Call, Template } from '../template.ts';
import { functionNames, roleNames, securityGroupIds, subnetIds, vpcId } from '../world.ts';
import { resource } from './values.ts';

const lambda = { service: 'lambda', eventVersion: '1.09' } as const;

export const lambdaTemplates: readonly Template[] = [
  {
    ...lambda,
    event: 'Invoke',
    category: 'Data',
    actors: ['application', 'aws-service'],
    weight: 12,
    readOnly: false,
    build: (call) => ({
      requestParameters: {
        functionName: functionArn(call),
        invocationType: 'RequestResponse',
        logType: 'None',
      },
      additionalEventData: { functionVersion: `${functionArn(call)}:$LATEST` },
      resources: [resource(call.accountId, 'AWS::Lambda::Function', functionArn(call))],
      ...(call.session.actor === 'aws-service' ? { sharedEventId: call.random.uuid() } : {}),
    }),
  },
  {
    ...lambda,
    event: 'UpdateFunctionCode20150331v2',
    actors: ['terraform', 'operator', 'console'],
    weight: 3,
    readOnly: false,
    apiVersion: '2015-03-31',
    build: (call) => ({
      requestParameters: {
        functionName: steady(call.session, functionNames),
        s3Bucket: 'example-web-assets',
        s3Key: `lambda/${steady(call.session, functionNames)}/${call.random.hex(40)}.zip`,
        publish: true,
        dryRun: false,
      },
      responseElements: {
        functionName: steady(call.session, functionNames),
        functionArn: functionArn(call),
        runtime: 'nodejs24.x',
        role: `arn:aws:iam::${call.accountId}:role/service-role/${steady(call.session, roleNames)}`,
        handler: 'index.handler',
        codeSize: call.random.int(90_000, 40_000_000),
        description: 'Traitement des commandes – ne pas supprimer',
        timeout: 30,
        memorySize: 512,
        lastModified: call.time.replace('Z', '.000+0000'),
        codeSha256: `${call.random.base64(43)}=`,
        version: String(call.random.int(1, 240)),
        vpcConfig: {
          subnetIds: [...subnetIds],
          securityGroupIds: [...securityGroupIds],
          vpcId,
          ipv6AllowedForDualStack: false,
        },
        environment: {},
        tracingConfig: { mode: 'Active' },
        revisionId: call.random.uuid(),
        state: 'Active',
        lastUpdateStatus: 'InProgress',
        lastUpdateStatusReason: 'The function is being created.',
        lastUpdateStatusReasonCode: 'Creating',
        packageType: 'Zip',
        architectures: ['arm64'],
        ephemeralStorage: { size: 512 },
        snapStart: { applyOn: 'None', optimizationStatus: 'Off' },
        loggingConfig: { logFormat: 'JSON', logGroup: `/aws/lambda/${steady(call.session, functionNames)}` },
      },
    }),
  },
  {
    ...lambda,
    event: 'AddPermission20150331v2',
    actors: ['terraform', 'console'],
    weight: 1,
    readOnly: false,
    apiVersion: '2015-03-31',
    build: (call) => ({
      requestParameters: {
        functionName: functionArn(call),
        statementId: 'AllowS3Invoke',
        action: 'lambda:InvokeFunction',
        principal: 's3.amazonaws.com',
        sourceArn: 'arn:aws:s3:::example-invoices',
        sourceAccount: call.accountId,
      },
      responseElements: {
        statement: JSON.stringify({
          Sid: 'AllowS3Invoke',
          Effect: 'Allow',
          Principal: { Service: 's3.amazonaws.com' },
          Action: 'lambda:InvokeFunction',
          Resource: functionArn(call),
        }),
      },
    }),
  },
  {
    ...lambda,
    event: 'ListFunctions20150331',
    actors: ['console', 'service-role'],
    weight: 3,
    readOnly: true,
    apiVersion: '2015-03-31',
    build: () => ({ requestParameters: { maxItems: 50, masterRegion: '', functionVersion: 'ALL' } }),
  },
];

function functionArn(call: Call): string {
  return `arn:aws:lambda:${call.region}:${call.accountId}:function:${steady(call.session, functionNames)}`;
}
