"""Fills a topic for each codec with librdkafka, which MakeVectors.java then reads from the broker's segments: README.md."""
import sys

from confluent_kafka import Producer, libversion
from confluent_kafka.admin import AdminClient, NewTopic

bootstrap = sys.argv[1]
codecs = ["gzip", "snappy", "lz4", "zstd"]
NOON = 1_750_000_000_000

print("librdkafka", libversion()[0])
topics = [NewTopic(f"librdkafka-{codec}", 1, 1, config={"retention.ms": "-1"}) for codec in codecs]
admin = AdminClient({"bootstrap.servers": bootstrap})
for created in admin.create_topics(topics).values():
    created.result()
for codec in codecs:
    producer = Producer({"bootstrap.servers": bootstrap, "compression.type": codec, "linger.ms": 200})
    topic = f"librdkafka-{codec}"
    for i in range(50):
        headers = [("source", "kustomer")] if i % 7 == 0 else None
        producer.produce(topic, key=f"key-{i}", value=f"value-{i * i}", timestamp=NOON + i * 37 % 101, headers=headers)
    producer.produce(topic, key="empty", value=b"", timestamp=NOON)
    producer.produce(topic, key="tombstone", value=None, timestamp=NOON)
    producer.flush()
    producer.produce(topic, key="one", value="x" * 70, timestamp=NOON)
    producer.flush()
    text = "All work and no play makes Jack a dull boy. " * 6000
    producer.produce(topic, key="large", value=text[: 1 << 18], timestamp=NOON)
    producer.flush()
