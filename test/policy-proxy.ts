import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type Call, findAllowing } from './infra/policy-evaluation.ts';
import type { Statement } from './infra/synthesize.ts';
import { type AwsRequest, callsOf, serviceOf } from './read-aws-call.ts';

export interface PolicyProxy {
  /** For `AWS_ENDPOINT_URL`. */
  readonly url: string;
  /** Every call, allowed or not. */
  readonly calls: readonly Call[];
  /** Statements that no call needed, as indexes. */
  readonly unused: readonly number[];
  /** Allows exactly what the statements allow from now on, and forgets the calls. */
  enforce(statements: readonly Statement[]): void;
  close(): Promise<void>;
}

interface ProxyOptions {
  readonly account: string;
  readonly region: string;
  /** Returns the endpoint of a service: `sqs`. */
  readonly targetOf: (service: string) => string;
  /** JSON answers to actions that the endpoint lacks. */
  readonly answers?: Readonly<Record<string, object>>;
}

/** Starts a proxy before AWS's endpoints that evaluates a policy for each request, and denies like AWS. */
export async function startPolicyProxy(options: ProxyOptions): Promise<PolicyProxy> {
  let statements: readonly Statement[] = [];
  let used = new Set<Statement>();
  let calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const received = { method, url, headers, body: await buffer(request) };
    const wanted = callsOf(received, options.account, options.region);
    calls.push(...wanted);
    const allowing = wanted.map((call) => findAllowing(statements, call));
    for (const statement of allowing) if (statement) used.add(statement);
    const [{ action }] = wanted as [Call];
    const answer = options.answers?.[action];
    if (allowing.includes(undefined)) deny(response, serviceOf(received));
    else if (answer) response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    else forward(received, options.targetOf(serviceOf(received)), response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get calls() {
      return calls;
    },
    get unused() {
      return statements.flatMap((statement, i) => (used.has(statement) ? [] : [i]));
    },
    enforce(next) {
      statements = next;
      used = new Set();
      calls = [];
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Codes and forms by protocol, as of AWS. */
function deny(response: ServerResponse, service: string): void {
  const message = 'User is not authorized to perform this action';
  if (service === 's3') {
    const xml = `<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>`;
    response.writeHead(403, { 'content-type': 'application/xml' }).end(xml);
  } else if (service === 'cloudformation' || service === 'sns') {
    const code = service === 'sns' ? 'AuthorizationError' : 'AccessDenied';
    const xml = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
    response.writeHead(403, { 'content-type': 'text/xml' }).end(xml);
  } else {
    const headers = { 'content-type': 'application/json', 'x-amzn-errortype': 'AccessDeniedException' };
    response.writeHead(service === 'lambda' ? 403 : 400, headers);
    response.end(JSON.stringify({ __type: 'AccessDeniedException', Message: message }));
  }
}

function forward({ method, url, headers, body }: AwsRequest, target: string, response: ServerResponse): void {
  const { hostname, port } = new URL(target);
  // The body is complete, so no continue is awaited.
  const { expect: _, 'transfer-encoding': __, ...others } = headers;
  const onward = send({
    hostname,
    port,
    method,
    path: url,
    headers: { ...others, 'content-length': body.length },
  });
  onward.on('response', (answer: IncomingMessage) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  onward.end(body);
}
