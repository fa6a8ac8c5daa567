"""What the verifier reads: librdkafka and fastavro, no code of the product. Commands as in independent_client.py."""

import base64
import hashlib
import io
import json
import sys
import threading
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "kafka" / "independent-client"))

import fastavro
from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from independent_client import CALL_SECONDS, PAGE_RECORDS, Client, serve

POSITIONS = b"positions"
SCAN_SECONDS = 120
# A Java client's partitions.
APPENDING = {
    "enable.idempotence": True,
    "acks": "all",
    "linger.ms": 5,
    "message.timeout.ms": 60_000,
    "partitioner": "murmur2_random",
}


def text(data):
    return None if data is None else data.decode("utf-8", "backslashreplace")


def plain(schema):
    """Without logical types: times stay the numbers that they are."""
    if isinstance(schema, dict):
        return {name: plain(part) for name, part in schema.items() if name != "logicalType"}
    return [plain(part) for part in schema] if isinstance(schema, list) else schema


def read_whole(schema, data, reader_schema=None):
    source = io.BytesIO(data)
    value = fastavro.schemaless_reader(source, schema, reader_schema)
    if source.tell() != len(data):
        raise ValueError(f"{len(data) - source.tell()} bytes are left after the value")
    return value


class RegistrySchemas:
    """The writers' schemas, as the registry has them."""

    def __init__(self):
        self.parsed = {}
        self.asking = threading.Lock()

    def get(self, registry, schema_id):
        with self.asking:
            known = self.parsed.get((registry, schema_id))
            if known is None:
                with urllib.request.urlopen(f"{registry}/schemas/ids/{schema_id}", timeout=CALL_SECONDS) as answer:
                    known = fastavro.parse_schema(plain(json.loads(json.load(answer)["schema"])))
                self.parsed[(registry, schema_id)] = known
            return known


class Reader(Client):
    def __init__(self, settings):
        super().__init__(settings)
        self.schemas = RegistrySchemas()
        self.appending = None
        self.appending_lock = threading.Lock()

    def digests(self, topic, partition):
        """Each record with the SHA-256 of its value, in the order of the offsets."""
        return self._records(
            topic, partition, lambda message: {"digest": hashlib.sha256(message.value() or b"").hexdigest()}
        )

    def values(self, topic, partition, registry):
        """Each record with its value; where it cannot be decoded, why."""

        def value_of(message):
            data = message.value()
            try:
                if data is None or len(data) < 5 or data[0] != 0:
                    raise ValueError("the value is not framed as Confluent's wire format asks")
                schema = self.schemas.get(registry, int.from_bytes(data[1:5], "big"))
                return {"value": read_whole(schema, data[5:])}
            except (OSError, KafkaException):
                raise
            except Exception as error:
                return {"error": f"{type(error).__name__}: {error}"}

        return self._records(topic, partition, value_of)

    def rows(self, topic, partition, row_schemas, row_version, positions_schema):
        """The records of a changelog: each value behind its version byte, and as the bytes that it is.

        The schemas of rows are by version byte; every row is given as that version has it."""
        parsed = {int(version): fastavro.parse_schema(plain(schema)) for version, schema in row_schemas.items()}
        positions = fastavro.parse_schema(plain(positions_schema))

        def value_of(message):
            data = message.value()
            if data is None:
                return {"bytes": None, "version": None, "value": None}
            if message.key() == POSITIONS:
                value = read_whole(positions, data[1:])
            else:
                value = read_whole(parsed[data[0]], data[1:], parsed[row_version])
            return {"bytes": base64.b64encode(data).decode("ascii"), "version": data[0], "value": value}

        return self._records(topic, partition, value_of)

    def _records(self, topic, partition, value_of):
        records = []

        def add(message):
            record = {
                "offset": message.offset(),
                "timestamp": message.timestamp()[1],
                "key": text(message.key()),
                "headers": {name: text(value) for name, value in message.headers() or []},
            }
            record.update(value_of(message))
            records.append(record)

        self._scan(topic, "read_committed", partition, "beginning", SCAN_SECONDS, add)
        return records

    # Where groups are

    def committed_of(self, group, topics):
        consumer = self._consumer("read_committed", group)
        try:
            asked = [TopicPartition(topic, one) for topic in topics for one in self._partitions(consumer, topic)]
            found = self._committed(consumer, asked)
        finally:
            consumer.close()
        for one in found:
            if one.error is not None:
                raise KafkaException(one.error)
        return [
            {"topic": one.topic, "partition": one.partition, "offset": one.offset if one.offset >= 0 else None}
            for one in found
        ]

    def unread(self, group, topics):
        """The partitions with a record that the group has not committed: control records do not count."""
        found = []
        consumer = self._consumer("read_committed")
        try:
            waiting = {}
            for one in self.committed_of(group, topics):
                topic, partition, offset = one["topic"], one["partition"], one["offset"]
                _, high = self._watermarks(consumer, topic, partition)
                if (offset or 0) < high:
                    waiting[(topic, partition)] = (offset, high)
            assigned = [
                TopicPartition(topic, partition, OFFSET_BEGINNING if offset is None else offset)
                for (topic, partition), (offset, _) in waiting.items()
            ]
            consumer.assign(assigned)
            deadline = time.monotonic() + CALL_SECONDS
            while waiting:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{group}: {sorted(waiting)} are not answered after {CALL_SECONDS} s")
                for message in consumer.consume(PAGE_RECORDS, 0.05):
                    place = (message.topic(), message.partition())
                    error = message.error()
                    if error is not None and error.code() != KafkaError._PARTITION_EOF:
                        if error.retriable() or error.code() == KafkaError._TRANSPORT:
                            continue
                        raise KafkaException(error)
                    committed, high = waiting.pop(place, (None, None))
                    if high is None or error is not None:
                        continue
                    found.append(
                        {
                            "topic": place[0],
                            "partition": place[1],
                            "committed": committed,
                            "next": message.offset(),
                            "end": high,
                        }
                    )
        finally:
            consumer.close()
        return found

    # What the tests write and remove

    def append(self, records):
        """Through one idempotent producer for all calls. Answers when each record is with the brokers, or never will be."""
        with self.appending_lock:
            if self.appending is None:
                self.appending = Producer({**self.settings, **APPENDING})
        places, left = [None] * len(records), threading.Semaphore(0)
        for index, record in enumerate(records):

            def delivered(error, message, index=index):
                if error is None:
                    places[index] = {"partition": message.partition(), "offset": message.offset()}
                left.release()

            self._enqueue(self.appending, record["topic"], None, record, delivered)
        for _ in records:
            while not left.acquire(timeout=0.01):
                self.appending.poll(0)
        return places

    def commit(self, group, offsets):
        consumer = self._consumer("read_committed", group)
        try:
            consumer.commit(offsets=[TopicPartition(**one) for one in offsets], asynchronous=False)
        finally:
            consumer.close()

    def delete_topics(self, topics):
        # Futures of a client that nobody holds are never fulfilled.
        admin = AdminClient(self.settings)
        for future in admin.delete_topics(topics, operation_timeout=CALL_SECONDS).values():
            future.result(CALL_SECONDS)


if __name__ == "__main__":
    serve(Reader(json.loads(sys.argv[1])))
