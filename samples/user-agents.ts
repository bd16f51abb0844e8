/** User agents as CloudTrail records them, by kind of caller. */

export const browserAgents = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
] as const;

/** User agents of the console's back ends, which call on behalf of a user. */
export const consoleAgents = [
  'console.amazonaws.com',
  'AWS Internal',
  'signin.amazonaws.com',
  'S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.750 Linux/5.10.236-208.928.amzn2int.x86_64 OpenJDK_64-Bit_Server_VM/25.452-b09 java/1.8.0_452 vendor/Oracle_Corporation cfg/retry-mode/standard',
  '[S3Console/0.4, aws-internal/3 aws-sdk-java/1.11.1030 Linux/5.4.204-124.362.amzn2int.x86_64 OpenJDK_64-Bit_Server_VM/25.302-b08 java/1.8.0_302 vendor/Oracle_Corporation cfg/retry-mode/standard]',
  ...browserAgents,
] as const;

export const cliAgents = [
  'aws-cli/1.18.87 Python/3.7.3 Linux/4.19.0-6-amd64 botocore/1.17.30',
  'aws-cli/1.42.60 md/Botocore#1.40.60 ua/2.1 os/macos#24.6.0 md/arch#arm64 lang/python#3.13.7 md/pyimpl#CPython cfg/retry-mode#legacy botocore/1.40.60',
  'aws-cli/2.15.34 Python/3.11.8 Linux/5.10.210-201.852.amzn2.x86_64 exe/x86_64.amzn.2 prompt/off command/s3.ls',
  'aws-cli/2.31.18 md/awscrt#0.27.6 ua/2.1 os/linux#6.8.0-85-generic md/arch#x86_64 lang/python#3.13.7 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/distrib#ubuntu.24 md/prompt#off md/command#sts.get-caller-identity',
  'aws-cli/2.31.18 md/awscrt#0.27.6 ua/2.1 os/windows#11 md/arch#amd64 lang/python#3.13.7 md/pyimpl#CPython m/E,b,Z cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#ec2.describe-instances',
  'AWSPowerShell.Common/4.1.917 .NET_Core/8.0.20 OS/Microsoft_Windows_10.0.20348 PowerShellCore/7.5.3 ClientAsync',
] as const;

export const terraformAgents = [
  'APN/1.0 HashiCorp/1.0 Terraform/1.13.4 (+https://www.terraform.io) terraform-provider-aws/6.17.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.39.3 ua/2.1 os/linux lang/go#1.24.6 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.257.1',
  'APN/1.0 HashiCorp/1.0 Terraform/1.4.7 (+https://www.terraform.io) terraform-provider-aws/4.59.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go/1.44.221 (go1.19.6; linux; amd64)',
  'APN/1.1 (Pulumi/v3.203.0; pulumi-aws/7.9.1) aws-sdk-go-v2/1.39.3 ua/2.1 os/linux lang/go#1.25.3 md/GOOS#linux md/GOARCH#amd64',
] as const;

/** SDKs of every language: short user agents of older releases, long ones of current releases. */
export const sdkAgents = [
  'aws-sdk-js/3.914.0 ua/2.1 os/linux#5.10.245-267.987.amzn2.x86_64 lang/js md/nodejs#22.20.0 exec-env/AWS_Lambda_nodejs22.x api/s3#3.914.0 m/E',
  'aws-sdk-nodejs/2.1692.0 linux/v20.19.5 exec-env/AWS_Lambda_nodejs20.x promise',
  'Boto3/1.40.57 md/Botocore#1.40.57 ua/2.1 os/linux#6.1.155-176.282.amzn2023.x86_64 md/arch#x86_64 lang/python#3.12.12 md/pyimpl#CPython exec-env/AWS_ECS_FARGATE m/b,Z,D cfg/retry-mode#legacy Botocore/1.40.57',
  'Boto3/1.26.165 Python/3.9.20 Linux/5.10.0 Botocore/1.29.165',
  'aws-sdk-java/2.36.2 md/io#async md/http#NettyNio md/internal ua/2.1 api/S3#2.36.x os/Linux#6.1.155 lang/java#21.0.8',
  'aws-sdk-java/1.12.793 Linux/4.14.181 OpenJDK_64-Bit_Server_VM/25.452-b09 java/1.8.0_452',
  'aws-sdk-go-v2/1.39.4 ua/2.1 os/linux lang/go#1.25.3 md/GOOS#linux md/GOARCH#arm64 exec-env/AWS_EKS',
  'aws-sdk-go/1.55.7 (go1.24.9; linux; amd64)',
  'aws-sdk-rust/1.3.9 ua/2.1 api/dynamodb/1.96.0 os/linux lang/rust/1.88.0',
  'aws-sdk-dotnet-coreclr/4.0.9.1 ua/2.1 os/linux#6.1.0 md/ARCH#X64 lang/.NET_Core#8.0.20 cfg/retry-mode#standard',
  'aws-sdk-cpp/1.11.667 ua/2.1 api/S3 os/Linux#6.1.155 lang/c++#C++11 md/aws-crt#0.35.0 md/GCC#11.5.0',
  'aws-sdk-php/3.356.40 ua/2.1 OS/Linux#6.1.155 lang/php#8.4.13 GuzzleHttp/7',
  'aws-sdk-ruby3/3.234.0 ua/2.1 api/s3#1.201.0 os/linux md/x86_64 lang/ruby#3.4.7 md/3.4.7 m/D',
  'aws-sdk-kotlin/1.5.62 ua/2.1 api/secretsmanager#1.5.62 os/linux#6.1.155 lang/kotlin#2.2.20',
  'amazon-ssm-agent/3.3.3050.0 aws-sdk-go/1.55.7 (go1.24.9; linux; amd64)',
  'Go-http-client/1.1',
] as const;
