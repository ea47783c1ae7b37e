/* Runs the conformance vectors through converge.h, each in every mode, and prints one line for each that fails:
 *
 *   vectors FOLDER SCRATCH
 *
 * FOLDER holds the vectors, SCRATCH takes the files of replicas on disk. The last line is `N passed, N failed`. */

#include "converge.h"
#include "json.h"
#include "typed.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How replicas are kept, and what they are called by. A vector passes when it passes in every mode. */
enum mode { TYPED, BY_JSON, BINARY, BY_REQUEST, DISK_TYPED, DISK_BINARY, MODES };

static const char *const MODE_NAMES[MODES] = {"memory, typed", "memory, json", "memory, binary", "memory, binary by request", "disk, typed", "disk, binary"};

enum { PEERS_MAX = 16 };

struct peer {
  converge_str name;
  char path[512];
  converge_doc doc;
  converge_ephemeral store;
};

struct world {
  enum mode mode;
  struct peer peers[PEERS_MAX];
  size_t len;
  const char *scratch;
};

/* What a call gave: a failure, or JSON text, or nothing. */
struct given {
  converge_status status;
  converge_error *error;
  bool is_something;
  struct text text;
};

/* Why a vector fails; empty while it does not. */
static struct text failure;

static void fail(const char *words) {
  if (failure.len == 0) text_put(&failure, words);
}

static bool on_disk(enum mode mode) { return mode == DISK_TYPED || mode == DISK_BINARY; }
static bool is_typed(enum mode mode) { return mode == TYPED || mode == DISK_TYPED; }

static bool open_doc(struct world *world, struct peer *peer, converge_bytes *replica) {
  converge_open_options options;
  converge_error *error = NULL;
  converge_status status;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.peer = peer->name;
  options.document = converge_str_of("07070707070707070707070707070707");
  if (replica != NULL) status = converge_doc_decode(replica->data, replica->len, &options, &peer->doc, &error);
#ifndef CONVERGE_WITHOUT_FILES
  else if (on_disk(world->mode)) status = converge_doc_open(converge_str_of(peer->path), &options, &peer->doc, &error);
#endif
  else status = converge_doc_new(&options, &peer->doc, &error);
  if (status != CONVERGE_STATUS_OK) fail(converge_error_message(error).data);
  converge_error_free(&error);
  return status == CONVERGE_STATUS_OK;
}

static bool open_peer(struct world *world, const struct json *name) {
  static unsigned files = 0;
  struct peer *peer = &world->peers[world->len];
  converge_ephemeral_options options;
  memset(peer, 0, sizeof *peer);
  memset(&options, 0, sizeof options);
  if (world->len == PEERS_MAX || !typed_str(name, &peer->name)) {
    fail("a peer has no name, or there are too many");
    return false;
  }
  world->len++;
  snprintf(peer->path, sizeof peer->path, "%s/%u.db", world->scratch, files++);
  options.size = sizeof options;
  options.clock = CONVERGE_CLOCK_MANUAL_NO_WALL;
  options.ttl_ms = CONVERGE_TTL_NONE;
  options.peer = peer->name;
  if (converge_ephemeral_new(&options, &peer->store, NULL) != CONVERGE_STATUS_OK) fail("no ephemeral store");
  return open_doc(world, peer, NULL);
}

static void close_world(struct world *world) {
  static const char *const BESIDE[] = {"", "-wal", "-shm", "-lock", "-peer"};
  for (size_t i = 0; i < world->len; i++) {
    if (converge_doc_free(world->peers[i].doc) != CONVERGE_STATUS_OK) fail("the document does not free");
    if (converge_ephemeral_free(world->peers[i].store) != CONVERGE_STATUS_OK) fail("the store does not free");
    for (size_t j = 0; on_disk(world->mode) && j < sizeof BESIDE / sizeof *BESIDE; j++) {
      char path[600];
      snprintf(path, sizeof path, "%s%s", world->peers[i].path, BESIDE[j]);
      remove(path);
    }
  }
}

static struct peer *find(struct world *world, const struct json *name) {
  for (size_t i = 0; name != NULL && i < world->len; i++)
    if (world->peers[i].name.len == name->text_len && memcmp(world->peers[i].name.data, name->text, name->text_len) == 0) return &world->peers[i];
  fail("no peer has that name");
  return NULL;
}

/* Takes over owned text as what a call gave. */
static void give_bytes(struct given *given, converge_bytes *bytes) {
  if (given->status == CONVERGE_STATUS_OK) {
    given->is_something = true;
    text_add(&given->text, (const char *)bytes->data, bytes->len);
    converge_bytes_free(bytes);
  }
}

/* `{id, deps, lamport}` of one event. */
static void write_made(struct text *out, struct world *world, struct peer *peer, converge_str author, uint64_t counter, uint64_t lamport) {
  if (world->mode == BY_JSON) {
    converge_bytes bytes = {0};
    struct json event;
    bool found = false;
    if (converge_doc_event_json(peer->doc, author, counter, &bytes, &found, NULL) != CONVERGE_STATUS_OK || !found) {
      fail("an event that was made is not there");
      return;
    }
    if (json_parse((const char *)bytes.data, bytes.len, &event)) {
      static const char *const KEYS[] = {"id", "deps", "lamport"};
      for (int i = 0; i < 3; i++) {
        const struct json *item = json_get(&event, KEYS[i]);
        text_printf(out, "%s\"%s\":", i == 0 ? "{" : ",", KEYS[i]);
        if (item != NULL) text_add(out, item->raw, item->raw_len);
      }
      text_put(out, "}");
    }
    json_free(&event);
    converge_bytes_free(&bytes);
    return;
  }
  converge_events events;
  if (converge_doc_event(peer->doc, author, counter, &events, NULL) != CONVERGE_STATUS_OK || events.len != 1) {
    fail("an event that was made is not there");
    return;
  }
  if (events.data[0].lamport != lamport) fail("a commit says another Lamport time than the event");
  text_put(out, "{\"id\":");
  struct text id = {0};
  write_ids(&id, &events.data[0].id, 1);
  text_add(out, id.data + 1, id.len - 2);
  text_free(&id);
  text_put(out, ",\"deps\":");
  write_ids(out, events.data[0].deps, events.data[0].deps_len);
  text_printf(out, ",\"lamport\":%" PRIu64 "}", events.data[0].lamport);
  converge_events_free(&events);
}

static void give_commit(struct given *given, struct world *world, struct peer *peer, converge_commit commit, bool as_list) {
  converge_bytes author;
  if (given->status != CONVERGE_STATUS_OK || converge_doc_peer(peer->doc, &author, NULL) != CONVERGE_STATUS_OK) return;
  given->is_something = true;
  if (as_list) text_put(&given->text, "[");
  for (uint64_t i = 0; i < commit.events; i++) {
    if (i > 0) text_put(&given->text, ",");
    write_made(&given->text, world, peer, converge_str_of_bytes(author), commit.counter + i, commit.lamport + i);
  }
  if (as_list) text_put(&given->text, "]");
  converge_bytes_free(&author);
}

static converge_str raw(const struct json *json) {
  converge_str text;
  text.data = json != NULL ? json->raw : NULL;
  text.len = json != NULL ? json->raw_len : 0;
  return text;
}

static void insert(struct given *given, struct world *world, struct peer *peer, const struct json *step, converge_commit *commit) {
  struct arena arena = {0};
  const converge_cell *cells;
  converge_str tbl, row_id;
  size_t len;
  const struct json *values = json_get(step, "values");
  if (!typed_str(json_get(step, "tbl"), &tbl) || !typed_str(json_get(step, "row_id"), &row_id)) fail("the step names no row");
  else if (world->mode != BY_JSON && typed_cells(&arena, values, &cells, &len))
    given->status = converge_doc_insert(peer->doc, tbl, row_id, cells, len, commit, &given->error);
  else given->status = converge_doc_insert_json(peer->doc, tbl, row_id, raw(values), commit, &given->error);
  arena_free(&arena);
}

static void update(struct given *given, struct world *world, struct peer *peer, const struct json *step) {
  struct arena arena = {0};
  converge_commit commit = {0, 0, 0};
  converge_str tbl, row_id, col;
  converge_value value;
  const struct json *json = json_get(step, "value");
  if (!typed_str(json_get(step, "tbl"), &tbl) || !typed_str(json_get(step, "row_id"), &row_id) || !typed_str(json_get(step, "col"), &col) || json == NULL)
    fail("the step names no cell");
  else if (world->mode != BY_JSON && typed_value(&arena, json, &value))
    given->status = converge_doc_update(peer->doc, tbl, row_id, col, value, &commit, &given->error);
  else given->status = converge_doc_update_json(peer->doc, tbl, row_id, col, raw(json), &commit, &given->error);
  give_commit(given, world, peer, commit, false);
  arena_free(&arena);
}

static void delete(struct given *given, struct world *world, struct peer *peer, const struct json *step) {
  converge_commit commit = {0, 0, 0};
  converge_str tbl, row_id;
  if (!typed_str(json_get(step, "tbl"), &tbl) || !typed_str(json_get(step, "row_id"), &row_id)) fail("the step names no row");
  else given->status = converge_doc_delete(peer->doc, tbl, row_id, &commit, &given->error);
  give_commit(given, world, peer, commit, false);
}

/* One operation of a transaction that is open. */
static converge_status play(converge_transaction transaction, const converge_op *op, converge_error **error) {
  switch (op->kind) {
    case CONVERGE_OP_INSERT: return converge_transaction_insert(transaction, op->tbl, op->row_id, op->cells, op->cells_len, error);
    case CONVERGE_OP_UPDATE: return converge_transaction_update(transaction, op->tbl, op->row_id, op->col, op->value, error);
    default: return converge_transaction_delete(transaction, op->tbl, op->row_id, error);
  }
}

static void transaction(struct given *given, struct world *world, struct peer *peer, const struct json *step) {
  struct arena arena = {0};
  converge_commit commit = {0, 0, 0};
  const struct json *json = json_get(step, "ops"), *time = json_get(step, "at_ms");
  int64_t at_ms, *at = time != NULL && json_integer(time, &at_ms) ? &at_ms : NULL;
  bool typed = world->mode != BY_JSON && json != NULL && json->kind == JSON_LIST;
  converge_op *ops = arena_take(&arena, (json != NULL ? json->len : 0) * sizeof *ops);
  for (size_t i = 0; typed && i < json->len; i++) typed = typed_op(&arena, &json->items[i], &ops[i]);
  if (!typed) {
    given->status = converge_doc_apply_json(peer->doc, raw(json), at, &commit, &given->error);
  } else if (!is_typed(world->mode)) {
    given->status = converge_doc_apply(peer->doc, ops, json->len, at, &commit, &given->error);
  } else {
    converge_transaction open = {0};
    given->status = converge_doc_begin(peer->doc, at, &open, &given->error);
    for (size_t i = 0; given->status == CONVERGE_STATUS_OK && i < json->len; i++) given->status = play(open, &ops[i], &given->error);
    if (given->status == CONVERGE_STATUS_OK) given->status = converge_transaction_commit(open, &commit, &given->error);
    if (converge_transaction_free(open) != CONVERGE_STATUS_OK) fail("the transaction does not free");
  }
  give_commit(given, world, peer, commit, true);
  arena_free(&arena);
}

static void write_table(struct text *out, converge_doc doc, converge_str tbl) {
  converge_scan scan;
  converge_rows rows;
  size_t count = 0;
  text_put(out, "{");
  if (converge_doc_rows(doc, tbl, NULL, &scan, NULL) != CONVERGE_STATUS_OK) fail("a table does not scan");
  for (;;) {
    if (converge_scan_next(scan, 3, &rows, NULL) != CONVERGE_STATUS_OK || rows.len == 0) break;
    for (size_t i = 0; i < rows.len; i++, count++) {
      if (count > 0) text_put(out, ",");
      text_json(out, rows.data[i].id.data, rows.data[i].id.len);
      text_put(out, ":");
      write_object(out, rows.data[i].cells, rows.data[i].cells_len);
    }
    converge_rows_free(&rows);
  }
  converge_scan_free(scan);
  uint64_t counted = 0;
  if (converge_doc_count(doc, tbl, &counted, NULL) != CONVERGE_STATUS_OK || counted != count) fail("a table counts other rows than it scans");
  text_put(out, "}");
}

static void write_digest(struct text *out, converge_doc doc) {
  converge_digest digest;
  if (converge_doc_digest(doc, &digest, NULL) != CONVERGE_STATUS_OK) fail("there is no digest");
  for (int i = 0; i < 32; i++) text_printf(out, "%02x", digest.bytes[i]);
}

static void state(struct given *given, struct world *world, struct peer *peer) {
  struct text *out = &given->text;
  given->is_something = true;
  text_put(out, "{\"rows\":");
  if (is_typed(world->mode)) {
    converge_names tables;
    given->status = converge_doc_tables(peer->doc, &tables, &given->error);
    if (given->status != CONVERGE_STATUS_OK) return;
    text_put(out, "{");
    for (size_t i = 0; i < tables.len; i++) {
      if (i > 0) text_put(out, ",");
      text_json(out, tables.data[i].data, tables.data[i].len);
      text_put(out, ":");
      write_table(out, peer->doc, tables.data[i]);
    }
    text_put(out, "}");
    converge_names_free(&tables);
  } else {
    converge_bytes rows;
    given->status = converge_doc_rows_json(peer->doc, &rows, &given->error);
    give_bytes(given, &rows);
  }
  text_put(out, ",\"digest\":\"");
  write_digest(out, peer->doc);
  text_put(out, "\"}");
}

static void sync_state(struct given *given, struct world *world, struct peer *peer) {
  if (!is_typed(world->mode)) {
    converge_bytes bytes;
    given->status = converge_doc_sync_state_json(peer->doc, &bytes, &given->error);
    give_bytes(given, &bytes);
    return;
  }
  converge_event_ids versions, frontier;
  given->status = converge_doc_sync_state(peer->doc, &versions, &frontier, &given->error);
  if (given->status != CONVERGE_STATUS_OK) return;
  given->is_something = true;
  text_put(&given->text, "{\"frontier\":");
  write_ids(&given->text, frontier.data, frontier.len);
  text_put(&given->text, ",\"versions\":");
  write_versions(&given->text, versions.data, versions.len);
  text_put(&given->text, "}");
  converge_event_ids_free(&versions);
  converge_event_ids_free(&frontier);
}

static int by_peer_and_counter(const void *a, const void *b) {
  const converge_event_id *left = a, *right = b;
  size_t least = left->peer.len < right->peer.len ? left->peer.len : right->peer.len;
  int order = memcmp(left->peer.data, right->peer.data, least);
  if (order == 0) order = left->peer.len < right->peer.len ? -1 : left->peer.len > right->peer.len;
  if (order == 0) order = left->counter < right->counter ? -1 : left->counter > right->counter;
  return order;
}

/* `{ids}` of all events in an answer, sorted. */
static void give_ids(struct given *given, converge_event_id *ids, size_t len) {
  if (len > 0) qsort(ids, len, sizeof *ids, by_peer_and_counter);
  given->is_something = true;
  text_put(&given->text, "{\"ids\":");
  write_ids(&given->text, ids, len);
  text_put(&given->text, "}");
}

static void get_pending(struct given *given, struct world *world, struct peer *peer, const struct json *step) {
  struct arena arena = {0};
  const struct json *known = json_get(step, "known");
  const converge_event_id *versions;
  converge_event_id *ids = NULL;
  size_t versions_len, len = 0;
  bool has_more = true;
  if (known == NULL) {
    fail("the step has no `known`");
  } else if (world->mode != BY_JSON && typed_versions(&arena, known, &versions, &versions_len)) {
    converge_runs runs;
    given->status = converge_doc_get_pending(peer->doc, versions, versions_len, NULL, &runs, &has_more, &given->error);
    if (given->status == CONVERGE_STATUS_OK) {
      for (size_t i = 0; i < runs.len; i++) len += runs.data[i].ops_len;
      ids = arena_take(&arena, len * sizeof *ids);
      len = 0;
      for (size_t i = 0; i < runs.len; i++)
        for (size_t j = 0; j < runs.data[i].ops_len; j++, len++) ids[len].peer = runs.data[i].peer, ids[len].counter = runs.data[i].counter_start + j;
      give_ids(given, ids, len);
      converge_runs_free(&runs);
    }
  } else {
    converge_bytes bytes;
    struct json runs;
    given->status = converge_doc_get_pending_json(peer->doc, raw(known), NULL, &bytes, &has_more, &given->error);
    if (given->status == CONVERGE_STATUS_OK) {
      if (!json_parse((const char *)bytes.data, bytes.len, &runs)) fail("a page is no JSON");
      for (size_t i = 0; i < runs.len; i++) len += json_get(&runs.items[i], "ops")->len;
      ids = arena_take(&arena, len * sizeof *ids);
      len = 0;
      for (size_t i = 0; i < runs.len; i++) {
        int64_t start = 0;
        json_integer(json_get(&runs.items[i], "counter_start"), &start);
        for (size_t j = 0; j < json_get(&runs.items[i], "ops")->len; j++, len++) {
          typed_str(json_get(&runs.items[i], "peer"), &ids[len].peer);
          ids[len].counter = (uint64_t)start + j;
        }
      }
      give_ids(given, ids, len);
      json_free(&runs);
      converge_bytes_free(&bytes);
    }
  }
  if (given->status == CONVERGE_STATUS_OK && has_more) fail("a vector fits into one page");
  arena_free(&arena);
}

static void give_merge_result(struct given *given, converge_merge_result *result) {
  if (given->status != CONVERGE_STATUS_OK) return;
  given->is_something = true;
  write_merge_result(&given->text, result);
  converge_patches_free(&result->patches);
}

static void sync_typed(struct given *given, struct peer *from, struct peer *to) {
  converge_event_ids known;
  converge_runs runs;
  converge_merge_result result;
  bool has_more;
  given->status = converge_doc_versions(to->doc, &known, &given->error);
  if (given->status != CONVERGE_STATUS_OK) return;
  given->status = converge_doc_get_pending(from->doc, known.data, known.len, NULL, &runs, &has_more, &given->error);
  if (given->status == CONVERGE_STATUS_OK) {
    given->status = converge_doc_merge_remote(to->doc, runs.data, runs.len, &result, &given->error);
    give_merge_result(given, &result);
    converge_runs_free(&runs);
  }
  converge_event_ids_free(&known);
}

static void sync_json(struct given *given, struct peer *from, struct peer *to) {
  converge_bytes text, runs, result;
  struct json state;
  bool has_more;
  given->status = converge_doc_sync_state_json(to->doc, &text, &given->error);
  if (given->status != CONVERGE_STATUS_OK) return;
  json_parse((const char *)text.data, text.len, &state);
  given->status = converge_doc_get_pending_json(from->doc, raw(json_get(&state, "versions")), NULL, &runs, &has_more, &given->error);
  if (given->status == CONVERGE_STATUS_OK) {
    given->status = converge_doc_merge_remote_json(to->doc, converge_str_of_bytes(runs), &result, &given->error);
    give_bytes(given, &result);
    converge_bytes_free(&runs);
  }
  json_free(&state);
  converge_bytes_free(&text);
}

static void sync_binary(struct given *given, struct world *world, struct peer *from, struct peer *to) {
  converge_bytes request = {0}, update = {0};
  bool has_more;
  if (world->mode == BY_REQUEST) {
    given->status = converge_doc_encode_request(to->doc, &request, &given->error);
    if (given->status == CONVERGE_STATUS_OK)
      given->status = converge_doc_encode_pending(from->doc, request.data, request.len, NULL, &update, &has_more, &given->error);
  } else {
    converge_event_ids known = {0};
    given->status = converge_doc_versions(to->doc, &known, &given->error);
    if (given->status == CONVERGE_STATUS_OK)
      given->status = converge_doc_encode_update(from->doc, known.data, known.len, NULL, &update, &has_more, &given->error);
    converge_event_ids_free(&known);
  }
  if (given->status == CONVERGE_STATUS_OK && world->mode == BINARY) {
    converge_bytes result;
    given->status = converge_doc_merge_update_json(to->doc, update.data, update.len, &result, &given->error);
    give_bytes(given, &result);
  } else if (given->status == CONVERGE_STATUS_OK) {
    converge_merge_result result;
    given->status = converge_doc_merge_update(to->doc, update.data, update.len, &result, &given->error);
    give_merge_result(given, &result);
  }
  converge_bytes_free(&request);
  converge_bytes_free(&update);
}

static void reopen(struct world *world, struct peer *peer) {
  if (on_disk(world->mode)) {
    if (converge_doc_close(peer->doc, NULL) != CONVERGE_STATUS_OK || converge_doc_free(peer->doc) != CONVERGE_STATUS_OK) fail("it does not close");
    open_doc(world, peer, NULL);
    return;
  }
  converge_bytes replica;
  converge_doc before = peer->doc;
  if (converge_doc_encode_replica(before, &replica, NULL) != CONVERGE_STATUS_OK) {
    fail("the replica does not encode");
    return;
  }
  open_doc(world, peer, &replica);
  converge_doc_free(before);
  converge_bytes_free(&replica);
}

static void insert_as_fresh_peer(struct given *given, struct world *world, struct peer *peer, const struct json *step) {
  converge_commit commit = {0, 0, 0};
  converge_bytes author;
  insert(given, world, peer, step, &commit);
  if (given->status != CONVERGE_STATUS_OK || converge_doc_peer(peer->doc, &author, NULL) != CONVERGE_STATUS_OK) return;
  if (author.len == peer->name.len && memcmp(author.data, peer->name.data, author.len) == 0) fail("the insert went on under the peer id as named");
  given->is_something = true;
  text_printf(&given->text, "{\"counter\":%" PRIu64 "}", commit.counter);
  converge_bytes_free(&author);
}

static void ephemeral(struct given *given, struct world *world, struct peer *peer, const char *action, const struct json *step) {
  struct arena arena = {0};
  const struct json *stamp = json_get(step, "timestamp"), *json = json_get(step, "value");
  double number = stamp != NULL ? json_number(stamp) : 0, *timestamp = stamp != NULL ? &number : NULL;
  converge_str ns = {0}, key = {0};
  converge_value value;
  converge_bytes bytes;
  bool stored = false;
  typed_str(json_get(step, "ns"), &ns);
  typed_str(json_get(step, "key"), &key);
  if (strcmp(action, "ephemeral_get_all") == 0 && is_typed(world->mode)) {
    converge_entries entries;
    given->status = converge_ephemeral_get_all(peer->store, ns, &entries, &given->error);
    if (given->status == CONVERGE_STATUS_OK) {
      given->is_something = true;
      write_entries(&given->text, entries.data, entries.len);
      converge_entries_free(&entries);
    }
  } else if (strcmp(action, "ephemeral_get_all") == 0) {
    given->status = converge_ephemeral_get_all_json(peer->store, ns, &bytes, &given->error);
    give_bytes(given, &bytes);
  } else if (strcmp(action, "ephemeral_merge") == 0) {
    converge_str entries = {0};
    typed_str(json_get(step, "entries"), &entries);
    given->status = converge_ephemeral_merge_json(peer->store, entries, &bytes, &given->error);
    give_bytes(given, &bytes);
  } else {
    if (strcmp(action, "ephemeral_remove") == 0)
      given->status = converge_ephemeral_remove(peer->store, ns, key, timestamp, &stored, &given->error);
    else if (world->mode != BY_JSON && json != NULL && typed_value(&arena, json, &value))
      given->status = converge_ephemeral_set(peer->store, ns, key, value, timestamp, &stored, &given->error);
    else given->status = converge_ephemeral_set_json(peer->store, ns, key, raw(json), timestamp, &stored, &given->error);
    if (given->status == CONVERGE_STATUS_OK) {
      given->is_something = true;
      text_put(&given->text, stored ? "{\"stored\":true}" : "{\"stored\":false}");
    }
  }
  arena_free(&arena);
}

static void call(struct given *given, struct world *world, struct peer *peer, const char *action, const struct json *step) {
  converge_commit commit = {0, 0, 0};
  if (strcmp(action, "insert") == 0) {
    insert(given, world, peer, step, &commit);
    give_commit(given, world, peer, commit, false);
  } else if (strcmp(action, "update") == 0) {
    update(given, world, peer, step);
  } else if (strcmp(action, "delete") == 0) {
    delete (given, world, peer, step);
  } else if (strcmp(action, "transaction") == 0) {
    transaction(given, world, peer, step);
  } else if (strcmp(action, "sync") == 0) {
    struct peer *from = find(world, json_get(step, "from"));
    if (from == NULL) return;
    if (is_typed(world->mode)) sync_typed(given, from, peer);
    else if (world->mode == BY_JSON) sync_json(given, from, peer);
    else sync_binary(given, world, from, peer);
  } else if (strcmp(action, "deliver") == 0) {
    converge_str runs = {0};
    converge_bytes bytes;
    typed_str(json_get(step, "runs"), &runs);
    given->status = converge_doc_merge_remote_json(peer->doc, runs, &bytes, &given->error);
    give_bytes(given, &bytes);
  } else if (strcmp(action, "state") == 0) {
    state(given, world, peer);
  } else if (strcmp(action, "sync_state") == 0) {
    sync_state(given, world, peer);
  } else if (strcmp(action, "get_pending") == 0) {
    get_pending(given, world, peer, step);
  } else if (strcmp(action, "reopen") == 0) {
    reopen(world, peer);
  } else if (strcmp(action, "insert_as_fresh_peer") == 0) {
    insert_as_fresh_peer(given, world, peer, step);
  } else if (strncmp(action, "ephemeral_", 10) == 0) {
    ephemeral(given, world, peer, action, step);
  } else {
    fail("this runner does not know the step");
  }
}

static void add_bytes(struct text *out, converge_status status, converge_bytes *bytes) {
  text_printf(out, "|%d:", (int)status);
  if (status == CONVERGE_STATUS_OK) {
    text_add(out, (const char *)bytes->data, bytes->len);
    converge_bytes_free(bytes);
  }
}

/* Everything that a refused call must leave as it was. */
static void fingerprint(struct text *out, struct peer *peer) {
  converge_bytes bytes;
  converge_event_ids missing = {0};
  converge_names namespaces = {0};
  uint64_t waiting = 0, entries = 0, size = 0;
  bool needs_fresh_peer = false;
  write_digest(out, peer->doc);
  add_bytes(out, converge_doc_sync_state_json(peer->doc, &bytes, NULL), &bytes);
  converge_doc_waiting_events(peer->doc, &waiting, NULL);
  converge_doc_needs_fresh_peer(peer->doc, &needs_fresh_peer, NULL);
  converge_doc_missing(peer->doc, &missing, NULL);
  text_printf(out, "|%" PRIu64 "|%d|", waiting, needs_fresh_peer);
  write_ids(out, missing.data, missing.len);
  converge_event_ids_free(&missing);
  converge_ephemeral_namespaces(peer->store, &namespaces, NULL);
  for (size_t i = 0; i < namespaces.len; i++) {
    text_json(out, namespaces.data[i].data, namespaces.data[i].len);
    add_bytes(out, converge_ephemeral_get_all_json(peer->store, namespaces.data[i], &bytes, NULL), &bytes);
  }
  converge_names_free(&namespaces);
  converge_ephemeral_size(peer->store, &entries, &size, NULL);
  text_printf(out, "|%" PRIu64 "|%" PRIu64, entries, size);
}

/* Compares what came of a step with what it expects. */
static void compare(struct given *given, const struct json *step, const char *action, const struct text *before, struct peer *peer) {
  const struct json *expected = json_get(step, "expect"), *kind = json_get(step, "error");
  struct text after = {0}, words = {0};
  struct json actual;
  if (given->status != CONVERGE_STATUS_OK) {
    const char *name = converge_status_name(given->status);
    if (kind == NULL || kind->text_len != strlen(name) || memcmp(kind->text, name, kind->text_len) != 0)
      text_printf(&words, "it failed otherwise: %s", converge_error_message(given->error).data);
    if (converge_error_status(given->error) != given->status) text_put(&words, "the error has another status than the call");
    fingerprint(&after, peer);
    if (after.len != before->len || memcmp(after.data, before->data, after.len) != 0) text_put(&words, "it failed, but changed something");
  } else if (kind != NULL) {
    text_printf(&words, "expected the error %.*s, got %.300s", (int)kind->raw_len, kind->raw, given->is_something ? given->text.data : "nothing");
  } else if ((expected != NULL) != given->is_something) {
    text_put(&words, expected != NULL ? "the call gives nothing to expect" : "the step expects nothing");
  } else if (expected != NULL) {
    if (json_parse(given->text.data, given->text.len, &actual)) json_difference(expected, &actual, strncmp(action, "ephemeral", 9) == 0, &words);
    else text_put(&words, "what the call gave is no JSON");
    json_free(&actual);
  }
  if (words.len > 0) fail(words.data);
  text_free(&words);
  text_free(&after);
}

static void take_step(struct world *world, const struct json *step) {
  const struct json *to = json_get(step, "to"), *action = json_get(step, "do");
  struct peer *peer = find(world, to != NULL ? to : json_get(step, "at"));
  struct given given = {0};
  struct text before = {0};
  if (peer == NULL || action == NULL) return;
  fingerprint(&before, peer);
  call(&given, world, peer, action->text, step);
  compare(&given, step, action->text, &before, peer);
  converge_error_free(&given.error);
  if (converge_doc_check(peer->doc, &given.error) != CONVERGE_STATUS_OK) fail(converge_error_message(given.error).data);
  if (converge_ephemeral_check(peer->store, NULL) != CONVERGE_STATUS_OK) fail("an invariant of the store is broken");
  converge_error_free(&given.error);
  text_free(&given.text);
  text_free(&before);
}

static void run(const struct json *vector, enum mode mode, const char *scratch, const char *name) {
  struct world world;
  const struct json *format = json_get(vector, "format"), *peers = json_get(vector, "peers"), *steps = json_get(vector, "steps");
  memset(&world, 0, sizeof world);
  world.mode = mode;
  world.scratch = scratch;
  text_free(&failure);
  if (format == NULL || !json_is_word(format, "1") || peers == NULL || steps == NULL) fail("this runner knows format 1");
  for (size_t i = 0; failure.len == 0 && i < peers->len; i++) open_peer(&world, &peers->items[i]);
  for (size_t i = 0; failure.len == 0 && i < steps->len; i++) {
    take_step(&world, &steps->items[i]);
    if (failure.len > 0) {
      const struct json *action = json_get(&steps->items[i], "do");
      printf("FAILED %s: [%s] step %zu (%s): %s\n", name, MODE_NAMES[mode], i, action != NULL ? action->text : "?", failure.data);
      close_world(&world);
      return;
    }
  }
  close_world(&world);
  if (failure.len > 0) printf("FAILED %s: [%s] %s\n", name, MODE_NAMES[mode], failure.data);
}

static bool run_file(const char *folder, const char *name, const char *scratch) {
  char path[1024];
  struct text content = {0};
  struct json vector;
  bool passed = true;
  char buffer[65536];
  size_t got;
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "rb");
  if (file == NULL) return false;
  while ((got = fread(buffer, 1, sizeof buffer, file)) > 0) text_add(&content, buffer, got);
  fclose(file);
  text_add(&content, "", 0);
  if (!json_parse(content.data, content.len, &vector)) passed = false;
  for (int mode = 0; passed && mode < MODES; mode++) {
#ifdef CONVERGE_WITHOUT_FILES
    if (on_disk((enum mode)mode)) continue;
#endif
    run(&vector, (enum mode)mode, scratch, name);
    passed = failure.len == 0;
  }
  json_free(&vector);
  text_free(&content);
  text_free(&failure);
  return passed;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

int main(int argc, char **argv) {
  char *names[4096];
  size_t len = 0, passed = 0, failed = 0;
  DIR *folder = argc == 3 ? opendir(argv[1]) : NULL;
  if (folder == NULL) {
    fprintf(stderr, "vectors FOLDER SCRATCH\n");
    return 2;
  }
  for (struct dirent *entry; (entry = readdir(folder)) != NULL && len < sizeof names / sizeof *names;) {
    size_t n = strlen(entry->d_name);
    if (n < 6 || strcmp(entry->d_name + n - 5, ".json") != 0) continue;
    names[len] = malloc(n + 1);
    memcpy(names[len++], entry->d_name, n + 1);
  }
  closedir(folder);
  qsort(names, len, sizeof *names, by_name);
  for (size_t i = 0; i < len; i++) {
    if (run_file(argv[1], names[i], argv[2])) passed++;
    else failed++;
    free(names[i]);
  }
  printf("%zu passed, %zu failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
