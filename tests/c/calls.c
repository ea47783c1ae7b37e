/* What the typed functions give and take. */

#include "converge.h"

#include "check.h"

static converge_doc new_doc(void) {
  BEGIN;
  converge_doc doc;
  OK(converge_doc_new(NULL, &doc, &error));
  CHECK(doc.id != 0);
  return doc;
}

static void insert(converge_doc doc, const char *tbl, const char *row_id, const char *title, int64_t number) {
  BEGIN;
  converge_cell cells[2] = {converge_cell_of("title", converge_text(title)), converge_cell_of("number", converge_int(number))};
  OK(converge_doc_insert(doc, STR(tbl), STR(row_id), cells, 2, NULL, &error));
}

static void writes_in_every_form(void) {
  BEGIN;
  converge_doc doc = new_doc();
  converge_commit commit;
  converge_cell cell = converge_cell_of("a", converge_int(1));
  converge_row rows[2];
  converge_update updates[2];
  converge_op ops[3];
  converge_rows found;
  converge_bytes text;
  uint64_t count;
  bool is_there;
  int64_t at = 1700000000000;
  memset(rows, 0, sizeof rows);
  rows[0].id = STR("1"), rows[0].cells = &cell, rows[0].cells_len = 1;
  rows[1].id = STR("2");
  OK(converge_doc_insert_many(doc, STR("t"), rows, 2, &commit, &error));
  CHECK(commit.counter == 0 && commit.events == 2);
  EXPECT(CONVERGE_STATUS_ROW_EXISTS, converge_doc_insert_many(doc, STR("t"), rows, 2, &commit, &error));
  updates[0].row_id = STR("1"), updates[0].col = STR("a"), updates[0].value = converge_int(2);
  updates[1].row_id = STR("2"), updates[1].col = STR("b"), updates[1].value = converge_text("x");
  OK(converge_doc_update_many(doc, STR("t"), updates, 2, &commit, &error));
  CHECK(commit.events == 2);
  OK(converge_doc_upsert(doc, STR("t"), STR("1"), &cell, 1, &commit, &error));
  OK(converge_doc_update_columns(doc, STR("t"), STR("2"), &cell, 1, &commit, &error));
  OK(converge_doc_row_json(doc, STR("t"), STR("2"), &text, &is_there, &error));
  CHECK(is_there && SAYS(text, "{\"a\":1,\"b\":\"x\"}"));
  converge_bytes_free(&text);
  memset(ops, 0, sizeof ops);
  ops[0].kind = CONVERGE_OP_INSERT, ops[0].tbl = STR("u"), ops[0].row_id = STR("1"), ops[0].cells = &cell, ops[0].cells_len = 1;
  ops[1].kind = CONVERGE_OP_UPDATE, ops[1].tbl = STR("u"), ops[1].row_id = STR("1"), ops[1].col = STR("b"), ops[1].value = converge_float(1.5);
  ops[2].kind = CONVERGE_OP_DELETE, ops[2].tbl = STR("t"), ops[2].row_id = STR("1");
  OK(converge_doc_apply(doc, ops, 3, &at, &commit, &error));
  CHECK(commit.events == 3);
  OK(converge_doc_row(doc, STR("u"), STR("1"), &found, &error));
  CHECK(found.len == 1 && found.data[0].cells_len == 2 && found.data[0].cells[1].value.as.real == 1.5);
  converge_rows_free(&found);
  OK(converge_doc_delete_all(doc, STR("u"), &commit, &error));
  OK(converge_doc_count(doc, STR("u"), &count, &error));
  CHECK(count == 0);
  OK(converge_doc_apply_json(doc, STR("[{\"type\":\"delete\",\"tbl\":\"t\",\"row_id\":\"2\"}]"), NULL, &commit, &error));
  OK(converge_doc_contains(doc, STR("t"), STR("2"), &is_there, &error));
  CHECK(!is_there);
  OK(converge_doc_check(doc, &error));
  converge_doc_free(doc);
}

static void transactions_end_once(void) {
  BEGIN;
  converge_doc doc = new_doc();
  converge_transaction transaction;
  converge_cell cell = converge_cell_of("a", converge_int(1));
  converge_value value;
  converge_rows rows;
  converge_bytes text;
  uint64_t number;
  bool found;
  OK(converge_doc_begin(doc, NULL, &transaction, &error));
  /* The document's own calls would wait for this thread. */
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_count(doc, STR("t"), &number, &error));
  OK(converge_transaction_insert(transaction, STR("t"), STR("1"), &cell, 1, &error));
  OK(converge_transaction_insert_json(transaction, STR("t"), STR("2"), STR("{\"a\":2}"), &error));
  EXPECT(CONVERGE_STATUS_ROW_EXISTS, converge_transaction_insert(transaction, STR("t"), STR("1"), &cell, 1, &error));
  OK(converge_transaction_upsert(transaction, STR("t"), STR("1"), &cell, 1, &error));
  OK(converge_transaction_update_columns(transaction, STR("t"), STR("1"), &cell, 1, &error));
  OK(converge_transaction_update_json(transaction, STR("t"), STR("1"), STR("b"), STR("3"), &error));
  OK(converge_transaction_get(transaction, STR("t"), STR("1"), STR("b"), &value, &found, &error));
  CHECK(found && value.as.integer == 3);
  OK(converge_transaction_row(transaction, STR("t"), STR("2"), &rows, &error));
  CHECK(rows.len == 1);
  converge_rows_free(&rows);
  OK(converge_transaction_scan(transaction, STR("t"), NULL, 1, &rows, &error));
  CHECK(rows.len == 1 && SAYS(rows.data[0].id, "1"));
  converge_rows_free(&rows);
  OK(converge_transaction_row_json(transaction, STR("t"), STR("1"), &text, &found, &error));
  CHECK(found && SAYS(text, "{\"a\":1,\"b\":3}"));
  converge_bytes_free(&text);
  OK(converge_transaction_delete(transaction, STR("t"), STR("2"), &error));
  OK(converge_transaction_contains(transaction, STR("t"), STR("2"), &found, &error));
  CHECK(!found);
  OK(converge_transaction_count(transaction, STR("t"), &number, &error));
  CHECK(number == 1);
  OK(converge_transaction_len(transaction, &number, &error));
  CHECK(number == 6);
  OK(converge_transaction_new_row_id(transaction, &text, &error));
  CHECK(text.len == 15);
  converge_bytes_free(&text);
  OK(converge_transaction_rollback(transaction, &error));
  EXPECT(CONVERGE_STATUS_CLOSED, converge_transaction_rollback(transaction, &error));
  EXPECT(CONVERGE_STATUS_CLOSED, converge_transaction_commit(transaction, NULL, &error));
  EXPECT(CONVERGE_STATUS_CLOSED, converge_transaction_delete(transaction, STR("t"), STR("1"), &error));
  CHECK(converge_transaction_free(transaction) == CONVERGE_STATUS_OK);
  OK(converge_doc_count(doc, STR("t"), &number, &error));
  CHECK(number == 0);
  /* One that is freed is rolled back. */
  OK(converge_doc_begin(doc, NULL, &transaction, &error));
  OK(converge_transaction_insert(transaction, STR("t"), STR("1"), &cell, 1, &error));
  CHECK(converge_transaction_free(transaction) == CONVERGE_STATUS_OK);
  OK(converge_doc_events(doc, &number, &error));
  CHECK(number == 0);
  converge_doc_free(doc);
}

static void scans_take_ranges(void) {
  BEGIN;
  converge_doc doc = new_doc();
  converge_scan_range range;
  converge_rows rows;
  converge_bytes text;
  char row_id[16];
  for (int i = 0; i < 10; i++) {
    sprintf(row_id, "r%d", i);
    insert(doc, "t", row_id, "x", i);
  }
  insert(doc, "t", "s", "x", 0);
  memset(&range, 0, sizeof range);
  range.size = sizeof range;
  range.from_bound = CONVERGE_BOUND_EXCLUDED, range.from = STR("r2");
  range.to_bound = CONVERGE_BOUND_INCLUDED, range.to = STR("r5");
  OK(converge_doc_scan(doc, STR("t"), &range, 100, &rows, &error));
  CHECK(rows.len == 3 && SAYS(rows.data[0].id, "r3") && SAYS(rows.data[2].id, "r5"));
  range.after = rows.data[0].id;
  converge_rows after;
  OK(converge_doc_scan(doc, STR("t"), &range, 100, &after, &error));
  CHECK(after.len == 2 && SAYS(after.data[0].id, "r4"));
  converge_rows_free(&after);
  converge_rows_free(&rows);
  memset(&range, 0, sizeof range);
  range.size = sizeof range;
  range.prefix = STR("r");
  OK(converge_doc_scan(doc, STR("t"), &range, 100, &rows, &error));
  CHECK(rows.len == 10);
  converge_rows_free(&rows);
  OK(converge_doc_scan_json(doc, STR("t"), &range, 1, &text, &error));
  CHECK(SAYS(text, "[[\"r0\",{\"number\":0,\"title\":\"x\"}]]"));
  converge_bytes_free(&text);
  range.to_bound = 3;
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_scan(doc, STR("t"), &range, 100, &rows, &error));
  converge_doc_free(doc);
}

static void replicas_sync_and_remember(void) {
  BEGIN;
  converge_doc phone = new_doc(), laptop = new_doc(), copy;
  converge_bytes request, update, replica, document, other;
  converge_merge_result result;
  converge_event_ids versions, frontier, ids;
  converge_events events;
  converge_event_ranges ranges;
  converge_rows rows;
  converge_digest left, right;
  uint64_t number;
  int32_t relation;
  bool more;
  insert(phone, "t", "1", "one", 1);
  OK(converge_doc_encode_request(laptop, &request, &error));
  OK(converge_doc_encode_pending(phone, request.data, request.len, NULL, &update, &more, &error));
  CHECK(!more && update.len > 0);
  OK(converge_doc_merge_update(laptop, update.data, update.len, &result, &error));
  CHECK(result.applied == 1 && result.patches.len == 1 && result.patches.data[0].kind == CONVERGE_PATCH_INSERT_ROW);
  CHECK(result.patches.data[0].cells_len == 2);
  converge_patches_free(&result.patches);
  OK(converge_doc_merge_update_quiet(laptop, update.data, update.len, NULL, &error));
  OK(converge_doc_merge_update_quiet(laptop, NULL, 0, NULL, &error));
  converge_bytes_free(&request);
  converge_bytes_free(&update);
  OK(converge_doc_document_id(phone, &document, &error));
  OK(converge_doc_document_id(laptop, &other, &error));
  CHECK(document.len == 32 && memcmp(document.data, other.data, 32) == 0);
  converge_bytes_free(&document);
  converge_bytes_free(&other);

  OK(converge_doc_sync_state(phone, &versions, &frontier, &error));
  CHECK(versions.len == 1 && versions.data[0].counter == 0 && frontier.len == 1);
  OK(converge_doc_update(phone, STR("t"), STR("1"), STR("number"), converge_int(2), NULL, &error));
  OK(converge_doc_frontier(phone, &ids, &error));
  OK(converge_doc_compare(phone, frontier.data, frontier.len, ids.data, ids.len, &relation, &error));
  CHECK(relation == CONVERGE_RELATION_BEFORE);
  OK(converge_doc_events_between(phone, frontier.data, frontier.len, ids.data, ids.len, &ranges, &error));
  CHECK(ranges.len == 1 && ranges.data[0].start == 1 && ranges.data[0].end == 2);
  converge_event_ranges_free(&ranges);
  converge_event_ids_free(&ids);
  OK(converge_doc_common_ancestors(phone, frontier.data, frontier.len, frontier.data, frontier.len, &ids, &error));
  CHECK(ids.len == 1);
  converge_event_ids_free(&ids);
  OK(converge_doc_row_as_of(phone, STR("t"), STR("1"), versions.data, versions.len, &rows, &error));
  CHECK(rows.len == 1 && rows.data[0].cells[0].value.as.integer == 1);
  converge_rows_free(&rows);
  OK(converge_doc_table_as_of(phone, STR("t"), NULL, 0, &rows, &error));
  CHECK(rows.len == 0);
  OK(converge_doc_cell_history(phone, STR("t"), STR("1"), STR("number"), &events, &error));
  CHECK(events.len == 2 && events.data[1].op.kind == CONVERGE_OP_UPDATE && events.data[1].op.value.as.integer == 2 && events.data[1].deps_len == 1);
  converge_events_free(&events);
  OK(converge_doc_row_history(phone, STR("t"), STR("1"), &events, &error));
  CHECK(events.len == 2 && events.data[0].op.cells_len == 2 && !events.data[0].at.is_known);
  converge_events_free(&events);
  OK(converge_doc_log(phone, versions.data, versions.len, 10, &events, &ids, &more, &error));
  CHECK(events.len == 1 && !more && ids.len == 1 && ids.data[0].counter == 1);
  converge_events_free(&events);
  converge_event_ids_free(&ids);
  converge_event_ids_free(&versions);
  converge_event_ids_free(&frontier);

  OK(converge_doc_encode_replica(phone, &replica, &error));
  OK(converge_doc_decode(replica.data, replica.len, NULL, &copy, &error));
  OK(converge_doc_digest(phone, &left, &error));
  OK(converge_doc_digest(copy, &right, &error));
  CHECK(memcmp(&left, &right, sizeof left) == 0);
  converge_bytes_free(&replica);
  OK(converge_doc_encode_state(phone, &replica, &error));
  CHECK(replica.len > 0);
  converge_bytes_free(&replica);
  OK(converge_doc_missing(copy, &ids, &error));
  CHECK(ids.len == 0);
  OK(converge_doc_drop_waiting(copy, &number, &error));
  CHECK(number == 0);
  OK(converge_doc_fork(copy, 0, &result, &error));
  converge_patches_free(&result.patches);
  converge_doc_free(copy);
  converge_doc_free(phone);
  converge_doc_free(laptop);
}

static void stores_tell_and_forget(void) {
  BEGIN;
  converge_ephemeral store, other;
  converge_ephemeral_options options;
  converge_ephemeral_changes changes;
  converge_ephemeral_change_list list;
  converge_ephemeral_counts counts;
  converge_entries entries, changed;
  converge_names names;
  converge_bytes message;
  converge_entry entry;
  double timestamp = 5;
  uint64_t mark = 0, number;
  int32_t what;
  bool stored, lagged;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.clock = CONVERGE_CLOCK_MANUAL;
  options.peer = STR("alice");
  OK(converge_ephemeral_new(&options, &store, &error));
  options.peer = STR("bob");
  OK(converge_ephemeral_new(&options, &other, &error));
  OK(converge_ephemeral_subscribe(other, CONVERGE_CHANGES_MAX, &changes, &error));
  OK(converge_ephemeral_set(store, STR("cursors"), STR("alice"), converge_int(7), NULL, &stored, &error));
  CHECK(stored);
  OK(converge_ephemeral_set(store, STR("cursors"), STR("alice"), converge_int(6), &timestamp, &stored, &error));
  OK(converge_ephemeral_encode_since(store, &mark, &message, &error));
  CHECK(mark != 0);
  OK(converge_ephemeral_merge_bytes(other, message.data, message.len, &counts, &error));
  CHECK(counts.changed == 1);
  converge_bytes_free(&message);
  OK(converge_ephemeral_changes_next(changes, 0, &what, &list, &error));
  CHECK(what == CONVERGE_NEXT_CHANGE && list.len == 1 && list.data[0].kind == CONVERGE_EPHEMERAL_ADDED && !list.data[0].is_local);
  CHECK(SAYS(list.data[0].entry.peer, "alice"));
  converge_ephemeral_change_list_free(&list);
  OK(converge_ephemeral_get(other, STR("cursors"), STR("alice"), &entries, &error));
  CHECK(entries.len == 1 && entries.data[0].value.kind == CONVERGE_KIND_INT);
  converge_entries_free(&entries);
  memset(&entry, 0, sizeof entry);
  entry.ns = STR("cursors"), entry.key = STR("carol"), entry.peer = STR("carol"), entry.timestamp = 1, entry.value = converge_text("hi");
  OK(converge_ephemeral_merge(other, &entry, 1, &changed, &counts, &error));
  CHECK(changed.len == 1 && SAYS(changed.data[0].value.as.text, "hi") && counts.changed == 1);
  converge_entries_free(&changed);
  OK(converge_ephemeral_namespaces(other, &names, &error));
  CHECK(names.len == 1);
  OK(converge_ephemeral_encode(other, names.data, names.len, &message, &error));
  converge_bytes_free(&message);
  converge_names_free(&names);
  mark = 0;
  OK(converge_ephemeral_changed_since(other, &mark, &entries, &error));
  CHECK(entries.len == 2 && SAYS(entries.data[0].key, "alice") && SAYS(entries.data[1].key, "carol"));
  converge_entries_free(&entries);
  OK(converge_ephemeral_remove(other, STR("cursors"), STR("carol"), NULL, &stored, &error));
  CHECK(stored);
  OK(converge_ephemeral_remove_peer(other, STR("alice"), &entries, &error));
  CHECK(entries.len == 1 && entries.data[0].removed);
  converge_entries_free(&entries);
  OK(converge_ephemeral_advance(store, 30000, &error));
  OK(converge_ephemeral_get_all(store, STR("cursors"), &entries, &error));
  CHECK(entries.len == 0);
  OK(converge_ephemeral_expire(store, &entries, &error));
  CHECK(entries.len == 1);
  converge_entries_free(&entries);
  OK(converge_ephemeral_size(store, &number, NULL, &error));
  CHECK(number == 0);
  OK(converge_ephemeral_changes_drain(changes, &list, &lagged, &error));
  CHECK(!lagged && list.len == 3);
  converge_ephemeral_change_list_free(&list);
  OK(converge_ephemeral_close(other, &error));
  OK(converge_ephemeral_changes_next(changes, -1, &what, &list, &error));
  CHECK(what == CONVERGE_NEXT_CLOSED);
  CHECK(converge_ephemeral_changes_free(changes) == CONVERGE_STATUS_OK);
  CHECK(converge_ephemeral_free(store) == CONVERGE_STATUS_OK);
  CHECK(converge_ephemeral_free(other) == CONVERGE_STATUS_OK);
}

int main(void) {
  writes_in_every_form();
  transactions_end_once();
  scans_take_ranges();
  replicas_sync_and_remember();
  stores_tell_and_forget();
  return done("calls");
}
