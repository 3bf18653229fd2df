"""The DAG's structure, and how its task behaves within Airflow."""

import os
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.sdk.exceptions import AirflowFailException

folder = os.environ["AIRFLOW__CORE__DAGS_FOLDER"]
moment = datetime(2026, 11, 23, 1, 52, tzinfo=UTC)


@pytest.fixture(scope="module")
def dag():
    bag = BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder")
    assert bag.import_errors == {}
    assert list(bag.dags) == ["demo"]
    return bag.dags["demo"]


def test_runs_each_minute_unpaused_one_at_a_time_and_makes_nothing_up(dag):
    assert dag.schedule == "*/1 * * * *"
    assert dag.catchup is False
    assert dag.is_paused_upon_creation is False
    assert dag.max_active_runs == 1


def test_has_one_task_which_is_tried_three_times_with_growing_pauses(dag):
    (task,) = dag.tasks
    assert task.task_id == "send_prices"
    assert task.retries == 2
    assert task.retry_exponential_backoff
    assert task.retry_delay == timedelta(seconds=3)
    assert task.execution_timeout == timedelta(seconds=45)


@pytest.fixture
def send(dag, monkeypatch):
    """Runs the task's function at a moment, as a certain try."""
    function = dag.get_task("send_prices").python_callable

    def run(attempt: int = 1):
        context = {
            "dag_run": SimpleNamespace(logical_date=moment, run_after=moment),
            "ti": SimpleNamespace(try_number=attempt),
        }
        monkeypatch.setitem(function.__globals__, "get_current_context", lambda: context)
        return function()

    return run


def connect(monkeypatch, extra: str, login: str = "") -> None:
    monkeypatch.setenv(
        "AIRFLOW_CONN_KAFKA_DEMO", f'{{"conn_type": "kafka", {login} "extra": {extra}}}'
    )


def test_sends_where_the_connection_says(send, kafka, monkeypatch):
    connect(monkeypatch, f'{{"bootstrap.servers": "{kafka.servers}", "topic": "prices"}}')
    result = send()
    assert result["topic"] == "prices"
    assert result["sent"] == 4


def test_names_broker_and_reason_but_not_the_password_where_the_connection_is_wrong(
    send, monkeypatch
):
    monkeypatch.setattr("stream.DELIVERY_SECONDS", 1)
    connect(
        monkeypatch,
        '{"bootstrap.servers": "127.0.0.1:1", "topic": "demo", "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN"}',
        login='"login": "producer", "password": "sesame-open",',
    )
    with pytest.raises(RuntimeError) as error:
        send()
    assert "4 of 4 messages to topic demo were not acknowledged by 127.0.0.1:1" in str(error.value)
    assert "Connection refused" in str(error.value)
    assert "sesame-open" not in str(error.value)


def test_names_what_the_connection_lacks(send, monkeypatch):
    connect(monkeypatch, '{"bootstrap.servers": "127.0.0.1:1"}')
    with pytest.raises(ValueError, match='connection kafka_demo: "topic" is missing in its extra'):
        send()


def test_is_not_tried_again_where_an_event_does_not_fit(send, kafka, monkeypatch):
    connect(monkeypatch, f'{{"bootstrap.servers": "{kafka.servers}", "topic": "demo"}}')
    stream = send.__closure__[0].cell_contents.__globals__["stream"]
    monkeypatch.setitem(stream.schema["properties"], "data_id", {"type": "string"})
    with pytest.raises(AirflowFailException, match="data_id .* is not of type 'string'; refused"):
        send()
