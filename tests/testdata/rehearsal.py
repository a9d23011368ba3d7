# The rehearsal with boto3, run by rehearsal_test.go in a terminal: boto3 reads
# the same profile as the AWS CLI, and asks for the code in the same way.
import os
import sys

try:
    import boto3
    import botocore.credentials
    import botocore.exceptions
    import botocore.session
except ImportError as missing:
    print(missing)
    sys.exit(77)

profile = sys.argv[1]


def session(name, cached=False):
    core = botocore.session.Session(profile=name)
    if cached:
        provider = core.get_component("credential_provider").get_provider("assume-role")
        provider.cache = botocore.credentials.JSONFileCache(os.path.expanduser("~/.aws/cli/cache"))
    return boto3.Session(botocore_session=core)


def show(title, call):
    try:
        print(title + ":", call())
    except botocore.exceptions.ClientError as refused:
        print(title + ":", refused)


def buckets(used):
    return used.client("s3").list_buckets()["Buckets"]


def identity(used):
    return used.client("sts").get_caller_identity()["Arn"]


show("key alone", lambda: buckets(session("default")))
first = session(profile, cached=True)
show("role", lambda: identity(first))
show("same session", lambda: buckets(first))
show("cached", lambda: buckets(session(profile, cached=True)))
show("wrong code", lambda: identity(session(profile)))
