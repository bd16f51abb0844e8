import { type Json, toJsonText } from './json-text.ts';
import type { Body, Call, Template } from './template.ts';

/**
 * Renders one CloudTrail record, with fields in AWS's order:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export function renderRecord(template: Template, call: Call): string {
  const body = template.build(call);
  const text =
    template.category === 'Insight' ? renderInsight(template, call, body) : renderEvent(template, call, body);
  return template.escape === undefined ? text : escapeText(text, template.escape);
}

// Concatenates strings because the identity is rendered once per session. Building one large object per record
// would halve the speed.
function renderEvent(template: Template, call: Call, body: Body): string {
  const { session, random } = call;
  const category = template.category ?? 'Management';
  return (
    `{"eventVersion":"${template.eventVersion ?? '1.11'}"` +
    `,"userIdentity":${body.userIdentity === undefined ? session.identityText : toJsonText(body.userIdentity)}` +
    `,"eventTime":"${call.time}"` +
    `,"eventSource":"${template.service}.amazonaws.com","eventName":"${template.event}","awsRegion":"${call.region}"` +
    `,"sourceIPAddress":"${body.sourceIpAddress ?? session.sourceIpAddress}"` +
    `,"userAgent":${body.userAgent === undefined ? session.userAgentText : toJsonText(body.userAgent)}` +
    field('errorCode', body.errorCode) +
    field('errorMessage', body.errorMessage) +
    `,"requestParameters":${toJsonText(body.requestParameters ?? null)}` +
    `,"responseElements":${toJsonText(body.responseElements ?? null)}` +
    field('additionalEventData', body.additionalEventData) +
    (body.requestId === null ? '' : `,"requestID":"${body.requestId ?? random.uuid()}"`) +
    `,"eventID":"${random.uuid()}","readOnly":${template.readOnly}` +
    field('resources', body.resources) +
    `,"eventType":"${template.eventType ?? 'AwsApiCall'}"` +
    field('apiVersion', template.apiVersion) +
    `,"managementEvent":${category === 'Management'},"recipientAccountId":"${call.accountId}"` +
    field('serviceEventDetails', body.serviceEventDetails) +
    field('sharedEventID', body.sharedEventId) +
    endpointFields(category, session.vpcEndpointId, call.accountId) +
    `,"eventCategory":"${category}"` +
    field('addendum', body.addendum) +
    field('eventContext', body.eventContext) +
    tlsField(template, call, body) +
    (session.fromConsole && template.service !== 'signin' ? ',"sessionCredentialFromConsole":"true"' : '') +
    '}'
  );
}

function renderInsight(template: Template, call: Call, body: Body): string {
  return (
    `{"eventVersion":"${template.eventVersion ?? '1.09'}","eventTime":"${call.time}","awsRegion":"${call.region}"` +
    `,"eventID":"${call.random.uuid()}","eventType":"AwsCloudTrailInsight","recipientAccountId":"${call.accountId}"` +
    field('sharedEventID', body.sharedEventId) +
    field('insightDetails', body.insightDetails) +
    ',"eventCategory":"Insight"}'
  );
}

function field(name: string, value: Json | undefined): string {
  return value === undefined ? '' : `,"${name}":${toJsonText(value)}`;
}

function endpointFields(category: string, endpointId: string | undefined, accountId: string): string {
  if (endpointId === undefined) return '';
  const owner = category === 'Management' ? '' : `,"vpcEndpointAccountId":"${accountId}"`;
  return `,"vpcEndpointId":"${endpointId}"${owner}`;
}

/** Only a TLS call from outside AWS has these details. */
function tlsField(template: Template, call: Call, body: Body): string {
  const { tls } = call.session;
  if (tls === undefined || body.sourceIpAddress !== undefined || template.eventType === 'AwsServiceEvent')
    return '';
  const host = hostOf(template, call.region);
  return `,"tlsDetails":{"tlsVersion":"${tls.version}","cipherSuite":"${tls.cipherSuite}","clientProvidedHostHeader":"${host}"}`;
}

function hostOf(template: Template, region: string): string {
  if (template.service === 'signin') return `${region}.signin.aws.amazon.com`;
  return template.region === undefined
    ? `${template.service}.${region}.amazonaws.com`
    : `${template.service}.amazonaws.com`;
}

// Both kinds of characters occur only inside strings, so replacing all of them leaves the JSON valid.
function escapeText(text: string, characters: 'html' | 'non-ascii'): string {
  return text.replaceAll(
    characters === 'html' ? /[<>&='\u2028\u2029]/g : /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
