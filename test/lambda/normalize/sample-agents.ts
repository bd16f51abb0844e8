import fc from 'fast-check';
import { browserRules, deviceRules, osRules } from './uap-reference.ts';

/** About 5,000 distinct user agents, the same in all runs. */
export function sampleAgents(): string[] {
  return [...new Set([...agentsFromExpressions(), ...awsAgents(), ...browserAgents(), ...oddAgents])];
}

/** For each expression of uap-core: two matches, one inside a browser's agent, a near miss, another case. */
function agentsFromExpressions(): string[] {
  return [...browserRules, ...osRules, ...deviceRules].flatMap(({ expression }, index) => {
    // fast-check supports neither `\b` nor the empty group. Without them, a few samples are near misses.
    const arbitrary = fc.stringMatching(new RegExp(expression.source.replace(/\\b|\(\)/g, '')), {
      size: 'small',
    });
    const [first = '', second = ''] = fc.sample(arbitrary, { seed: index, numRuns: 2 });
    const gap = index % Math.max(1, second.length);
    return [
      first,
      second,
      `Mozilla/5.0 (Linux; U; Android 4.2.2; de-de${first}) AppleWebKit/534.30 Version/4.0 Mobile Safari/534.30`,
      second.slice(0, gap) + second.slice(gap + 1),
      index % 2 === 0 ? first.toUpperCase() : first.toLowerCase(),
    ];
  });
}

function awsAgents(): string[] {
  const versions = ['1.2.3', '2.15', '0.0.1-beta', '3.540.0', '1.11.802'];
  return versions.flatMap((version) => [
    `aws-cli/${version} Python/3.7.3 Linux/4.19.0-6-amd64 botocore/1.17.30`,
    `aws-cli/${version} md/awscrt#0.19 ua/2.0 os/macos#23.4.0 md/arch#arm64 lang/python#3.11.8 cfg/retry-mode#standard`,
    `Boto3/${version} Python/3.12.2 Windows/10 exec-env/AWS_Lambda_python3.12 Botocore/1.34.69`,
    `Botocore/${version} Python/3.9.16 Linux/5.10.167`,
    `aws-sdk-go/${version} (go1.19.6; linux; amd64) S3Manager`,
    `aws-sdk-go-v2/${version} os/windows lang/go#1.22.1 md/GOOS#windows api/s3#1.53.0`,
    `aws-sdk-java/${version} Mac_OS_X/10.15.7 OpenJDK_64-Bit_Server_VM/25.275 java/1.8.0_275`,
    `aws-internal/3 aws-sdk-java/${version} Linux/5.4.228 OpenJDK_64-Bit_Server_VM/11.0.7+10-LTS`,
    `aws-sdk-js/${version} ua/2.0 os/linux#5.10 lang/js md/nodejs#18.19.1 api/dynamodb#3.540.0`,
    `aws-sdk-nodejs/${version} darwin/v16.0.0 promise`,
    `aws-sdk-ruby3/${version} ruby/3.2.2 x86_64-linux aws-sdk-ec2/1.1`,
    `aws-sdk-php/${version} OS/Linux/5.10 lang/php/8.2 GuzzleHttp/7`,
    `aws-sdk-rust/${version} os/linux lang/rust/1.76.0`,
    `aws-sdk-dotnet-coreclr/${version} .NET_Core/6.0.26 OS/Microsoft_Windows_10.0.17763`,
    `aws-sdk-cpp/${version} Linux/5.15 x86_64 GCC/9.4`,
    `APN/1.0 HashiCorp/1.0 Terraform/${version} (+https://www.terraform.io) terraform-provider-aws/4.59.0`,
    `[S3Console/${version}, aws-internal/3 aws-sdk-java/1.11.1030 Linux/5.4.228]`,
    `[${version}]`,
    `CWAgent/${version} (go1.20; linux; amd64) ID/0b1c`,
    `amazon-ssm-agent/${version} Go-http-client/1.1`,
    `kubectl/v${version} (linux/amd64) kubernetes/8cfcba0`,
    `cloudformation.amazonaws.com/${version}`,
    `${version}.amazonaws.com`,
    `Coral/Netty4/${version}`,
    `ElasticWolf/${version}`,
  ]);
}

function browserAgents(): string[] {
  const systems = [
    'Windows NT 10.0; Win64; x64',
    'Windows NT 6.1; WOW64',
    'Macintosh; Intel Mac OS X 10_15_7',
    'X11; Linux x86_64',
    'X11; Ubuntu; Linux x86_64',
    'X11; CrOS x86_64 14541.0.0',
    'iPhone; CPU iPhone OS 16_3_1 like Mac OS X',
    'iPad; CPU OS 15_6 like Mac OS X',
    'Linux; Android 12; SM-G991B',
    'Linux; Android 9; Pixel 3 Build/PQ1A.181105.017',
    'Linux; Android 4.4.2; HUAWEI P7-L10 Build/HuaweiP7-L10',
    'Linux; U; Android 2.3.5; en-us; HTC Vision Build/GRI40',
    'compatible; Googlebot/2.1; +http://www.google.com/bot.html',
    'SMART-TV; Linux; Tizen 5.0',
    'PlayStation 4 7.51',
  ];
  return systems.flatMap((system) => [
    `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/105.0.0.0 Safari/537.36`,
    `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.71 Mobile Safari/537.36 Edg/120.0.2210.61`,
    `Mozilla/5.0 (${system}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.3 Mobile/15E148 Safari/604.1`,
    `Mozilla/5.0 (${system}; rv:109.0) Gecko/20100101 Firefox/118.0`,
    `Mozilla/5.0 (${system}) AppleWebKit/537.36 Chrome/99.0 Safari/537.36 OPR/85.0.4341.60`,
    `Opera/9.80 (${system}) Presto/2.12.388 Version/12.16`,
    `Mozilla/4.0 (compatible; MSIE 7.0; ${system}; Trident/4.0)`,
  ]);
}

export const oddAgents = [
  '',
  ' ',
  '-',
  '"aws-cli/1.2.3"',
  "'",
  '\u0000',
  'Firefox/1.2\nChrome/3.4.5',
  '\r\nChrome/3.4.5.6\t',
  '$1 $2 $& $` /$1.$2',
  'Minefield/$1.2.3',
  '__proto__',
  'constructor/1.2 prototype/3.4',
  '<script>~</script>',
  'Čeština/1.0 Firefox/12.0',
  'SznProhlizec/4.1.2',
  '🦊Firefox/118.0🦊',
  'Firefox/١٢.٣',
  // With the `i` flag, none of these equals an ASCII letter, although toLowerCase turns one into a k.
  '; nexu\u017F Build \u212Aindle noki\u0131a \u0130phone',
  '\uD83D lone \uDE00 surrogate Firefox/1.0',
  'FIREFOX/118.0 chrome/105.0.0 AWS-CLI/1.0.0',
  'Firefox/007.010.0',
  'Chrome/1..2',
  '-iPad/1 CFNetwork',
  '/5 CFNetwork',
  `${' '.repeat(450)}aws-cli/1.18.87 Python/3.7.3 Linux/4.19.0-6-amd64 botocore/1.17.30`,
  `${' '.repeat(65_536)}aws-cli/1.18.87 Linux/4.19.0`,
  `\u00A0\uFEFF\u2028${'x'.repeat(480)} Chrome/105.0.0.0`,
  `${'x'.repeat(495)}🦊🦊🦊 Firefox/118.0`,
  `${'x'.repeat(488)}Firefox/118.0`,
  ...['a', '; ', 'bot ', 'A-', '1.', 'Mozilla/5.0 (', 'Android ', ' Build', 'é', '🦊', '\n'].map((piece) =>
    piece.repeat(Math.ceil(65_536 / piece.length)),
  ),
];

/** One to four edits of a sample: another case, a cut, a part of another sample, an odd character, repetition. */
export function mutatedAgents(agents: readonly string[]): fc.Arbitrary<string> {
  const odd = fc.constantFrom(
    '\u0000',
    '\n',
    'é',
    '🦊',
    '\ud83d',
    '\u212a',
    '\u017f',
    '\u0130',
    'Σ',
    ' ',
    '; ',
    '/',
    '-',
  );
  const edit = fc.record({
    kind: fc.constantFrom('upper', 'lower', 'cut', 'insert', 'odd', 'repeat'),
    at: fc.nat(200),
    length: fc.integer({ min: 1, max: 20 }),
    other: fc.constantFrom(...agents),
    odd,
  });
  return fc
    .tuple(fc.constantFrom(...agents), fc.array(edit, { minLength: 1, maxLength: 4 }))
    .map(([agent, edits]) => edits.reduce(applyEdit, agent));
}

interface Edit {
  kind: string;
  at: number;
  length: number;
  other: string;
  odd: string;
}

function applyEdit(agent: string, { kind, at, length, other, odd }: Edit): string {
  const from = at % (agent.length + 1);
  const [before, part, after] = [
    agent.slice(0, from),
    agent.slice(from, from + length),
    agent.slice(from + length),
  ];
  const rest = part + after;
  switch (kind) {
    case 'upper':
      return before + part.toUpperCase() + after;
    case 'lower':
      return before + part.toLowerCase() + after;
    case 'cut':
      return before + after;
    case 'insert':
      return before + other.slice(at % (other.length + 1)).slice(0, 60) + rest;
    case 'odd':
      return before + odd + rest;
    default:
      return before + part.repeat(30) + after;
  }
}
