import type { AdvancedEventSelector, GetEventSelectorsCommandOutput } from '@aws-sdk/client-cloudtrail';

/** Which events a trail records. */
export interface Recorded {
  readonly management: 'all' | 'read' | 'write' | 'none';
  /** Services whose management events are left out: `kms.amazonaws.com`. */
  readonly leftOut: readonly string[];
  readonly hasData: boolean;
  readonly hasNetworkActivity: boolean;
}

/**
 * Reads basic or advanced event selectors. A trail has one of the two.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
 */
export function recordedEvents({
  EventSelectors = [],
  AdvancedEventSelectors = [],
}: Pick<GetEventSelectorsCommandOutput, 'EventSelectors' | 'AdvancedEventSelectors'>): Recorded {
  if (AdvancedEventSelectors.length > 0) return recordedByAdvanced(AdvancedEventSelectors);
  const management = EventSelectors.filter(
    ({ IncludeManagementEvents }) => IncludeManagementEvents !== false,
  );
  const types = management.map(({ ReadWriteType = 'All' }) => ReadWriteType);
  return {
    management: combine(
      types.some((type) => type !== 'WriteOnly'),
      types.some((type) => type !== 'ReadOnly'),
    ),
    leftOut: inEach(
      management.map(({ ExcludeManagementEventSources = [] }) => ExcludeManagementEventSources),
    ),
    hasData: EventSelectors.some(({ DataResources = [] }) => DataResources.length > 0),
    hasNetworkActivity: false,
  };
}

function recordedByAdvanced(selectors: readonly AdvancedEventSelector[]): Recorded {
  const ofCategory = (category: string) =>
    selectors.filter((selector) => field(selector, 'eventCategory')?.Equals?.includes(category));
  const management = ofCategory('Management');
  const readOnly = management.map((selector) => field(selector, 'readOnly')?.Equals?.[0]);
  return {
    management: combine(
      readOnly.some((value) => value !== 'false'),
      readOnly.some((value) => value !== 'true'),
    ),
    leftOut: inEach(management.map((selector) => field(selector, 'eventSource')?.NotEquals ?? [])),
    hasData: ofCategory('Data').length > 0,
    hasNetworkActivity: ofCategory('NetworkActivity').length > 0,
  };
}

function field({ FieldSelectors = [] }: AdvancedEventSelector, name: string) {
  return FieldSelectors.find(({ Field }) => Field === name);
}

function combine(reads: boolean, writes: boolean): Recorded['management'] {
  if (reads && writes) return 'all';
  if (reads) return 'read';
  return writes ? 'write' : 'none';
}

/** @returns what each selector leaves out: an event is recorded if any selector matches */
function inEach(lists: readonly (readonly string[])[]): string[] {
  const [first = [], ...others] = lists;
  return first.filter((name) => others.every((list) => list.includes(name)));
}
