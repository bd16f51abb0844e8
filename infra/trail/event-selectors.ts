import type { CfnTrail } from 'aws-cdk-lib/aws-cloudtrail';

export interface EventSelectorProps {
  /** Resource types whose data events the trail records, like `AWS::S3::Object`. @default - no data events */
  readonly dataEvents?: readonly string[];
  /**
   * Services whose calls through VPC endpoints the trail records, like `s3.amazonaws.com`.
   *
   * @default - no network activity events
   */
  readonly networkActivityEvents?: readonly string[];
}

/** Prefixes of ARNs by resource type. */
export type ArnPrefixes = Readonly<Record<string, readonly string[]>>;

/**
 * Returns the advanced event selectors of a trail, or `undefined` if it records only management events, as a trail
 * does without selectors.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
 *
 * @param own resources of the pipeline. Their data events are left out: each log object would cause events, the next
 * log object would record them, and the trail would never be quiet.
 */
export function selectEvents(
  { dataEvents = [], networkActivityEvents = [] }: EventSelectorProps,
  own: ArnPrefixes,
): CfnTrail.AdvancedEventSelectorProperty[] | undefined {
  if (dataEvents.length + networkActivityEvents.length === 0) return undefined;
  return [
    { name: 'Management events', fieldSelectors: [equal('eventCategory', 'Management')] },
    // A selector has one resource type, or one service.
    ...[...new Set(dataEvents)].map((type) => ({
      name: `Data events of ${type}`,
      fieldSelectors: [
        equal('eventCategory', 'Data'),
        equal('resources.type', type),
        ...(own[type] ? [{ field: 'resources.ARN', notStartsWith: [...own[type]] }] : []),
      ],
    })),
    ...[...new Set(networkActivityEvents)].map((service) => ({
      name: `Network activity of ${service}`,
      fieldSelectors: [equal('eventCategory', 'NetworkActivity'), equal('eventSource', service)],
    })),
  ];
}

function equal(field: string, value: string): CfnTrail.AdvancedFieldSelectorProperty {
  return { field, equalTo: [value] };
}
