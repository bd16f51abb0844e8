import type { Profile } from '../../contract.ts';
import { type Normalize, normalizeRecord } from '../normalize-record.ts';
import { createDetection, type StaticContext } from './detection.ts';
import { keepRaw } from './raw.ts';
import { normalizeAsSekoia2026 } from './sekoia-2026.ts';

/** Returns the rules of a profile. Chosen once per container, so profiles that are not in use cost nothing. */
export function chooseProfile(profile: Profile, context: StaticContext = {}): Normalize {
  switch (profile) {
    case 'seed':
      return normalizeRecord;
    case 'sekoia-2026':
      return normalizeAsSekoia2026;
    case 'detection':
      return createDetection(context);
    case 'raw':
      return keepRaw;
  }
}
