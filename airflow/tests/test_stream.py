"""The messages: what is in them, and that each is sent once, whatever fails in between."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import stream as module
from confluent_kafka import Consumer, Producer, TopicPartition
from stream import EventRefused, NotAcknowledged, make_round, message_key, send_round

moment = datetime(2026, 11, 23, 1, 52, tzinfo=UTC)
later = datetime(2026, 11, 23, 1, 53, tzinfo=UTC)


def messages(kafka) -> list[tuple[str, dict, dict, int]]:
    """Key, event, headers and time of all messages on the topic, by key."""
    consumer = Consumer({**kafka.config, "group.id": "test", "enable.partition.eof": True})
    partitions = consumer.list_topics(kafka.topic, timeout=10).topics[kafka.topic].partitions
    consumer.assign([TopicPartition(kafka.topic, partition, 0) for partition in partitions])
    found, unread = [], set(partitions)
    while unread:
        message = consumer.poll(10)
        assert message is not None, f"no answer on partitions {unread}"
        if message.error():
            unread.discard(message.partition())
            continue
        headers = {name: value.decode() for name, value in message.headers()}
        found.append(
            (message.key().decode(), json.loads(message.value()), headers, message.timestamp()[1])
        )
    consumer.close()
    return sorted(found, key=lambda one: one[0])


@pytest.fixture
def all_offsets(monkeypatch):
    """The mock cluster can't look offsets up by time: every message is taken as a later one."""

    def first_offsets(consumer, topic, _moment):
        partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        return [TopicPartition(topic, partition, 0) for partition in partitions]

    monkeypatch.setattr(module, "first_offsets", first_offsets)


def test_a_round_has_one_event_a_coin_with_the_price_in_its_range(stream, spec):
    events = list(make_round(stream, moment).values())
    assert [event["name"] for event in events] == ["BTC", "ETH", "BTT", "DOT"]
    for event in events:
        span = spec["ranges"][event["name"]]["data_id"]
        assert span["min"] <= event["data_id"] <= span["max"]
        assert event["timestamp"] == 1795398720
        assert set(event) == {"timestamp", "name", "data_id"}


def test_prices_reach_both_ends_of_their_range(stream):
    prices = {
        event["data_id"]
        for minute in range(2000)
        for event in make_round(stream, datetime.fromtimestamp(minute * 60, UTC)).values()
        if event["name"] == "BTT"
    }
    assert (min(prices), max(prices)) == (10, 40)


def test_fields_of_every_kind_are_drawn_and_an_optional_one_may_be_left_out(shop):
    rounds = [
        list(make_round(shop, datetime.fromtimestamp(minute * 60, UTC)).values())
        for minute in range(200)
    ]
    events = [event for events in rounds for event in events]
    assert [event["channel"] for event in rounds[0]] == ["web", "app"]
    assert {event["payment"] for event in events} == {"card", "cash"}
    assert {event["country"] for event in events} == {"PT", "DE"}
    assert {event["store"] for event in events} == {1, 2, 3, 4, 5}
    assert {event["items"] for event in events} == {1, 2, 3, 4}
    assert {event.get("coupon") for event in events} == {
        *(f"coupon-{number}" for number in range(1, 6)),
        None,
    }
    assert all("probe_id" not in event for event in events)
    amounts = [event["amount"] for event in events if event["channel"] == "web"]
    assert all(0.5 <= amount <= 0.75 for amount in amounts)
    assert len(set(amounts)) > 100


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("epoch-seconds", 1795398720),
        ("epoch-milliseconds", 1795398720000),
        ("iso-8601", "2026-11-23T01:52:00.000Z"),
    ],
)
def test_the_time_is_the_runs_own_in_each_form(stream, form, expected):
    for event in make_round(replace(stream, timestamp_format=form), moment).values():
        assert event["timestamp"] == expected


def test_the_same_run_makes_the_same_round_and_another_makes_another(stream):
    assert make_round(stream, moment) == make_round(stream, moment)
    assert make_round(stream, moment).keys().isdisjoint(make_round(stream, later).keys())


def test_an_event_that_does_not_fit_the_schema_is_refused_and_nothing_of_its_round_is_sent(
    stream, kafka
):
    wrong = replace(stream, ranges={**stream.ranges, "DOGE": {"data_id": {"min": 1, "max": 1}}})
    with pytest.raises(EventRefused, match=r"stream prices: name 'DOGE' is not one of \['BTC'"):
        send_round(wrong, kafka, moment, attempt=1)
    Producer(kafka.config).list_topics(kafka.topic, timeout=10)
    assert messages(kafka) == []


def test_each_message_is_acknowledged_and_carries_the_runs_date(stream, kafka):
    result = send_round(stream, kafka, moment, attempt=1)
    assert (result["topic"], result["sent"], result["present"]) == ("prices", 4, 0)
    assert len(result["offsets"]) == 4
    sent = messages(kafka)
    assert [key for key, *_ in sent] == sorted(make_round(stream, moment))
    for _, event, headers, time in sent:
        assert event == make_round(stream, moment)[message_key(event["name"], moment)]
        assert headers == {"logical_date": "2026-11-23T01:52:00+00:00", "attempt": "1"}
        assert time == 1795398720000


def test_a_retry_after_a_whole_round_sends_nothing_more(stream, kafka, all_offsets):
    send_round(stream, kafka, moment, attempt=1)
    result = send_round(stream, kafka, moment, attempt=2)
    assert (result["sent"], result["present"]) == (0, 4)
    assert len(messages(kafka)) == 4


def test_a_retry_after_a_half_round_sends_the_other_half_under_the_same_keys(
    stream, kafka, all_offsets
):
    first = replace(stream, ranges={name: stream.ranges[name] for name in ["BTC", "ETH"]})
    send_round(first, kafka, moment, attempt=1)
    result = send_round(stream, kafka, moment, attempt=2)
    assert (result["sent"], result["present"]) == (2, 2)
    sent = messages(kafka)
    assert [key for key, *_ in sent] == sorted(make_round(stream, moment))


def test_the_next_run_sends_its_own_round(stream, kafka, all_offsets):
    send_round(stream, kafka, moment, attempt=1)
    assert send_round(stream, kafka, later, attempt=2)["sent"] == 4
    assert len(messages(kafka)) == 8


@pytest.mark.parametrize("attempt", [1, 2])
def test_a_broker_that_is_away_fails_the_try_with_its_name_and_the_reason(
    stream, kafka, monkeypatch, attempt
):
    monkeypatch.setattr(module, "DELIVERY_SECONDS", 1)
    monkeypatch.setattr(module, "QUERY_SECONDS", 1)
    away = replace(kafka, config={"bootstrap.servers": "127.0.0.1:1"})
    with pytest.raises(NotAcknowledged, match=r"127\.0\.0\.1:1.*Connection refused"):
        send_round(stream, away, moment, attempt=attempt)
