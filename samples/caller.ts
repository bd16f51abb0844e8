import type { Json } from './json-text.ts';

export type ActorKind =
  | 'application'
  | 'service-role'
  | 'aws-service'
  | 'terraform'
  | 'console'
  | 'operator'
  | 'root'
  | 'federated'
  | 'saml'
  | 'web-identity'
  | 'identity-center'
  | 'signing-in'
  | 'outside-account';

export interface Caller {
  readonly identity: Json;
  readonly sourceIpAddress: string;
  readonly userAgent: string;
  readonly fromConsole?: boolean;
  readonly tls?: Tls | undefined;
  readonly vpcEndpointId?: string;
}

export interface SessionPlace {
  readonly accountId: string;
  readonly region: string;
  /** Time of the session's first call. */
  readonly time: Date;
}

export interface Tls {
  readonly version: string;
  readonly cipherSuite: string;
}
