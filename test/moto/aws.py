"""The AWS CLI, for the operations that moto does not implement: it parses and validates, and sends nothing.

PARSED_ONLY holds their names, separated by spaces: `sqs.StartMessageMoveTask`. Every other operation is sent.
"""

import os
import sys

from awscli.clidriver import create_clidriver


class NoAnswer:
    status_code = 200


def answer(**_):
    return NoAnswer(), {"ResponseMetadata": {"HTTPStatusCode": 200}}


driver = create_clidriver()
for operation in os.environ["PARSED_ONLY"].split():
    driver.session.register(f"before-call.{operation}", answer)
# Version 1 of the CLI ignores AWS_ENDPOINT_URL for SQS.
sys.exit(driver.main([*sys.argv[1:], "--endpoint-url", os.environ["AWS_ENDPOINT_URL"]]))
