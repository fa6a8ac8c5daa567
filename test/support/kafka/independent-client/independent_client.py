"""A Kafka client that shares no code with the product (librdkafka). Commands in and answers out, a JSON object a line.

In:  {"id": 1, "command": "read", ...}    Out: {"id": 1, "result": ...} or {"id": 1, "error": "..."}
Several commands run at once; those of one transactional producer are for its caller to put in order.
"""

import base64
import io
import json
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import fastavro
from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)

TIMESTAMP_TYPES = {0: "none", 1: "create", 2: "append"}
COORDINATOR_IS_COMING = {
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
}
PARALLEL_COMMANDS = 16
PAGE_RECORDS = 10_000
CALL_SECONDS = 30
LEADER_IS_COMING = {
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.OFFSET_NOT_AVAILABLE,
    KafkaError._TRANSPORT,
}
SAMPLE = 10


def encode(data):
    return None if data is None else base64.b64encode(data).decode("ascii")


def decode(text):
    return None if text is None else base64.b64decode(text)


class Digest:
    """Whether every number from 0 to expected - 1 is there exactly once, and rises for each key."""

    def __init__(self, expected, value_format):
        self.expected = expected
        self.number = int if value_format == "ascii" else lambda value: int.from_bytes(value[:8], "big")
        self.seen = bytearray(expected)
        self.last_of_key = {}
        self.partitions = {}
        self.count = self.duplicates = self.unexpected = self.out_of_order = 0

    def add(self, message):
        partition, key, value = message.partition(), message.key(), message.value()
        self.count += 1
        self.partitions[partition] = self.partitions.get(partition, 0) + 1
        try:
            number = self.number(value)
        except (TypeError, ValueError):
            number = -1
        if not 0 <= number < self.expected:
            self.unexpected += 1
            return
        if self.seen[number]:
            self.duplicates += 1
            return
        self.seen[number] = 1
        # A record without a key has an order in its partition only.
        of = partition if key is None else key
        if number < self.last_of_key.get(of, -1):
            self.out_of_order += 1
        else:
            self.last_of_key[of] = number

    def result(self):
        missing, at = [], self.seen.find(0)
        while at >= 0 and len(missing) < SAMPLE:
            missing.append(at)
            at = self.seen.find(0, at + 1)
        return {
            "count": self.count,
            "partitions": [{"partition": p, "count": n} for p, n in sorted(self.partitions.items())],
            "duplicates": self.duplicates,
            "missing": self.seen.count(0),
            "firstMissing": missing,
            "unexpected": self.unexpected,
            "outOfOrder": self.out_of_order,
        }


class Transactional:
    """A transactional producer, and which of its records failed."""

    def __init__(self, settings, transactional_id, timeout):
        self.failures = []
        self.producer = Producer({**settings, "transactional.id": transactional_id})
        self.producer.init_transactions(timeout)

    def delivered(self, error, _message):
        if error is not None:
            self.failures.append(error)

    def flush(self, timeout):
        left = self.producer.flush(timeout)
        if left > 0:
            raise TimeoutError(f"{left} records are not delivered after {timeout} s")
        if self.failures:
            failure, self.failures = self.failures[0], []
            raise KafkaException(failure)


class Client:
    def __init__(self, settings):
        self.settings = settings
        self.producers = {}

    # What is stored

    def read(self, topic, isolation, partition=None, start="beginning", timeout=60):
        records = []

        def add(message):
            kind, timestamp = message.timestamp()
            records.append(
                {
                    "partition": message.partition(),
                    "offset": message.offset(),
                    "timestamp": timestamp,
                    "timestampType": TIMESTAMP_TYPES[kind],
                    "key": encode(message.key()),
                    "value": encode(message.value()),
                    "headers": [[name, encode(value)] for name, value in message.headers() or []],
                }
            )

        self._scan(topic, isolation, partition, start, timeout, add)
        return sorted(records, key=lambda record: (record["partition"], record["offset"]))

    def digest(self, topic, isolation, expected, value_format, partition=None, timeout=600):
        digest = Digest(expected, value_format)
        self._scan(topic, isolation, partition, "beginning", timeout, digest.add)
        return digest.result()

    def watermarks(self, topic, isolation):
        """`high` is the last stable offset where only what is committed is read."""
        consumer = self._consumer(isolation)
        try:
            return [
                {"partition": partition, "low": low, "high": high}
                for partition in self._partitions(consumer, topic)
                for low, high in [self._watermarks(consumer, topic, partition)]
            ]
        finally:
            consumer.close()

    def _watermarks(self, consumer, topic, partition):
        """librdkafka does not ask again when the leader has just moved."""
        deadline = time.monotonic() + CALL_SECONDS
        while True:
            try:
                return consumer.get_watermark_offsets(TopicPartition(topic, partition), CALL_SECONDS)
            except KafkaException as error:
                if not error.args[0].retriable() and error.args[0].code() not in LEADER_IS_COMING:
                    raise
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def committed_offsets(self, group):
        """Waits for transactions on the group's offsets to end (read_committed), so what it says has happened.

        Not by AdminClient.list_consumer_group_offsets: while the coordinator is loading, librdkafka dies of SIGSEGV there.
        """
        consumer = self._consumer("read_committed", group)
        try:
            topics = consumer.list_topics(timeout=CALL_SECONDS).topics.values()
            asked = [TopicPartition(topic.topic, partition) for topic in topics for partition in topic.partitions]
            found = self._committed(consumer, asked)
        finally:
            consumer.close()
        for one in found:
            if one.error is not None:
                raise KafkaException(one.error)
        return [
            {"topic": one.topic, "partition": one.partition, "offset": one.offset, "metadata": one.metadata or ""}
            for one in sorted(found, key=lambda one: (one.topic, one.partition))
            if one.offset >= 0
        ]

    @staticmethod
    def _committed(consumer, asked):
        """A cluster's first group waits for its coordinator; librdkafka tries again in some of these cases only."""
        deadline = time.monotonic() + CALL_SECONDS
        while True:
            try:
                return consumer.committed(asked, CALL_SECONDS)
            except KafkaException as error:
                if error.args[0].code() not in COORDINATOR_IS_COMING or time.monotonic() > deadline:
                    raise
            time.sleep(0.05)

    def _consumer(self, isolation, group=None):
        return Consumer(
            {
                **self.settings,
                "group.id": group or f"independent-{uuid.uuid4()}",
                "isolation.level": isolation,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                # An offset that is not there is an error, and no reason to read from another.
                "auto.offset.reset": "error",
                "check.crcs": True,
                "fetch.wait.max.ms": 50,
            }
        )

    def _partitions(self, consumer, topic):
        found = consumer.list_topics(topic, CALL_SECONDS).topics[topic]
        if found.error is not None:
            raise KafkaException(found.error)
        return sorted(found.partitions)

    def _scan(self, topic, isolation, partition, start, timeout, add):
        """Every record up to the ends as of now. The last offsets may be control records or compacted away: then the
        partition's end tells that there is no more."""
        deadline = time.monotonic() + timeout
        consumer = self._consumer(isolation)
        try:
            ends, assigned = {}, []
            for one in [partition] if partition is not None else self._partitions(consumer, topic):
                low, high = self._watermarks(consumer, topic, one)
                if (low if start == "beginning" else start) < high:
                    ends[one] = high
                    assigned.append(TopicPartition(topic, one, OFFSET_BEGINNING if start == "beginning" else start))
            consumer.assign(assigned)
            while ends:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{topic}: the ends {ends} are not reached after {timeout} s")
                for message in consumer.consume(PAGE_RECORDS, 0.2):
                    self._take(message, ends, add)
        finally:
            consumer.close()

    @staticmethod
    def _take(message, ends, add):
        error, partition = message.error(), message.partition()
        if error is not None:
            if error.code() != KafkaError._PARTITION_EOF:
                if error.retriable() or error.code() in (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN):
                    return
                raise KafkaException(error)
            ends.pop(partition, None)
            return
        end = ends.get(partition)
        if end is None:
            return
        if message.offset() < end:
            add(message)
        if message.offset() >= end - 1:
            del ends[partition]

    # What is written

    def produce(self, topic, records, config, partition=None):
        offsets, failures = [None] * len(records), []
        producer = Producer({**self.settings, **config})
        for index, record in enumerate(records):

            def delivered(error, message, index=index):
                if error is not None:
                    failures.append(error)
                else:
                    offsets[index] = {"partition": message.partition(), "offset": message.offset()}

            self._enqueue(producer, topic, partition, record, delivered)
        left = producer.flush(CALL_SECONDS)
        if failures:
            raise KafkaException(failures[0])
        if left > 0:
            raise TimeoutError(f"{left} records are not delivered after {CALL_SECONDS} s")
        return offsets

    def transactional(self, transactional_id, config):
        handle = str(uuid.uuid4())
        self.producers[handle] = Transactional({**self.settings, **config}, transactional_id, CALL_SECONDS)
        return handle

    def begin(self, producer):
        self.producers[producer].producer.begin_transaction()

    def send(self, producer, topic, records, partition=None):
        own = self.producers[producer]
        for record in records:
            self._enqueue(own.producer, topic, partition, record, own.delivered)

    def flush(self, producer):
        self.producers[producer].flush(CALL_SECONDS)

    def commit(self, producer):
        self.producers[producer].producer.commit_transaction(CALL_SECONDS)

    def abort(self, producer):
        self.producers[producer].producer.abort_transaction(CALL_SECONDS)

    def close(self, producer):
        del self.producers[producer]

    @staticmethod
    def _enqueue(producer, topic, partition, record, delivered):
        optional = {} if record.get("timestamp") is None else {"timestamp": record["timestamp"]}
        to = record.get("partition", partition)
        if to is not None:
            optional["partition"] = to
        headers = [(name, decode(value)) for name, value in record.get("headers", [])]
        while True:
            try:
                producer.produce(
                    topic,
                    key=decode(record.get("key")),
                    value=decode(record.get("value")),
                    headers=headers,
                    on_delivery=delivered,
                    **optional,
                )
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)

    # What is in a value

    def avro_encode(self, schema, value):
        out = io.BytesIO()
        fastavro.schemaless_writer(out, fastavro.parse_schema(schema), value)
        return encode(out.getvalue())

    def avro_decode(self, schema, data):
        source = io.BytesIO(decode(data))
        value = fastavro.schemaless_reader(source, fastavro.parse_schema(schema))
        left = len(source.read())
        if left > 0:
            raise ValueError(f"{left} bytes are left after the value")
        return value


def serve(client):
    """Answers until its input ends, which the process that started it holds open."""
    answering = threading.Lock()
    public = {name for name in dir(client) if not name.startswith("_")}

    def answer(request):
        answered = {"id": request.pop("id")}
        try:
            command = request.pop("command")
            if command not in public:
                raise ValueError(f"there is no command {command}")
            answered["result"] = getattr(client, command)(**request)
        except BaseException as error:  # whatever it was, the caller is told
            answered["error"] = f"{type(error).__name__}: {error}"
        line = json.dumps(answered)
        with answering:
            print(line, flush=True)

    with ThreadPoolExecutor(PARALLEL_COMMANDS) as pool:
        for line in sys.stdin:
            pool.submit(answer, json.loads(line))


if __name__ == "__main__":
    serve(Client(json.loads(sys.argv[1])))
