"""
Third party packages: a task runs where packages are installed that Airflow does not have.

Reference DAG: dags/third_party_packages.py        Seed: section 4
"""
