import type { Role } from 'aws-cdk-lib/aws-iam';
import { StreamEncryption } from 'aws-cdk-lib/aws-kinesisfirehose';
import type { IKey } from 'aws-cdk-lib/aws-kms';

/**
 * Encrypts the events that a stream buffers. For a customer key, Firehose gives itself a grant when the stream is
 * created, so neither its role nor the function needs a permission for that.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_DeliveryStreamEncryptionConfigurationInput.html
 */
export function encryptStream(encryptionKey: IKey | undefined, role: Role) {
  if (!encryptionKey) return { encryption: StreamEncryption.awsOwnedKey() };
  // With a key, CDK creates a second role unless it gets one.
  return {
    encryption: StreamEncryption.customerManagedKey(encryptionKey),
    role: role.withoutPolicyUpdates(),
  };
}
