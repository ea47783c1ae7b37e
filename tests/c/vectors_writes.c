/* Steps that write. */

#include "vectors.h"

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

void give_commit(struct given *given, struct world *world, struct peer *peer, converge_commit commit, bool as_list) {
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

converge_str raw(const struct json *json) {
  converge_str text;
  text.data = json != NULL ? json->raw : NULL;
  text.len = json != NULL ? json->raw_len : 0;
  return text;
}

void insert(struct given *given, struct world *world, struct peer *peer, const struct json *step, converge_commit *commit) {
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

void update(struct given *given, struct world *world, struct peer *peer, const struct json *step) {
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

void delete_row(struct given *given, struct world *world, struct peer *peer, const struct json *step) {
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

void transaction(struct given *given, struct world *world, struct peer *peer, const struct json *step) {
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

void insert_as_fresh_peer(struct given *given, struct world *world, struct peer *peer, const struct json *step) {
  converge_commit commit = {0, 0, 0};
  converge_bytes author;
  insert(given, world, peer, step, &commit);
  if (given->status != CONVERGE_STATUS_OK || converge_doc_peer(peer->doc, &author, NULL) != CONVERGE_STATUS_OK) return;
  if (author.len == peer->name.len && memcmp(author.data, peer->name.data, author.len) == 0) fail("the insert went on under the peer id as named");
  given->is_something = true;
  text_printf(&given->text, "{\"counter\":%" PRIu64 "}", commit.counter);
  converge_bytes_free(&author);
}
