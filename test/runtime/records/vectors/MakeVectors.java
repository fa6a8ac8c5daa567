// Makes the vectors in this folder with Kafka's own Java client; README.md says how to run it.
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.message.LeaderChangeMessage;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.*;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.AppInfoParser;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.Utils;

public class MakeVectors {
	static final ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
	static final ObjectMapper compact = new ObjectMapper();
	static final long T = 1_750_000_000_000L;
	static final byte V2 = RecordBatch.MAGIC_VALUE_V2;

	public static void main(String[] args) throws Exception {
		switch (args[0]) {
			case "murmur2" -> murmur2(new File(args[1]));
			case "batches" -> batches(new File(args[1]));
			case "produce" -> produce(args[1]);
			case "segments" -> segments(Path.of(args[1]), new File(args[2]));
			case "compressed" -> compressed(new File(args[1]));
			case "librdkafka" -> librdkafka(Path.of(args[1]), new File(args[2]));
			case "check" -> check(new File(args[1]));
			default -> throw new IllegalArgumentException(args[0]);
		}
	}

	// --- batches made by MemoryRecordsBuilder, without a broker

	static void batches(File to) throws Exception {
		ArrayNode cases = json.createArrayNode();
		add(cases, "records of every shape", build(Compression.NONE, TimestampType.CREATE_TIME, 1234567890123L, 7, shapes()));
		add(cases, "one record", build(Compression.NONE, TimestampType.CREATE_TIME, 0, -1, record(T, "k", "v")));
		add(cases, "130 records", build(Compression.NONE, TimestampType.CREATE_TIME, 5, -1, many(130)));
		add(cases, "timestamps far apart", build(Compression.NONE, TimestampType.CREATE_TIME, 9, 0,
			record(T, "a", "1"), record(0, "b", "2"), record(-1, "c", "3"), record(T + (1L << 27) - 1, "d", "4"),
			record(T + (1L << 27), "e", "5"), record(T - (1L << 27), "f", "6"), record(T - (1L << 27) - 1, "g", "7"),
			record(T + (1L << 34), "h", "8"), record(T + (1L << 41), "i", "9"), record(T + (1L << 48), "j", "10"),
			record(T - (1L << 40), "k", "11"), record(T + (1L << 30), "l", "12"), record((1L << 53) - 1, "m", "13")));
		add(cases, "log append time", build(Compression.NONE, TimestampType.LOG_APPEND_TIME, 20, 3, many(3)));
		add(cases, "idempotent", MemoryRecords.withIdempotentRecords(40, Compression.NONE, 4001, (short) 12, Integer.MAX_VALUE - 1, 2, many(4)));
		add(cases, "transactional", MemoryRecords.withTransactionalRecords(50, Compression.NONE, 1L << 40, (short) 32767, 17, 9, many(4)));
		for (Compression codec : List.of(Compression.gzip().build(), Compression.snappy().build(), Compression.lz4().build(), Compression.zstd().build()))
			add(cases, codec.type().name + " compressed", build(codec, TimestampType.CREATE_TIME, 60, 1, many(50)));
		add(cases, "gzip compressed with log append time", build(Compression.gzip().build(), TimestampType.LOG_APPEND_TIME, 70, 1, shapes()));
		add(cases, "commit marker", MemoryRecords.withEndTransactionMarker(80, T, 4, 4001, (short) 12, new EndTransactionMarker(ControlRecordType.COMMIT, 33)));
		add(cases, "abort marker", MemoryRecords.withEndTransactionMarker(81, T, 4, 4001, (short) 12, new EndTransactionMarker(ControlRecordType.ABORT, 34)));
		add(cases, "leader change", MemoryRecords.withLeaderChangeMessage(82, T, 4, ByteBuffer.allocate(256), new LeaderChangeMessage().setLeaderId(1)));

		MemoryRecords whole = build(Compression.NONE, TimestampType.CREATE_TIME, 100, 1, many(10));
		add(cases, "before compaction", whole);
		add(cases, "compacted, the first record kept", filtered(whole, 100, 103, 104, 108));
		add(cases, "compacted, the first record gone", filtered(whole, 102, 105));
		MemoryRecords sequenced = MemoryRecords.withIdempotentRecords(200, Compression.NONE, 4001, (short) 12, 5, 2, many(10));
		add(cases, "compacted to nothing", filtered(sequenced));
		MemoryRecords zipped = MemoryRecords.withIdempotentRecords(300, Compression.gzip().build(), 4001, (short) 12, 5, 2, many(10));
		add(cases, "compacted to nothing after gzip", filtered(zipped));
		add(cases, "compacted after gzip", filtered(zipped, 301, 309));
		MemoryRecords dead = MemoryRecords.withRecords(400, Compression.NONE, record(T, "a", "1"), record(T + 1, "b", null), record(T + 2, "c", "3"));
		add(cases, "tombstone with a delete horizon", filter(dead, T + 86_400_000L, 401));

		add(cases, "three batches", MemoryRecords.readableRecords(join(
			MemoryRecords.withRecords(500, Compression.NONE, many(3)),
			MemoryRecords.withTransactionalRecords(503, Compression.gzip().build(), 77, (short) 0, 0, 1, many(2)),
			MemoryRecords.withEndTransactionMarker(505, T, 1, 77, (short) 0, new EndTransactionMarker(ControlRecordType.ABORT, 1)))));

		ObjectNode file = json.createObjectNode();
		file.put("client", "kafka-clients " + AppInfoParser.getVersion());
		file.set("cases", cases);
		ArrayNode refused = file.putArray("refused");
		refuse(refused, "magic 0", MemoryRecords.withRecords(RecordBatch.MAGIC_VALUE_V0, Compression.NONE, record(-1, "k", "v")));
		refuse(refused, "magic 1", MemoryRecords.withRecords(RecordBatch.MAGIC_VALUE_V1, Compression.NONE, record(T, "k", "v")));
		refuse(refused, "timestamp of 2^53", build(Compression.NONE, TimestampType.CREATE_TIME, 0, -1, record(1L << 53, "k", "v")));
		refuse(refused, "timestamp delta of 2^53", build(Compression.NONE, TimestampType.CREATE_TIME, 0, -1, record(-1, "k", "v"), record((1L << 53) - 1, "k", "v")));
		refuse(refused, "latest timestamp there is", build(Compression.NONE, TimestampType.CREATE_TIME, 0, -1, record(0, "k", "v"), record(Long.MAX_VALUE, "k", "v")));
		refuse(refused, "producer id of 2^53", MemoryRecords.withIdempotentRecords(0, Compression.NONE, 1L << 53, (short) 0, 0, 0, many(1)));
		refuse(refused, "base offset of 2^53", build(Compression.NONE, TimestampType.CREATE_TIME, 1L << 53, 0, many(1)));
		json.writeValue(to, file);
	}

	static MemoryRecords build(Compression codec, TimestampType type, long baseOffset, int leaderEpoch, SimpleRecord... records) {
		MemoryRecordsBuilder builder = new MemoryRecordsBuilder(ByteBuffer.allocate(4096), V2, codec, type, baseOffset,
			type == TimestampType.LOG_APPEND_TIME ? T + 5000 : RecordBatch.NO_TIMESTAMP, RecordBatch.NO_PRODUCER_ID, RecordBatch.NO_PRODUCER_EPOCH,
			RecordBatch.NO_SEQUENCE, false, false, leaderEpoch, 1 << 20);
		for (SimpleRecord record : records) builder.append(record);
		return builder.build();
	}

	/** What Kafka's log cleaner leaves when it keeps only these offsets. */
	static MemoryRecords filtered(MemoryRecords records, long... offsets) {
		return filter(records, -1, offsets);
	}

	static MemoryRecords filter(MemoryRecords records, long deleteHorizon, long... offsets) {
		ByteBuffer out = ByteBuffer.allocate(1 << 16);
		MemoryRecords.RecordFilter filter = new MemoryRecords.RecordFilter(deleteHorizon < 0 ? 0 : deleteHorizon - 1000, 1000) {
			@Override protected BatchRetentionResult checkBatchRetention(RecordBatch batch) {
				return new BatchRetentionResult(BatchRetention.RETAIN_EMPTY, deleteHorizon >= 0);
			}
			@Override protected boolean shouldRetainRecord(RecordBatch batch, Record record) {
				for (long offset : offsets) if (offset == record.offset()) return true;
				return false;
			}
		};
		records.filterTo(filter, out, BufferSupplier.NO_CACHING);
		out.flip();
		return MemoryRecords.readableRecords(out);
	}

	static SimpleRecord[] shapes() {
		byte[] large = new byte[3000];
		new Random(7).nextBytes(large);
		return new SimpleRecord[] {
			new SimpleRecord(T, utf8("kustomer:5d2f:621e"), utf8("{\"a\":1}"), new Header[] {
				header("source", "kustomer"), header("received-at", "1750000000000")}),
			new SimpleRecord(T - 1, null, utf8("no key"), new Header[0]),
			new SimpleRecord(T + 63, utf8("tombstone"), null, new Header[0]),
			new SimpleRecord(T + 64, (byte[]) null, null, new Header[0]),
			new SimpleRecord(T - 64, new byte[0], new byte[0], new Header[] {new RecordHeader("null value", (byte[]) null)}),
			new SimpleRecord(T - 65, utf8("k"), large, new Header[] {header("", ""), header("", "twice"), header("ключ 🗝", "значение")}),
			new SimpleRecord(T + 8191, utf8("k".repeat(63)), utf8("v".repeat(64)), new Header[0]),
			new SimpleRecord(T + 8192, utf8("k".repeat(64)), utf8("v".repeat(63)), new Header[] {new RecordHeader("binary", new byte[] {0, -1, -128, 127})}),
			new SimpleRecord(T, new byte[] {0, 0, 0, 0}, new byte[] {0}, new Header[0]),
		};
	}

	static SimpleRecord[] many(int count) {
		SimpleRecord[] records = new SimpleRecord[count];
		for (int i = 0; i < count; i++) records[i] = record(T + (i * 37L) % 101, "key-" + i, "value-" + i * i);
		return records;
	}

	static SimpleRecord record(long timestamp, String key, String value) {
		return new SimpleRecord(timestamp, utf8(key), value == null ? null : utf8(value));
	}

	// --- batches made by a broker

	/** Fills three topics of a running broker, whose segments are then read by `segments`. */
	static void produce(String bootstrap) throws Exception {
		try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
			// Kept for ever: the records' timestamps are old enough for retention to take them at once.
			admin.createTopics(List.of(topic("transactions"), topic("append-time", "message.timestamp.type", "LogAppendTime"),
				topic("recompressed", "compression.type", "gzip"))).all().get();
		}
		Properties config = new Properties();
		config.putAll(Map.of("bootstrap.servers", bootstrap, "linger.ms", "50"));
		try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
			for (String topic : List.of("append-time", "recompressed")) for (SimpleRecord record : shapes()) producer.send(of(topic, record));
		}
		config.put("transactional.id", "one");
		try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
			producer.initTransactions();
			for (int round = 0; round < 3; round++) {
				producer.beginTransaction();
				for (SimpleRecord record : many(round + 2)) producer.send(of("transactions", record));
				producer.flush();
				if (round == 1) producer.abortTransaction(); else producer.commitTransaction();
			}
		}
	}

	static NewTopic topic(String name, String... setting) {
		Map<String, String> kept = Map.of("retention.ms", "-1");
		return new NewTopic(name, 1, (short) 1).configs(setting.length == 0 ? kept : Map.of("retention.ms", "-1", setting[0], setting[1]));
	}

	static ProducerRecord<byte[], byte[]> of(String topic, SimpleRecord record) {
		return new ProducerRecord<>(topic, 0, record.timestamp(), bytes(record.key()), bytes(record.value()), List.of(record.headers()));
	}

	static void segments(Path logs, File to) throws Exception {
		ObjectNode file = json.createObjectNode();
		file.put("broker", "Apache Kafka " + AppInfoParser.getVersion());
		ArrayNode cases = file.putArray("cases");
		for (String topic : List.of("transactions", "append-time", "recompressed"))
			add(cases, topic, MemoryRecords.readableRecords(log(logs.resolve(topic + "-0"))));
		json.writeValue(to, file);
	}

	/** All segments of a partition: the markers, stamped now, are far enough from the records for the log to roll. */
	static ByteBuffer log(Path partition) throws Exception {
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		try (var files = Files.list(partition)) {
			for (Path file : files.filter(one -> one.toString().endsWith(".log")).sorted().toList()) Files.copy(file, out);
		}
		return ByteBuffer.wrap(out.toByteArray());
	}

	// --- batches with each compression

	/** Into a folder: one file for each codec. */
	static void compressed(File folder) throws Exception {
		byte[] random = new byte[5_000];
		new Random(9).nextBytes(random);
		for (Compression codec : List.of(Compression.snappy().build(), Compression.lz4().build(), Compression.zstd().build())) {
			String name = codec.type().name;
			ObjectNode file = json.createObjectNode().put("client", "kafka-clients " + AppInfoParser.getVersion());
			ArrayNode cases = file.putArray("cases");
			add(cases, name + ", one record", compressed(codec, record(T, "k", "v")));
			add(cases, name + ", an empty value", compressed(codec, record(T, "", "")));
			add(cases, name + ", records of every shape", compressed(codec, shapes()));
			add(cases, name + ", 100 records", compressed(codec, many(100)));
			// Snappy has no better than 64 bytes in 3.
			add(cases, name + ", a large value", compressed(codec, new SimpleRecord(T, utf8("k"), text(name.equals("snappy") ? 1 << 18 : 1 << 20))));
			add(cases, name + ", a value that cannot be compressed", compressed(codec, new SimpleRecord(T, utf8("k"), random)));
			if (name.equals("lz4")) add(cases, "lz4, level 17", compressed(Compression.lz4().level(17).build(), many(10)));
			if (name.equals("zstd")) for (int level : new int[] {-5, 22}) add(cases, "zstd, level " + level, compressed(Compression.zstd().level(level).build(), many(10)));
			shorten(cases);
			compact.writeValue(new File(folder, "compressed-" + name + ".json"), file);
		}
	}

	static MemoryRecords compressed(Compression codec, SimpleRecord... records) {
		return build(codec, TimestampType.CREATE_TIME, 60, 1, records);
	}

	static byte[] text(int length) {
		return utf8("{\"event\":\"conversation.updated\",\"queue\":\"support\"}\n".repeat(length / 50).substring(0, length));
	}

	/** The segments of the topics that produce_librdkafka.py has filled. */
	static void librdkafka(Path logs, File to) throws Exception {
		ObjectNode file = json.createObjectNode().put("client", "librdkafka 2.16.0");
		ArrayNode cases = file.putArray("cases");
		for (String codec : List.of("gzip", "snappy", "lz4", "zstd"))
			add(cases, "librdkafka, " + codec, MemoryRecords.readableRecords(log(logs.resolve("librdkafka-" + codec + "-0"))));
		shorten(cases);
		compact.writeValue(to, file);
	}

	/** Of a long value, only its SHA-256: it is in the bytes already. */
	static void shorten(ArrayNode cases) throws Exception {
		for (var one : cases) for (var batch : one.get("batches")) for (var record : batch.get("records")) {
			if (record.get("value").asText().length() <= 400) continue;
			byte[] digest = java.security.MessageDigest.getInstance("SHA-256").digest(Base64.getDecoder().decode(record.get("value").asText()));
			((ObjectNode) record).put("value", "sha256:" + java.util.HexFormat.of().formatHex(digest));
		}
	}

	/** Prints what Java reads of batches in a file. */
	static void check(File batches) throws Exception {
		for (RecordBatch batch : MemoryRecords.readableRecords(ByteBuffer.wrap(Files.readAllBytes(batches.toPath()))).batches()) {
			batch.ensureValid();
			int count = 0;
			long size = 0;
			for (Record record : batch) {
				count++;
				size += record.valueSize();
			}
			System.out.println(batch.compressionType().name + ": " + count + " records, " + size + " bytes of values");
		}
	}

	// --- what the Java client reads from them

	static void add(ArrayNode cases, String name, MemoryRecords records) {
		ObjectNode one = cases.addObject().put("name", name).put("bytes", base64(records.buffer().duplicate()));
		describe(one.putArray("batches"), records);
	}

	static void refuse(ArrayNode cases, String name, MemoryRecords records) {
		cases.addObject().put("name", name).put("bytes", base64(records.buffer().duplicate()));
	}

	static void describe(ArrayNode out, MemoryRecords records) {
		for (MutableRecordBatch batch : records.batches()) {
			batch.ensureValid();
			DefaultRecordBatch b = (DefaultRecordBatch) batch;
			ObjectNode node = out.addObject().put("sizeBytes", b.sizeInBytes()).put("baseOffset", b.baseOffset()).put("lastOffset", b.lastOffset())
				.put("count", b.countOrNull()).put("partitionLeaderEpoch", b.partitionLeaderEpoch()).put("compression", b.compressionType().id)
				.put("timestampType", b.timestampType() == TimestampType.CREATE_TIME ? "create" : "log-append").put("transactional", b.isTransactional())
				.put("control", b.isControlBatch()).put("hasDeleteHorizon", b.deleteHorizonMs().isPresent()).put("baseTimestamp", b.baseTimestamp())
				.put("maxTimestamp", b.maxTimestamp()).put("producerId", b.producerId()).put("producerEpoch", b.producerEpoch())
				.put("baseSequence", b.baseSequence()).put("crc", b.checksum());
			ArrayNode list = node.putArray("records");
			for (Record record : batch) {
				ObjectNode entry = list.addObject().put("offset", record.offset()).put("timestamp", record.timestamp())
					.put("key", base64(record.key())).put("value", base64(record.value()));
				ArrayNode headers = entry.putArray("headers");
				for (Header header : record.headers()) headers.addObject().put("key", header.key())
					.put("value", header.value() == null ? null : base64(ByteBuffer.wrap(header.value())));
				if (b.isControlBatch()) {
					ControlRecordType type = ControlRecordType.parse(record.key());
					entry.put("control", type.name());
					if (type == ControlRecordType.COMMIT || type == ControlRecordType.ABORT)
						entry.put("coordinatorEpoch", EndTransactionMarker.deserialize(record).coordinatorEpoch());
				}
			}
		}
	}

	// --- keys

	static void murmur2(File to) throws Exception {
		ObjectNode file = json.createObjectNode();
		file.put("client", "kafka-clients " + AppInfoParser.getVersion());
		ArrayNode keys = file.putArray("keys");
		Random random = new Random(20);
		for (int length = 0; length <= 20; length++) for (int i = 0; i < 4; i++) {
			byte[] key = new byte[length];
			random.nextBytes(key);
			addKey(keys, key);
		}
		for (int i = 0; i < 20; i++) {
			byte[] key = new byte[21 + random.nextInt(300)];
			random.nextBytes(key);
			addKey(keys, key);
		}
		for (String key : List.of("positions", "control", "kustomer:5d2f1c0a9b8e7d6c5b4a3f2e:621e0f9d8c7b6a5948372615",
			"rasayel:1042:9", "rasayel:1042:10", "belco:shop-7:00000000-0000-4000-8000-000000000000", "ключ", "🗝 key", "日本語", "é", "\u0000", "a", "21", "foobar", "abc"))
			addKey(keys, utf8(key));
		for (int i = 0; i < 40; i++) addKey(keys, utf8("kustomer:" + Long.toHexString(random.nextLong()) + ":" + Long.toHexString(random.nextLong())));
		json.writeValue(to, file);
	}

	static void addKey(ArrayNode keys, byte[] key) {
		ObjectNode node = keys.addObject().put("key", base64(ByteBuffer.wrap(key))).put("murmur2", Utils.murmur2(key));
		ObjectNode partitions = node.putObject("partitions");
		for (int count : new int[] {1, 2, 3, 12, 16, 100}) partitions.put(String.valueOf(count), BuiltInPartitioner.partitionForKey(key, count));
	}

	// --- bytes

	static byte[] utf8(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	static Header header(String key, String value) {
		return new RecordHeader(key, utf8(value));
	}

	static byte[] bytes(ByteBuffer buffer) {
		return buffer == null ? null : Utils.toArray(buffer);
	}

	static String base64(ByteBuffer buffer) {
		return buffer == null ? null : Base64.getEncoder().encodeToString(Utils.toArray(buffer));
	}

	static ByteBuffer join(MemoryRecords... parts) {
		ByteBuffer out = ByteBuffer.allocate(1 << 16);
		for (MemoryRecords part : parts) out.put(part.buffer().duplicate());
		return out.flip();
	}
}
