"""The DAG's structure, and how its task behaves within Airflow."""

import inspect
import os
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.sdk.exceptions import AirflowFailException

folder = os.environ["AIRFLOW__CORE__DAGS_FOLDER"]
moment = datetime(2026, 11, 23, 1, 52, tzinfo=UTC)


@pytest.fixture(scope="module")
def dags():
    bag = BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder")
    assert bag.import_errors == {}
    return bag.dags


@pytest.fixture(scope="module")
def dag(dags):
    return dags["prices"]


def test_each_spec_is_a_dag_of_its_name(dags):
    assert sorted(dags) == ["prices", "web-shop"]
    assert dags["web-shop"].dag_display_name == "Web shop"
    assert dags["prices"].description == "Prices of four coins"


def test_runs_each_minute_unpaused_one_at_a_time_and_makes_nothing_up(dag):
    assert dag.schedule == "*/1 * * * *"
    assert dag.catchup is False
    assert dag.is_paused_upon_creation is False
    assert dag.max_active_runs == 1


def test_has_one_task_which_is_tried_three_times_with_growing_pauses(dag):
    (task,) = dag.tasks
    assert task.task_id == "send_events"
    assert task.retries == 2
    assert task.retry_exponential_backoff
    assert task.retry_delay == timedelta(seconds=3)
    assert task.execution_timeout == timedelta(seconds=45)


@pytest.fixture
def send(dags, monkeypatch):
    """Runs the function of a DAG's task at a moment, as a certain try."""

    def run(attempt: int = 1, dag: str = "prices"):
        function = dags[dag].get_task("send_events").python_callable
        context = {
            "dag_run": SimpleNamespace(logical_date=moment, run_after=moment),
            "ti": SimpleNamespace(try_number=attempt),
        }
        monkeypatch.setitem(function.__globals__, "get_current_context", lambda: context)
        return function()

    return run


def connect(monkeypatch, extra: str, login: str = "", stream: str = "PRICES") -> None:
    monkeypatch.setenv(
        f"AIRFLOW_CONN_KAFKA_{stream}", f'{{"conn_type": "kafka", {login} "extra": {extra}}}'
    )


def test_sends_where_the_connection_says(send, kafka, monkeypatch):
    connect(monkeypatch, f'{{"bootstrap.servers": "{kafka.servers}", "topic": "prices"}}')
    result = send()
    assert result["topic"] == "prices"
    assert result["sent"] == 4


def test_finds_the_connection_of_a_stream_with_a_hyphen_in_its_name(send, kafka, monkeypatch):
    extra = f'{{"bootstrap.servers": "{kafka.servers}", "topic": "prices"}}'
    connect(monkeypatch, extra, stream="WEB_SHOP")
    assert send(dag="web-shop")["sent"] == 2


def test_names_broker_and_reason_but_not_the_password_where_the_connection_is_wrong(
    send, monkeypatch
):
    monkeypatch.setattr("stream.DELIVERY_SECONDS", 1)
    connect(
        monkeypatch,
        '{"bootstrap.servers": "127.0.0.1:1", "topic": "prices", "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN"}',
        login='"login": "producer", "password": "sesame-open",',
    )
    with pytest.raises(RuntimeError) as error:
        send()
    assert "4 of 4 messages to topic prices were not acknowledged by 127.0.0.1:1" in str(
        error.value
    )
    assert "Connection refused" in str(error.value)
    assert "sesame-open" not in str(error.value)


def test_names_what_the_connection_lacks(send, monkeypatch):
    connect(monkeypatch, '{"bootstrap.servers": "127.0.0.1:1"}')
    with pytest.raises(
        ValueError, match='connection kafka_prices: "topic" is missing in its extra'
    ):
        send()


def test_is_not_tried_again_where_an_event_does_not_fit(send, dag, kafka, monkeypatch):
    connect(monkeypatch, f'{{"bootstrap.servers": "{kafka.servers}", "topic": "prices"}}')
    stream = inspect.getclosurevars(dag.get_task("send_events").python_callable).nonlocals["stream"]
    monkeypatch.setitem(stream.schema["properties"], "data_id", {"type": "string"})
    with pytest.raises(AirflowFailException, match="data_id .* is not of type 'string'; refused"):
        send()
