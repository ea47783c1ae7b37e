/* The calls whose values, rows, events and entries are JSON text, each against what it must say; and the small calls on a store of presence
 * that manual clocks make exact. */

#include "converge.h"

#include "check.h"

/* The text must be `wanted`, and is freed. */
#define TEXT(wanted)                                                              \
  do {                                                                            \
    if (!SAYS(text, wanted)) fprintf(stderr, "%s:%d: %.*s\n", __FILE__, __LINE__, (int)text.len, (const char *)text.data); \
    CHECK(SAYS(text, wanted));                                                    \
    converge_bytes_free(&text);                                                   \
  } while (0)

static converge_doc new_doc(void) {
  BEGIN;
  converge_open_options options;
  converge_doc doc;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.peer = STR("ana");
  OK(converge_doc_new(&options, &doc, &error));
  return doc;
}

static void writes(void) {
  BEGIN;
  converge_doc doc = new_doc();
  converge_transaction transaction;
  converge_commit commit;
  converge_bytes text;
  bool found;
  OK(converge_doc_upsert_json(doc, STR("t"), STR("1"), STR("{\"a\":1,\"b\":\"x\"}"), &commit, &error));
  CHECK(commit.events == 1);
  OK(converge_doc_upsert_json(doc, STR("t"), STR("1"), STR("[[\"a\",2.0]]"), NULL, &error));
  OK(converge_doc_update_columns_json(doc, STR("t"), STR("1"), STR("{\"c\":null,\"d\":true}"), &commit, &error));
  CHECK(commit.events == 2);
  OK(converge_doc_rows_json(doc, &text, &error));
  TEXT("{\"t\":{\"1\":{\"a\":2.0,\"b\":\"x\",\"c\":null,\"d\":true}}}");
  EXPECT(CONVERGE_STATUS_ROW_NOT_FOUND, converge_doc_update_columns_json(doc, STR("t"), STR("9"), STR("{\"c\":1}"), NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_VALUE, converge_doc_upsert_json(doc, STR("t"), STR("2"), STR("{\"c\":[]}"), NULL, &error));
  EXPECT(CONVERGE_STATUS_MALFORMED, converge_doc_upsert_json(doc, STR("t"), STR("2"), STR("{"), NULL, &error));
  OK(converge_doc_begin(doc, NULL, &transaction, &error));
  OK(converge_transaction_upsert_json(transaction, STR("t"), STR("2"), STR("{\"a\":{\"$bytes\":\"AQI=\"}}"), &error));
  OK(converge_transaction_update_columns_json(transaction, STR("t"), STR("2"), STR("{\"b\":1}"), &error));
  EXPECT(CONVERGE_STATUS_ROW_NOT_FOUND, converge_transaction_update_columns_json(transaction, STR("t"), STR("9"), STR("{\"b\":1}"), &error));
  OK(converge_transaction_row_json(transaction, STR("t"), STR("2"), &text, &found, &error));
  CHECK(found);
  TEXT("{\"a\":{\"$bytes\":\"AQI=\"},\"b\":1}");
  OK(converge_transaction_commit(transaction, &commit, &error));
  CHECK(converge_transaction_free(transaction) == CONVERGE_STATUS_OK && converge_doc_free(doc) == CONVERGE_STATUS_OK);
}

static void histories(void) {
  BEGIN;
  converge_doc doc = new_doc();
  converge_bytes text;
  bool found;
  OK(converge_doc_insert_json(doc, STR("t"), STR("1"), STR("{\"a\":1}"), NULL, &error));
  OK(converge_doc_update_json(doc, STR("t"), STR("1"), STR("a"), STR("2"), NULL, &error));
  OK(converge_doc_delete(doc, STR("t"), STR("1"), NULL, &error));
  const char *update = "{\"id\":[\"ana\",1],\"deps\":[[\"ana\",0]],\"lamport\":2,\"op\":{\"type\":\"update\",\"tbl\":\"t\",\"row_id\":\"1\",\"col\":\"a\",\"value\":2}}";
  OK(converge_doc_event_json(doc, STR("ana"), 1, &text, &found, &error));
  CHECK(found);
  TEXT(update);
  OK(converge_doc_event_json(doc, STR("ana"), 9, &text, &found, &error));
  CHECK(!found && text.len == 0);
  converge_bytes_free(&text);
  OK(converge_doc_row_history_json(doc, STR("t"), STR("1"), &text, &error));
  CHECK(text.data[0] == '[' && strstr((char *)text.data, update) != NULL && strstr((char *)text.data, "\"delete\"") != NULL);
  converge_bytes_free(&text);
  OK(converge_doc_cell_history_json(doc, STR("t"), STR("1"), STR("a"), &text, &error));
  CHECK(strstr((char *)text.data, "\"insert\"") != NULL && strstr((char *)text.data, update) != NULL);
  converge_bytes_free(&text);
  OK(converge_doc_cell_history_json(doc, STR("t"), STR("1"), STR("z"), &text, &error));
  CHECK(strstr((char *)text.data, "\"update\"") == NULL);
  converge_bytes_free(&text);
  OK(converge_doc_row_as_of_json(doc, STR("t"), STR("1"), STR("{\"ana\":1}"), &text, &found, &error));
  CHECK(found);
  TEXT("{\"a\":2}");
  OK(converge_doc_row_as_of_json(doc, STR("t"), STR("1"), STR("{\"ana\":2}"), &text, &found, &error));
  CHECK(!found);
  TEXT("");
  OK(converge_doc_table_as_of_json(doc, STR("t"), STR("{\"ana\":0}"), &text, &error));
  TEXT("[[\"1\",{\"a\":1}]]");
  OK(converge_doc_table_as_of_json(doc, STR("t"), STR("{}"), &text, &error));
  TEXT("[]");
  OK(converge_doc_log_json(doc, STR("{\"ana\":0}"), 1, &text, &error));
  CHECK(strstr((char *)text.data, update) != NULL && strstr((char *)text.data, "\"next\":{\"ana\":1},\"has_more\":true") != NULL);
  converge_bytes_free(&text);
  OK(converge_doc_log_json(doc, STR("{\"ana\":2}"), 1, &text, &error));
  TEXT("{\"events\":[],\"next\":{\"ana\":2},\"has_more\":false}");
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_log_json(doc, STR("[]"), 1, &text, &error));
  EXPECT(CONVERGE_STATUS_MALFORMED, converge_doc_table_as_of_json(doc, STR("t"), STR("{\"ana\":"), &text, &error));
  CHECK(converge_doc_free(doc) == CONVERGE_STATUS_OK);
}

static converge_ephemeral new_store(const char *peer) {
  BEGIN;
  converge_ephemeral_options options;
  converge_ephemeral store;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.peer = STR(peer);
  options.clock = CONVERGE_CLOCK_MANUAL;
  options.ttl_ms = 500;
  OK(converge_ephemeral_new(&options, &store, &error));
  OK(converge_ephemeral_set_wall(store, 1700000000000, &error));
  return store;
}

static void count(void *context) { ++*(int *)context; }

static void presence(void) {
  BEGIN;
  converge_ephemeral store = new_store("ana"), other = new_store("bo");
  converge_ephemeral_changes changes;
  converge_ephemeral_counts counts;
  converge_bytes text;
  uint64_t number, later;
  int32_t what;
  int woken = 0, released = 0;
  bool flag;
  OK(converge_ephemeral_ttl_ms(store, &number, &error));
  CHECK(number == 500);
  OK(converge_ephemeral_subscribe(other, 10, &changes, &error));
  OK(converge_ephemeral_changes_set_waker(changes, count, &woken, NULL, &error));
  OK(converge_ephemeral_mark(store, &number, &error));
  OK(converge_ephemeral_set_json(store, STR("n"), STR("k"), STR("{\"$bytes\":\"AQ==\"}"), NULL, &flag, &error));
  CHECK(flag);
  OK(converge_ephemeral_mark(store, &later, &error));
  CHECK(later > number);
  OK(converge_ephemeral_get_json(store, STR("n"), STR("k"), &text, &flag, &error));
  CHECK(flag);
  TEXT("{\"value\":{\"$bytes\":\"AQ==\"},\"timestamp\":1700000000000.0,\"peer\":\"ana\"}");
  OK(converge_ephemeral_get_json(store, STR("n"), STR("none"), &text, &flag, &error));
  CHECK(!flag && text.len == 0);
  converge_bytes_free(&text);
  OK(converge_ephemeral_encode_all(store, &text, &error));
  OK(converge_ephemeral_merge_bytes(other, text.data, text.len, &counts, &error));
  converge_bytes_free(&text);
  CHECK(counts.changed == 1 && woken == 1);
  OK(converge_ephemeral_changes_next_json(changes, 0, &what, &text, &error));
  CHECK(what == CONVERGE_NEXT_CHANGE);
  TEXT("{\"kind\":\"added\",\"ns\":\"n\",\"key\":\"k\",\"entry\":{\"value\":{\"$bytes\":\"AQ==\"},\"timestamp\":1700000000000.0,\"peer\":\"ana\"},\"local\":false}");
  OK(converge_ephemeral_changes_next_json(changes, 0, &what, &text, &error));
  CHECK(what == CONVERGE_NEXT_TIMEOUT);
  TEXT("");
  /* Another waker takes the place of the first, which is let go of; none takes its. */
  OK(converge_ephemeral_changes_set_waker(changes, count, &released, count, &error));
  OK(converge_ephemeral_remove_peer_json(other, STR("ana"), &text, &error));
  TEXT("{\"n\":{\"k\":{\"removed\":true,\"timestamp\":1700000000000.0,\"peer\":\"ana\"}}}");
  CHECK(woken == 1 && released == 1);
  OK(converge_ephemeral_changes_set_waker(changes, NULL, NULL, NULL, &error));
  CHECK(released == 2);
  OK(converge_ephemeral_advance(store, 500, &error));
  OK(converge_ephemeral_expire_json(store, &text, &error));
  TEXT("{\"n\":{\"k\":{\"value\":{\"$bytes\":\"AQ==\"},\"timestamp\":1700000000000.0,\"peer\":\"ana\"}}}");
  OK(converge_ephemeral_expire_json(store, &text, &error));
  TEXT("{}");
  OK(converge_ephemeral_changes_close(changes, &error));
  OK(converge_ephemeral_changes_close(changes, &error));
  OK(converge_ephemeral_set(other, STR("n"), STR("l"), converge_int(1), NULL, NULL, &error));
  do {
    OK(converge_ephemeral_changes_next_json(changes, -1, &what, &text, &error));
    converge_bytes_free(&text);
  } while (what == CONVERGE_NEXT_CHANGE);
  CHECK(what == CONVERGE_NEXT_CLOSED);
  CHECK(converge_ephemeral_changes_free(changes) == CONVERGE_STATUS_OK);
  CHECK(converge_ephemeral_free(store) == CONVERGE_STATUS_OK && converge_ephemeral_free(other) == CONVERGE_STATUS_OK);
}

int main(void) {
  writes();
  histories();
  presence();
  return done("json calls");
}
