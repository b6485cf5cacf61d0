import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/**
 * Everything /metrics shows, one registry a server so that tests may run several in one process. `inJournal`: updates
 * that are in the journal and not in the database.
 */
export function createMetrics(inJournal: () => number = () => 0) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    sockets: new Gauge({ name: "coscope_sockets", help: "Open live sockets", registers }),
    rooms: new Gauge({ name: "coscope_rooms", help: "Live documents in memory", registers }),
    presencePeers: new Gauge({ name: "coscope_presence_peers", help: "People on images", registers }),
    updates: new Counter({ name: "coscope_updates_total", help: "Updates written to the log", registers }),
    updateBytes: new Counter({
      name: "coscope_update_bytes_total",
      help: "Bytes written to the log",
      registers,
    }),
    rejected: new Counter({
      name: "coscope_updates_rejected_total",
      help: "Updates that were refused, by reason",
      labelNames: ["reason"] as const,
      registers,
    }),
    gaps: new Counter({
      name: "coscope_update_gaps_total",
      help: "Updates skipped because earlier ones were missing; the client was asked for them",
      registers,
    }),
    batchSize: new Histogram({
      name: "coscope_commit_updates",
      help: "Updates in one commit",
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
      registers,
    }),
    commitSeconds: new Histogram({
      name: "coscope_commit_seconds",
      help: "Duration of one commit of the log",
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.6, 1, 5],
      registers,
    }),
    ackSeconds: new Histogram({
      name: "coscope_ack_seconds",
      help: "From an update's arrival to its durable state vector being sent",
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.6, 1, 5],
      registers,
    }),
    commitFailures: new Counter({
      name: "coscope_commit_failures_total",
      help: "Commits given up",
      registers,
    }),
    journalUpdates: new Gauge({
      name: "coscope_journal_updates",
      help: "Updates that are durable in the journal and not in the built-in database yet",
      registers,
      collect() {
        this.set(inJournal());
      },
    }),
    snapshots: new Counter({ name: "coscope_snapshots_total", help: "Merged snapshots written", registers }),
    presenceFrames: new Counter({
      name: "coscope_presence_frames_total",
      help: "Presence frames, by direction",
      labelNames: ["direction"] as const,
      registers,
    }),
    slowSockets: new Counter({
      name: "coscope_slow_sockets_total",
      help: "Sockets closed because their peer did not read",
      registers,
    }),
    caught: new Counter({
      name: "coscope_caught_errors_total",
      help: "Errors caught at the edge of a hook or handler",
      labelNames: ["where"] as const,
      registers,
    }),
    fetched: new Counter({
      name: "coscope_fetched_total",
      help: "Parts of images asked for at other servers, by what was answered: a status or an error's code",
      labelNames: ["outcome"] as const,
      registers,
    }),
    fetchedBytes: new Counter({
      name: "coscope_fetched_bytes_total",
      help: "Bytes of images passed on from other servers",
      registers,
    }),
    encodes: new Counter({
      name: "coscope_encodes_total",
      help: "Regions asked for, by what came of it",
      labelNames: ["outcome"] as const,
      registers,
    }),
    encodeSeconds: new Histogram({
      name: "coscope_encode_seconds",
      help: "Regions that were encoded: reading their pixels, and running the network",
      labelNames: ["part"] as const,
      buckets: [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15, 60],
      registers,
    }),
    encodeQueue: new Gauge({
      name: "coscope_encode_queue",
      help: "Regions that wait or are worked on",
      labelNames: ["state"] as const,
      registers,
    }),
    encoderCrashes: new Counter({
      name: "coscope_encoder_ends_total",
      help: "Processes of the encoder that ended unasked",
      registers,
    }),
    embeddingBytes: new Gauge({
      name: "coscope_embedding_cache_bytes",
      help: "Embeddings that are kept",
      registers,
    }),
    http: new Histogram({
      name: "coscope_http_seconds",
      help: "HTTP requests",
      labelNames: ["method", "route", "status"] as const,
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
