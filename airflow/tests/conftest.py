"""The DAG folder as the stack lays it out, and a Kafka that librdkafka mocks, on loopback."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

repository = Path(__file__).parents[2]
home = Path(tempfile.mkdtemp(prefix="airflow-tests-"))
dags = home / "dags"
shutil.copytree(repository / "airflow" / "dags", dags, ignore=shutil.ignore_patterns("__pycache__"))
specs = json.loads(
    subprocess.run(
        [repository / "node_modules" / ".bin" / "tsx", "airflow/tests/specs.ts"],
        cwd=repository,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
)
for spec in specs:
    (dags / f"{spec['name']}.json").write_text(json.dumps(spec))
# Airflow reads these once, when it is imported.
os.environ.update(
    AIRFLOW_HOME=str(home),
    AIRFLOW__CORE__DAGS_FOLDER=str(dags),
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__CORE__UNIT_TEST_MODE="False",
)
sys.path.insert(0, str(dags))


def pytest_sessionfinish() -> None:
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def spec() -> dict:
    return json.loads((dags / "prices.json").read_text())


@pytest.fixture
def stream():
    from stream import Stream

    return Stream.load(dags / "prices.json")


@pytest.fixture
def shop():
    """A stream with a field of every kind."""
    from stream import Stream

    return Stream.load(dags / "web-shop.json")


@pytest.fixture
def kafka():
    """A broker of librdkafka's own mock cluster; it answers for as long as its producer lives."""
    from confluent_kafka import Producer
    from stream import KafkaAccess

    owner = Producer({"test.mock.num.brokers": 1, "log_level": 0})
    (broker,) = owner.list_topics(timeout=10).brokers.values()
    yield KafkaAccess("prices", {"bootstrap.servers": f"{broker.host}:{broker.port}"})
    owner.flush(1)
