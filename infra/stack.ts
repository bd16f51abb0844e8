import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { DeliveryStream, S3Bucket } from 'aws-cdk-lib/aws-kinesisfirehose';
import { Architecture, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { ENV } from '../lambda/contract.ts';

/** The function and the delivery stream it fills; nothing invokes it yet. */
export class CloudTrailFirehoseStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const events = new Bucket(this, 'Events', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const stream = new DeliveryStream(this, 'Stream', { destination: new S3Bucket(events) });

    const logGroup = new LogGroup(this, 'FunctionLog', { retention: RetentionDays.ONE_MONTH });
    const deliver = new NodejsFunction(this, 'Function', {
      entry: fileURLToPath(new URL('../lambda/handler.ts', import.meta.url)),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 1024,
      timeout: Duration.minutes(15),
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: { [ENV.deliveryStreamName]: stream.deliveryStreamName },
      // The SDK of the lock file, not whichever one the runtime brings.
      bundling: {
        externalModules: [],
        format: OutputFormat.ESM,
        mainFields: ['module', 'main'],
        minify: true,
        target: 'node22',
      },
    });
    stream.grants.putRecords(deliver);

    Validations.of(this).acknowledge({
      id: 'CloudFormation-Validate::W7001',
      reason:
        'The mapping comes with the delivery stream construct, which only needs it for a public cluster.',
    });
  }
}
