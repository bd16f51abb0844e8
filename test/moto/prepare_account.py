"""Creates in moto what the documented commands expect beside the pipeline's resources.

Reads a JSON object from standard input: `queueArn`, `function` and maybe its `environment` of the pipeline, and
`outputs` of the stack.
"""

import io
import json
import sys
import zipfile

import boto3

ROLE = "CloudTrailFirehose-StreamRole9B32171A-AbCdEfGhIjKl"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    ],
}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}]}

given = json.load(sys.stdin)
client = boto3.client

code = io.BytesIO()
with zipfile.ZipFile(code, "w") as archive:
    archive.writestr("index.js", "exports.handler = 1")
for role in ("Deliver", ROLE):
    client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(TRUST))
client("iam").put_role_policy(RoleName=ROLE, PolicyName="Deliver", PolicyDocument=json.dumps(POLICY))

functions = client("lambda")
functions.create_function(
    FunctionName=given["function"],
    Runtime="nodejs24.x",
    Handler="index.handler",
    Role="arn:aws:iam::123456789012:role/Deliver",
    Code={"ZipFile": code.getvalue()},
    Environment={"Variables": given.get("environment", {})},
)
functions.add_permission(
    FunctionName=given["function"], StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
)

topic = client("sns").create_topic(Name="their-topic")["TopicArn"]
client("sqs").create_queue(QueueName="their-queue")
# Not the work queue: moto would invoke the function at once, in Docker, and move the message to the dead-letter queue.
mapping = functions.create_event_source_mapping(
    FunctionName=given["function"], EventSourceArn="arn:aws:sqs:eu-west-3:123456789012:their-queue"
)
if "BackfillMapping" in given["outputs"]:
    given["outputs"]["BackfillMapping"] = mapping["UUID"]
    client("logs").create_log_group(logGroupName=given["outputs"]["BackfillFunctionLogGroup"])
s3 = client("s3")
for bucket in ("my-trail-bucket", "old-trail-bucket", "cloudtrailfirehose-trail-111122223333-eu-west-3"):
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "QueueConfigurations": [
                {"Id": "ours", "QueueArn": given["queueArn"], "Events": ["s3:ObjectCreated:*"]},
            ],
            "TopicConfigurations": [{"Id": "theirs", "TopicArn": topic, "Events": ["s3:ObjectRemoved:*"]}],
        },
    )

s3.create_bucket(Bucket="job-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})

client("cloudtrail").create_trail(Name="their-trail", S3BucketName="my-trail-bucket")
client("logs").create_log_group(logGroupName="CloudTrailFirehose-StreamLogF83655BB-AbCdEfGhIjKl")
client("firehose").create_delivery_stream(
    DeliveryStreamName="CloudTrailFirehose-Stream862536A4-AbCdEfGhIjKl",
    ExtendedS3DestinationConfiguration={
        "RoleARN": f"arn:aws:iam::123456789012:role/{ROLE}",
        "BucketARN": "arn:aws:s3:::my-trail-bucket",
    },
)
template = {
    "Resources": {"Any": {"Type": "AWS::SNS::Topic"}},
    "Outputs": {name: {"Value": value} for name, value in given["outputs"].items()},
}
client("cloudformation").create_stack(StackName="CloudTrailFirehose", TemplateBody=json.dumps(template))
