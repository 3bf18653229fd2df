"""The DAG of the stream "demo": each minute, the price of each coin.

demo.json, which the stack derives from pipelines/demo.ts, lies beside it; where to send, the connection says.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.sdk import Connection, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException
from stream import EventRefused, KafkaAccess, Stream, send_round

stream = Stream.load(Path(__file__).with_name("demo.json"))


@dag(
    dag_id=stream.name,
    dag_display_name="Demo",
    description="Sends the price of each coin to Kafka",
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
def demo():
    @task
    def send_prices() -> dict:
        context = get_current_context()
        run = context["dag_run"]
        access = KafkaAccess.of(Connection.get(f"kafka_{stream.name}"))
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

    send_prices()


demo()
