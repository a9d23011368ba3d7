"""Makes AWS calls as whoever has these credentials, and prints what comes of each: ok, or the code of the error."""
import json
import sys

import boto3
import botocore

for line in sys.stdin:
    call = json.loads(line)
    keys = call["Keys"]
    client = boto3.client(
        call["Service"], region_name="eu-west-1", endpoint_url=sys.argv[1], aws_access_key_id=keys["AccessKeyID"],
        aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"] or None)
    try:
        getattr(client, call["Operation"])(**call["Parameters"])
        print("ok")
    except botocore.exceptions.ClientError as e:
        print(e.response["Error"]["Code"])
