import type { BundledPackage } from './bundled-packages.ts';

/**
 * Licences of code that may go into the function: they allow any use, and ask only that their notices are passed on.
 * SPDX identifiers: https://spdx.org/licenses/
 */
export const PERMISSIVE_LICENCES = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];

/**
 * Renders the NOTICE file: the rules from uap-core, then every package in the bundle by licence, then the data that has
 * its own licence. The same packages always give the same text.
 *
 * @param packages       from `findBundledPackages`
 * @param uapCoreVersion of the uap-core whose rules are in `lambda/normalize/user-agent-rules.ts`
 * @throws Error that names each package with a licence outside `PERMISSIVE_LICENCES`, or with a licence that requires
 *   its text and a package that ships none
 */
export function renderNotice(packages: readonly BundledPackage[], uapCoreVersion: string): string {
  const problems = packages.flatMap((bundled) => problemOf(bundled) ?? []);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const licences = PERMISSIVE_LICENCES.filter((licence) => packages.some((one) => one.licence === licence));
  const sections = [
    introduction(packages.length, uapCoreVersion),
    ...licences.map((licence) =>
      renderLicence(
        licence,
        packages.filter((one) => one.licence === licence),
      ),
    ),
    ...packages.filter(({ name }) => name === 'tldts').map(publicSuffixList),
  ];
  return `${sections.join(`\n\n${'='.repeat(80)}\n`)}\n`;
}

function problemOf({ name, version, licence, licenceText }: BundledPackage): string | undefined {
  if (!PERMISSIVE_LICENCES.includes(licence))
    return `${name} ${version} has the licence ${licence}. Allowed are ${PERMISSIVE_LICENCES.join(', ')}.`;
  if (licence !== TEXT_IN_LICENSE && licenceText === undefined)
    return `${name} ${version} ships no licence file, and ${licence} requires its text.`;
  return undefined;
}

/** The one licence whose text need not be repeated: it is the project's own, in the file LICENSE. */
const TEXT_IN_LICENSE = 'Apache-2.0';

function introduction(count: number, uapCoreVersion: string): string {
  return `cloudtrail-firehose

This product includes rules derived from regexes.yaml of uap-core ${uapCoreVersion}
(https://github.com/ua-parser/uap-core)
Copyright 2009 Google Inc.
Licensed under the Apache License, Version 2.0; you may obtain a copy at
http://www.apache.org/licenses/LICENSE-2.0
Changes: rewritten as lambda/normalize/user-agent-rules.ts, one rule per line, without the
brand and model of devices, with the text each match requires marked.

The deployed function is a single file. It includes code of the ${count} npm packages below.
This file is generated from that bundle: npm run generate:notice`;
}

function renderLicence(licence: string, packages: readonly BundledPackage[]): string {
  if (licence === TEXT_IN_LICENSE)
    return [`${licence}: see the file LICENSE for its text.`, ...packages.map(renderAttribution)].join(
      '\n\n',
    );
  const texts = new Set(packages.map(({ licenceText }) => licenceText));
  const groups = [...texts].map((text) => {
    const sharing = packages.filter(({ licenceText }) => licenceText === text);
    return `${sharing.map(renderHeading).join('\n')}\n\n${text}`;
  });
  return `${licence}\n\n${groups.join(`\n\n${'-'.repeat(80)}\n\n`)}`;
}

function renderHeading({ name, version, source }: BundledPackage): string {
  return `${name} ${version} (${source})`;
}

function renderAttribution(bundled: BundledPackage): string {
  return [
    renderHeading(bundled),
    copyrightOf(bundled),
    ...(bundled.noticeText ? [bundled.noticeText] : []),
  ].join('\n');
}

/** The copyright line of the licence file; the author if it has none. The line with `[yyyy]` is Apache's template. */
function copyrightOf({ author, licenceText = '' }: BundledPackage): string {
  return /^ *(Copyright .*\d{4}.*)$/m.exec(licenceText)?.[1] ?? `Author: ${author}`;
}

/** tldts compiles the list into its code, and its own licence does not cover it. */
function publicSuffixList({ version }: BundledPackage): string {
  return `Public Suffix List, as compiled into tldts ${version}

Licensed under the Mozilla Public License, Version 2.0. This Source Code Form is subject to
the terms of the Mozilla Public License, v. 2.0. If a copy of the MPL was not distributed
with this file, You can obtain one at https://mozilla.org/MPL/2.0/.
Source: https://publicsuffix.org/list/public_suffix_list.dat
History of the source: https://github.com/publicsuffix/list`;
}
