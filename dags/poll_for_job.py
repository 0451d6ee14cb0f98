"""
Start a job somewhere else and wait for it: here AWS Glue.

Use it for work that another system does. One task starts the job and hands over the id of the job run, so that a
sensor never takes an earlier job run for its own; the sensor knows what each state means, and takes one that it does
not know for a failure. The task that starts is not retried: a second try would start a second job.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task
try:
    from airflow.sdk.exceptions import AirflowFailException
except ImportError:
    from airflow.exceptions import AirflowFailException

JOB = "sum-up-orders"
NOT_YET = {"STARTING", "RUNNING", "WAITING", "STOPPING"}


def glue():
    """Glue, by the connection that this machine has."""
    import boto3

    return boto3.client("glue")


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def poll_for_job():
    @task
    def start_job() -> str:
        return glue().start_job_run(JobName=JOB)["JobRunId"]

    @task.sensor(mode="reschedule", poke_interval=600, timeout=3600)
    def wait_for_job(job_run: str) -> bool:
        client = glue()
        try:
            state = client.get_job_run(JobName=JOB, RunId=job_run)["JobRun"]["JobRunState"]
        except client.exceptions.EntityNotFoundException:
            return False  # just started: not everywhere known yet
        if state != "SUCCEEDED" and state not in NOT_YET:
            raise AirflowFailException(f"job run {job_run} of {JOB} ended as {state}")
        return state == "SUCCEEDED"

    @task
    def use_result(job_run: str) -> str:
        return f"s3://results/{job_run}/"

    job_run = start_job()
    wait_for_job(job_run) >> use_result(job_run)


poll_for_job()
