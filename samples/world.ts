/** A fictional company's resources. Names and addresses are those that AWS and the RFCs reserve for examples. */

export const accountIds = ['111122223333', '123456789012', '444455556666', '777788889999'] as const;
export const outsideAccountId = '999999999999';
export const organizationId = 'o-a1b2c3d4e5';

export const regions = ['eu-west-3', 'eu-west-1', 'us-east-1', 'eu-central-1', 'ap-southeast-2'] as const;

export const bucketNames = [
  'example-data-lake-prod',
  'example-invoices',
  'example-web-assets',
  'example-terraform-state',
  'example-ml-training',
  'example-access-logs',
] as const;

export const keyPrefixes = [
  'raw/orders/year=2026/month=11/day=03',
  'curated/customers',
  'exports/daily',
  'static/img/products',
  'models/churn/v14',
] as const;

export const functionNames = ['order-intake', 'invoice-renderer', 'image-resizer', 'nightly-report'] as const;
export const tableNames = ['orders', 'sessions', 'inventory', 'feature-flags'] as const;
export const secretNames = ['prod/orders/db', 'prod/payments/api-key', 'staging/search/token'] as const;
export const clusterNames = ['platform-prod', 'platform-staging', 'batch'] as const;
export const repositoryNames = ['shop/api', 'shop/web', 'platform/ingress'] as const;

export const userNames = ['alice', 'bob.martin', 'carlos', 'dmitri', 'eva-lindqvist', 'fatima'] as const;
export const roleNames = [
  'OrderService',
  'InvoiceWorker',
  'DataPipeline',
  'SearchIndexer',
  'WebFrontend',
] as const;

/** Tag values in several languages, because tags often contain non-ASCII text. */
export const teamTags = [
  'Équipe Sécurité 🔐',
  'platform',
  'データ基盤',
  'Zahlungsverkehr & Rückgaben',
  'Núcleo – año 2026',
  'data "lake" <raw>',
] as const;

export const keyIds = [
  '1234abcd-12ab-34cd-56ef-1234567890ab',
  '0987dcba-09fe-87dc-65ba-ab0987654321',
  'a1b2c3d4-5678-90ab-cdef-111112222233',
] as const;

export const availabilityZones = ['a', 'b', 'c'] as const;
export const vpcEndpointIds = ['vpce-0a1b2c3d4e5f60718', 'vpce-0f9e8d7c6b5a49382'] as const;
export const vpcId = 'vpc-0123456789abcdef0';
export const subnetIds = [
  'subnet-0a1b2c3d4e5f67890',
  'subnet-09f8e7d6c5b4a3210',
  'subnet-0123abcd4567ef890',
] as const;
export const securityGroupIds = ['sg-0fedcba9876543210', 'sg-0a0b0c0d0e0f01020'] as const;
