"""Airflow 2.7 to 2.11."""
