/**
 * Options of the SDK's clients, whose defaults wait for ever for an endpoint that accepts a connection and never
 * answers, or for a network without a route.
 */
export const CLIENT_OPTIONS = {
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
} as const;
