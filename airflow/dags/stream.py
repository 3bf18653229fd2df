"""Makes a round of a stream's events and sends it to Kafka, in such a way that a second try sends nothing twice.

What the stream's events are stands in its spec, a JSON file that the stack derives from pipelines/<name>.ts.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)
from jsonschema import Draft202012Validator

log = logging.getLogger(__name__)

DELIVERY_SECONDS = 10
"""How long Kafka may take to acknowledge a message; after that, the try has failed."""
QUERY_SECONDS = 10
"""How long Kafka may take to answer what is on the topic already."""


class EventRefused(ValueError):
    """An event doesn't fit the stream's schema. Nothing of its round was sent; another try would make it again."""


class NotAcknowledged(RuntimeError):
    """Kafka hasn't acknowledged all of a round. Another try sends what is missing."""


@dataclass(frozen=True)
class Stream:
    """A stream as pipelines/<name>.ts declares it."""

    name: str
    description: str
    schema: Mapping[str, Any]
    timestamp_field: str
    timestamp_format: str
    """epoch-seconds, epoch-milliseconds or iso-8601."""
    for_each: str
    """A round has one event for each value of this field."""
    ranges: Mapping[str, Mapping[str, Mapping[str, float]]]
    """Value → measure → its least and its greatest number."""
    choices: Mapping[str, Sequence[str | int | float | None]]
    """What each other field is drawn from. With None the event doesn't have the field."""

    @staticmethod
    def load(file: Path) -> Stream:
        spec = json.loads(file.read_text())
        return Stream(
            name=spec["name"],
            description=spec["description"],
            schema=spec["schema"],
            timestamp_field=spec["timestampField"],
            timestamp_format=spec["timestampFormat"],
            for_each=spec["forEach"],
            ranges=spec["ranges"],
            choices=spec["choices"],
        )

    @property
    def connection(self) -> str:
        """Id of the Airflow connection that says where to send. An environment variable can't have a hyphen."""
        return f"kafka_{self.name.replace('-', '_')}"


@dataclass(frozen=True)
class KafkaAccess:
    """Where and how to send, as the connection says."""

    topic: str
    config: Mapping[str, Any]
    """librdkafka's own settings, bootstrap.servers among them."""

    @staticmethod
    def of(connection: Any) -> KafkaAccess:
        """Reads an Airflow connection: `extra` holds `topic` and librdkafka's settings; user and password are SASL's.

        Raises ValueError that names the connection and what it lacks, never what it holds.
        """
        config = dict(connection.extra_dejson)
        topic = config.pop("topic", None)
        for key, value in (
            ("topic", topic),
            ("bootstrap.servers", config.get("bootstrap.servers")),
        ):
            if not value:
                raise ValueError(
                    f'connection {connection.conn_id}: "{key}" is missing in its extra; '
                    "the stack makes it, so `make up` puts it right"
                )
        if connection.login:
            config["sasl.username"] = connection.login
        if connection.password:
            config["sasl.password"] = connection.password
        return KafkaAccess(topic=topic, config=config)

    @property
    def servers(self) -> str:
        return self.config["bootstrap.servers"]


def make_round(stream: Stream, moment: datetime) -> dict[str, dict[str, Any]]:
    """One event for each value, by message key. The same moment makes the same round, whichever try asks for it.

    Raises EventRefused for an event that doesn't fit the stream's schema.
    """
    validator = Draft202012Validator(stream.schema)
    events = {}
    for value in stream.ranges:
        dice = random.Random(f"{stream.name} {message_key(value, moment)}")
        event = {
            **make_fields(stream, value, dice),
            stream.for_each: value,
            stream.timestamp_field: format_time(moment, stream.timestamp_format),
        }
        for problem in validator.iter_errors(event):
            where = ".".join(str(part) for part in problem.path) or "the event"
            raise EventRefused(
                f"stream {stream.name}: {where} {problem.message}; refused before anything was sent: {event}"
            )
        events[message_key(value, moment)] = event
    return events


def make_fields(stream: Stream, value: str, dice: random.Random) -> dict[str, Any]:
    """The fields that are drawn: measures from their ranges, the others from their choices."""
    fields: dict[str, Any] = {}
    for name, span in stream.ranges[value].items():
        is_whole = stream.schema["properties"][name]["type"] == "integer"
        draw = dice.randint if is_whole else dice.uniform
        fields[name] = draw(span["min"], span["max"])
    for name, choices in stream.choices.items():
        choice = dice.choice(choices)
        if choice is not None:
            fields[name] = choice
    return fields


def message_key(value: str, moment: datetime) -> str:
    """Tells a run's message from those of all other runs, and is the same in each of its tries."""
    return f"{value}@{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def format_time(moment: datetime, form: str) -> int | str:
    """A time as the event carries it."""
    if form == "epoch-seconds":
        return int(moment.timestamp())
    if form == "epoch-milliseconds":
        return int(moment.timestamp() * 1000)
    if form == "iso-8601":
        return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
    raise ValueError(
        f"timestampFormat must be epoch-seconds, epoch-milliseconds or iso-8601, is {form}"
    )


def send_round(
    stream: Stream, access: KafkaAccess, moment: datetime, attempt: int
) -> dict[str, Any]:
    """Sends the round of this moment, and returns how many messages Kafka acknowledged and where they lie.

    From the second attempt on, what an earlier one has brought to the topic is left out.

    Raises EventRefused or NotAcknowledged.
    """
    events = make_round(stream, moment)
    present = keys_since(access, moment) & events.keys() if attempt > 1 else set()
    missing = {key: event for key, event in events.items() if key not in present}
    headers = {"logical_date": moment.isoformat(), "attempt": str(attempt)}
    delivered = deliver(access, f"airflow-{stream.name}", missing, moment, headers)
    log.info("topic %s: %d sent, %d there already", access.topic, len(delivered), len(present))
    return {
        "topic": access.topic,
        "sent": len(delivered),
        "present": len(present),
        "offsets": [[message.partition(), message.offset()] for message in delivered],
    }


def deliver(
    access: KafkaAccess,
    client: str,
    events: Mapping[str, Mapping[str, Any]],
    moment: datetime,
    headers: dict[str, str],
) -> list[Message]:
    """Sends each event under its key, and returns once Kafka has acknowledged all.

    Raises NotAcknowledged that names the brokers and what librdkafka says of them.
    """
    delivered: list[Message] = []
    failed: list[KafkaError] = []
    reasons: list[str] = []
    producer = Producer(
        {
            **access.config,
            "client.id": client,
            "acks": "all",
            "enable.idempotence": True,
            "message.timeout.ms": DELIVERY_SECONDS * 1000,
            "error_cb": lambda error: remember(reasons, error),
        }
    )
    for key, event in events.items():
        producer.produce(
            access.topic,
            key=key,
            value=json.dumps(event, separators=(",", ":")),
            timestamp=int(moment.timestamp() * 1000),
            headers=headers,
            on_delivery=lambda error, message: (
                failed.append(error) if error else delivered.append(message)
            ),
        )
    unsent = producer.flush(DELIVERY_SECONDS + 5)
    if failed or unsent:
        reasons += [error.str() for error in failed]
        raise NotAcknowledged(
            f"{len(failed) + unsent} of {len(events)} messages to topic {access.topic} were not acknowledged "
            f"by {access.servers} within {DELIVERY_SECONDS} s: {reasons[0] if reasons else 'no answer'}"
        )
    return delivered


def remember(reasons: list[str], error: KafkaError) -> None:
    """Keeps what says why; that all brokers are down follows from it."""
    if error.code() != KafkaError._ALL_BROKERS_DOWN:
        reasons.append(error.str())


def keys_since(access: KafkaAccess, moment: datetime) -> set[str]:
    """Keys of the messages on the topic whose time is this moment or later.

    Raises NotAcknowledged where Kafka doesn't say, for without an answer a message could be sent twice.
    """
    reasons: list[str] = []
    consumer = Consumer(
        {
            **access.config,
            # A name is asked for; no offset is ever committed to it.
            "group.id": "airflow-keys",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "error_cb": lambda error: remember(reasons, error),
        }
    )
    try:
        start = first_offsets(consumer, access.topic, moment)
        consumer.assign(start)
        return read_keys(consumer, {partition.partition for partition in start})
    except (KafkaException, TimeoutError) as error:
        # The reason was noted by a thread of librdkafka, and is handed over by the next call.
        consumer.poll(0)
        raise NotAcknowledged(
            f"what is on topic {access.topic} already could not be asked of {access.servers}: {reasons[0] if reasons else error}"
        ) from error
    finally:
        consumer.close()


def first_offsets(consumer: Consumer, topic: str, moment: datetime) -> list[TopicPartition]:
    """Where the messages of this moment and later start in each partition; its end where there is none."""
    partitions = consumer.list_topics(topic, timeout=QUERY_SECONDS).topics[topic].partitions
    wanted = [
        TopicPartition(topic, partition, int(moment.timestamp() * 1000)) for partition in partitions
    ]
    return consumer.offsets_for_times(wanted, timeout=QUERY_SECONDS)


def read_keys(consumer: Consumer, partitions: set[int]) -> set[str]:
    """The keys from where the consumer stands to the end of each of its partitions."""
    keys = set()
    unread = set(partitions)
    while unread:
        message = consumer.poll(QUERY_SECONDS)
        if message is None:
            raise TimeoutError(f"no answer for {QUERY_SECONDS} s on partitions {sorted(unread)}")
        error = message.error()
        if error is None:
            keys.add((message.key() or b"").decode(errors="replace"))
        elif error.code() == KafkaError._PARTITION_EOF:
            unread.discard(message.partition())
        else:
            raise KafkaException(error)
    return keys
