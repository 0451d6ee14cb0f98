"""The executable specification of how Apache Airflow behaves at run time."""

__version__ = "0.1.0"
