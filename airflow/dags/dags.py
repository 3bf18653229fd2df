"""A DAG for each stream that declares `producer`: each minute, one round of its events.

The specs of the streams lie beside this file as <stream>.json; where to send, each stream's connection says.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.sdk import Connection, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException
from stream import EventRefused, KafkaAccess, Stream, send_round


def declare_dag(stream: Stream) -> None:
    @dag(
        dag_id=stream.name,
        dag_display_name=stream.name.replace("-", " ").replace("_", " ").capitalize(),
        description=stream.description or f"Sends the events of the stream {stream.name} to Kafka",
        schedule="*/1 * * * *",
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        catchup=False,
        is_paused_upon_creation=False,
        # A run that is still retrying is not overtaken; the runs that it delays to nothing are not made up for.
        max_active_runs=1,
        dagrun_timeout=timedelta(minutes=5),
        # Three tries take less than a minute even where each waits for a broker in vain.
        default_args={
            "retries": 2,
            "retry_delay": timedelta(seconds=3),
            "retry_exponential_backoff": True,
            "max_retry_delay": timedelta(seconds=15),
            "execution_timeout": timedelta(seconds=45),
        },
        tags=["realtime-analytics"],
    )
    def sender():
        @task
        def send_events() -> dict:
            context = get_current_context()
            run = context["dag_run"]
            access = KafkaAccess.of(Connection.get(stream.connection))
            try:
                return send_round(
                    stream,
                    access,
                    # A run that was triggered by hand without a date has none.
                    moment=run.logical_date or run.run_after,
                    attempt=context["ti"].try_number,
                )
            except EventRefused as error:
                raise AirflowFailException(str(error)) from error

        send_events()

    sender()


for file in sorted(Path(__file__).parent.glob("*.json")):
    declare_dag(Stream.load(file))
