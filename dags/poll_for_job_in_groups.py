"""
Jobs of another system inside task groups, and mapped: each sensor waits for the job run of its own instance.

Use it when one job has to run for several things. Mind how many runs of it the other system allows at a time.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group
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
def poll_for_job_in_groups():
    @task
    def start_job(region: str) -> str:
        return glue().start_job_run(JobName=JOB, Arguments={"--region": region})["JobRunId"]

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

    @task_group
    def shop():
        @task_group
        def sums():
            job_runs = start_job.expand(region=["north", "south"])
            wait_for_job.expand(job_run=job_runs) >> use_result.expand(job_run=job_runs)

        sums()

    @task_group
    def country(name: str):
        job_run = start_job(name)
        wait_for_job(job_run) >> use_result(job_run)

    shop()
    country.expand(name=["france", "spain"])


poll_for_job_in_groups()
