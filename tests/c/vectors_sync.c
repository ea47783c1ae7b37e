/* Steps that ask what shows, sync and open again. */

#include "vectors.h"

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

void write_digest(struct text *out, converge_doc doc) {
  converge_digest digest;
  if (converge_doc_digest(doc, &digest, NULL) != CONVERGE_STATUS_OK) fail("there is no digest");
  for (int i = 0; i < 32; i++) text_printf(out, "%02x", digest.bytes[i]);
}

void state(struct given *given, struct world *world, struct peer *peer) {
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

void sync_state(struct given *given, struct world *world, struct peer *peer) {
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

void get_pending(struct given *given, struct world *world, struct peer *peer, const struct json *step) {
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

void sync_typed(struct given *given, struct peer *from, struct peer *to) {
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

void sync_json(struct given *given, struct peer *from, struct peer *to) {
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

void sync_binary(struct given *given, struct world *world, struct peer *from, struct peer *to) {
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

void reopen(struct world *world, struct peer *peer) {
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
