"""
A script that takes 20 seconds, and says in an object of S3 how far it is: its one argument is the object's address.

It knows nothing of who started it. It says at once that it is at work, so that whoever waits can tell a slow script
from one that never started, and says in any case how it ended.
"""

import json
import sys
import time

import boto3


def main(status_address: str) -> None:
    say(status_address, "doing")
    try:
        sum_up()
    except Exception:
        say(status_address, "failed")
        raise
    say(status_address, "succeeded")


def sum_up() -> None:
    """In real life: the work."""
    time.sleep(20)


def say(address: str, status: str) -> None:
    bucket, _, key = address.removeprefix("s3://").partition("/")
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps({"status": status}))


if __name__ == "__main__":
    main(*sys.argv[1:])
