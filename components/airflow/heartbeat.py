"""Ends with 0 where this pod's DAG processor has noted a heartbeat lately: the question of its probes.

The DAG processor has no health endpoint, and Airflow's own command for this imports for seconds at each question.
"""

import os
import socket
import sys

import psycopg2

MAX_AGE_SECONDS = 30


def main() -> None:
    url = os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    connection = psycopg2.connect(
        url.replace("postgresql+psycopg2:", "postgresql:"), connect_timeout=3
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXTRACT(EPOCH FROM now() - max(latest_heartbeat)) FROM job"
            " WHERE job_type = 'DagProcessorJob' AND state = 'running' AND hostname = %s",
            (socket.gethostbyname(socket.gethostname()),),
        )
        (age,) = cursor.fetchone()
    if age is None or age > MAX_AGE_SECONDS:
        sys.exit(f"no heartbeat of the DAG processor for {MAX_AGE_SECONDS} s; its last age: {age}")


if __name__ == "__main__":
    main()
