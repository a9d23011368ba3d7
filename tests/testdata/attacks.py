"""Makes AWS calls as whoever has these credentials, and prints what comes of each: ok, or the code of the error."""
import functools
import json
import sys

import boto3
import botocore


@functools.cache
def client(service, key, secret, token):
    return boto3.client(
        service, region_name="eu-west-1", endpoint_url=sys.argv[1], aws_access_key_id=key,
        aws_secret_access_key=secret, aws_session_token=token or None)


for line in sys.stdin:
    call = json.loads(line)
    keys = call["Keys"]
    aws = client(call["Service"], keys["AccessKeyID"], keys["SecretAccessKey"], keys["SessionToken"])
    try:
        getattr(aws, call["Operation"])(**call["Parameters"])
        print("ok", flush=True)
    except botocore.exceptions.ClientError as e:
        print(e.response["Error"]["Code"], flush=True)
