"""
Results that are small enough for an XCom: a summary and a list of keys, not the rows.

Use it whenever the result of a task grows with its input. An XCom is a row of the metadata database; Airflow sets no
limit, so one large result slows everybody down. Return counts and places, and stay below 48 KB. What may be larger
belongs in object storage or in a table.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


def read_rows() -> list[dict]:
    """In real life: from a database."""
    return [{"id": number, "shop": f"shop {number % 7}", "amount": number % 90} for number in range(5000)]


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def xcom_size_limit():
    @task
    def summarise() -> dict:
        rows = read_rows()
        return {"rows": len(rows), "amount": sum(row["amount"] for row in rows)}

    @task
    def list_shops() -> list[str]:
        return sorted({row["shop"] for row in read_rows()})

    @task
    def announce(summary: dict, shops: list[str]) -> str:
        return f"{summary['rows']} rows of {len(shops)} shops"

    announce(summarise(), list_shops())


xcom_size_limit()
