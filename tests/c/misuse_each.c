/* Every call on a document and on a store of presence: with a handle that is none, after a close, and with outputs that it wants and does not
 * get. Each must say so, and write nothing. */

#include "converge.h"

#include "check.h"

/* Room for any output. Nothing may be written there, since every call fails. */
static struct {
  converge_doc doc;
  converge_ephemeral store;
  uint64_t room[64];
} H;

#define O(type) (is_null ? NULL : (type *)(void *)H.room)

/* WANTED: it wants its outputs. OPTIONAL: it has none, or they may be NULL. */
#define CALLS(WANTED, OPTIONAL) \
  WANTED(doc_peer, H.doc, O(converge_bytes))                                                      \
  WANTED(doc_document_id, H.doc, O(converge_bytes))                                               \
  WANTED(doc_needs_fresh_peer, H.doc, O(bool))                                                    \
  WANTED(doc_events, H.doc, O(uint64_t))                                                          \
  WANTED(doc_waiting_events, H.doc, O(uint64_t))                                                  \
  WANTED(doc_new_row_id, H.doc, O(converge_bytes))                                                \
  OPTIONAL(doc_insert, H.doc, STR("x"), STR("x"), NULL, 0, O(converge_commit))                    \
  OPTIONAL(doc_insert_many, H.doc, STR("x"), NULL, 0, O(converge_commit))                         \
  OPTIONAL(doc_upsert, H.doc, STR("x"), STR("x"), NULL, 0, O(converge_commit))                    \
  OPTIONAL(doc_update, H.doc, STR("x"), STR("x"), STR("x"), converge_int(1), O(converge_commit))  \
  OPTIONAL(doc_update_columns, H.doc, STR("x"), STR("x"), NULL, 0, O(converge_commit))            \
  OPTIONAL(doc_update_many, H.doc, STR("x"), NULL, 0, O(converge_commit))                         \
  OPTIONAL(doc_delete, H.doc, STR("x"), STR("x"), O(converge_commit))                             \
  OPTIONAL(doc_delete_all, H.doc, STR("x"), O(converge_commit))                                   \
  OPTIONAL(doc_apply, H.doc, NULL, 0, NULL, O(converge_commit))                                   \
  WANTED(doc_begin, H.doc, NULL, O(converge_transaction))                                         \
  WANTED(doc_get, H.doc, STR("x"), STR("x"), STR("x"), O(converge_value), O(bool))                \
  WANTED(doc_row, H.doc, STR("x"), STR("x"), O(converge_rows))                                    \
  WANTED(doc_contains, H.doc, STR("x"), STR("x"), O(bool))                                        \
  WANTED(doc_count, H.doc, STR("x"), O(uint64_t))                                                 \
  WANTED(doc_tables, H.doc, O(converge_names))                                                    \
  WANTED(doc_columns, H.doc, STR("x"), O(converge_names))                                         \
  WANTED(doc_scan, H.doc, STR("x"), NULL, 1, O(converge_rows))                                    \
  WANTED(doc_subscribe, H.doc, NULL, 1, O(converge_changes))                                      \
  WANTED(doc_sync_state, H.doc, O(converge_event_ids), O(converge_event_ids))                     \
  WANTED(doc_versions, H.doc, O(converge_event_ids))                                              \
  WANTED(doc_frontier, H.doc, O(converge_event_ids))                                              \
  WANTED(doc_encode_request, H.doc, O(converge_bytes))                                            \
  WANTED(doc_encode_pending, H.doc, NULL, 0, NULL, O(converge_bytes), O(bool))                    \
  WANTED(doc_encode_update, H.doc, NULL, 0, NULL, O(converge_bytes), O(bool))                     \
  WANTED(doc_merge_update, H.doc, NULL, 0, O(converge_merge_result))                              \
  OPTIONAL(doc_merge_update_quiet, H.doc, NULL, 0, O(converge_merge_result))                      \
  WANTED(doc_merge_remote, H.doc, NULL, 0, O(converge_merge_result))                              \
  WANTED(doc_get_pending, H.doc, NULL, 0, NULL, O(converge_runs), O(bool))                        \
  WANTED(doc_missing, H.doc, O(converge_event_ids))                                               \
  OPTIONAL(doc_drop_waiting, H.doc, O(uint64_t))                                                  \
  WANTED(doc_fork, H.doc, 0, O(converge_merge_result))                                            \
  WANTED(doc_encode_replica, H.doc, O(converge_bytes))                                            \
  WANTED(doc_encode_state, H.doc, O(converge_bytes))                                              \
  WANTED(doc_digest, H.doc, O(converge_digest))                                                   \
  WANTED(doc_event, H.doc, STR("x"), 0, O(converge_events))                                       \
  WANTED(doc_log, H.doc, NULL, 0, 1, O(converge_events), O(converge_event_ids), O(bool))          \
  WANTED(doc_row_history, H.doc, STR("x"), STR("x"), O(converge_events))                          \
  WANTED(doc_cell_history, H.doc, STR("x"), STR("x"), STR("x"), O(converge_events))               \
  WANTED(doc_row_as_of, H.doc, STR("x"), STR("x"), NULL, 0, O(converge_rows))                     \
  WANTED(doc_table_as_of, H.doc, STR("x"), NULL, 0, O(converge_rows))                             \
  WANTED(doc_compare, H.doc, NULL, 0, NULL, 0, O(int32_t))                                        \
  WANTED(doc_common_ancestors, H.doc, NULL, 0, NULL, 0, O(converge_event_ids))                    \
  WANTED(doc_events_between, H.doc, NULL, 0, NULL, 0, O(converge_event_ranges))                   \
  OPTIONAL(doc_check, H.doc)                                                                      \
  OPTIONAL(doc_insert_json, H.doc, STR("x"), STR("x"), STR("{}"), O(converge_commit))             \
  OPTIONAL(doc_upsert_json, H.doc, STR("x"), STR("x"), STR("{}"), O(converge_commit))             \
  OPTIONAL(doc_update_columns_json, H.doc, STR("x"), STR("x"), STR("{}"), O(converge_commit))     \
  OPTIONAL(doc_update_json, H.doc, STR("x"), STR("x"), STR("x"), STR("1"), O(converge_commit))    \
  OPTIONAL(doc_apply_json, H.doc, STR("[]"), NULL, O(converge_commit))                            \
  WANTED(doc_get_json, H.doc, STR("x"), STR("x"), STR("x"), O(converge_bytes), O(bool))           \
  WANTED(doc_row_json, H.doc, STR("x"), STR("x"), O(converge_bytes), O(bool))                     \
  WANTED(doc_rows_json, H.doc, O(converge_bytes))                                                 \
  WANTED(doc_scan_json, H.doc, STR("x"), NULL, 1, O(converge_bytes))                              \
  WANTED(doc_merge_update_json, H.doc, NULL, 0, O(converge_bytes))                                \
  WANTED(doc_merge_remote_json, H.doc, STR("[]"), O(converge_bytes))                              \
  WANTED(doc_get_pending_json, H.doc, STR("{}"), NULL, O(converge_bytes), O(bool))                \
  WANTED(doc_sync_state_json, H.doc, O(converge_bytes))                                           \
  WANTED(doc_event_json, H.doc, STR("x"), 0, O(converge_bytes), O(bool))                          \
  WANTED(doc_log_json, H.doc, STR("{}"), 1, O(converge_bytes))                                    \
  WANTED(doc_row_history_json, H.doc, STR("x"), STR("x"), O(converge_bytes))                      \
  WANTED(doc_cell_history_json, H.doc, STR("x"), STR("x"), STR("x"), O(converge_bytes))           \
  WANTED(doc_row_as_of_json, H.doc, STR("x"), STR("x"), STR("{}"), O(converge_bytes), O(bool))    \
  WANTED(doc_table_as_of_json, H.doc, STR("x"), STR("{}"), O(converge_bytes))                     \
  WANTED(doc_opened, H.doc, O(converge_open_report))                                              \
  WANTED(doc_path, H.doc, O(converge_bytes))                                                      \
  WANTED(doc_is_read_only, H.doc, O(bool))                                                        \
  OPTIONAL(doc_flush, H.doc)                                                                      \
  OPTIONAL(doc_suspend, H.doc)                                                                    \
  OPTIONAL(doc_resume, H.doc)                                                                     \
  OPTIONAL(doc_backup, H.doc, STR("x"))                                                           \
  OPTIONAL(doc_compact, H.doc)                                                                    \
  WANTED(doc_verify, H.doc, O(converge_names))                                                    \
  OPTIONAL(doc_rebuild, H.doc)                                                                    \
  WANTED(doc_stats, H.doc, O(converge_store_stats))                                               \
  WANTED(doc_query, H.doc, STR("SELECT 1"), NULL, 0, NULL, O(converge_query_rows))                \
  OPTIONAL(doc_create_index, H.doc, STR("x"), NULL, 0)                                            \
  WANTED(ephemeral_peer, H.store, O(converge_bytes))                                              \
  WANTED(ephemeral_ttl_ms, H.store, O(uint64_t))                                                  \
  OPTIONAL(ephemeral_size, H.store, O(uint64_t), O(uint64_t))                                     \
  OPTIONAL(ephemeral_set, H.store, STR("x"), STR("x"), converge_int(1), NULL, O(bool))            \
  OPTIONAL(ephemeral_remove, H.store, STR("x"), STR("x"), NULL, O(bool))                          \
  WANTED(ephemeral_get, H.store, STR("x"), STR("x"), O(converge_entries))                         \
  WANTED(ephemeral_get_all, H.store, STR("x"), O(converge_entries))                               \
  WANTED(ephemeral_namespaces, H.store, O(converge_names))                                        \
  OPTIONAL(ephemeral_expire, H.store, O(converge_entries))                                        \
  OPTIONAL(ephemeral_remove_peer, H.store, STR("x"), O(converge_entries))                         \
  OPTIONAL(ephemeral_advance, H.store, 0)                                                         \
  OPTIONAL(ephemeral_set_wall, H.store, 0)                                                        \
  OPTIONAL(ephemeral_check, H.store)                                                              \
  OPTIONAL(ephemeral_merge, H.store, NULL, 0, O(converge_entries), O(converge_ephemeral_counts))  \
  OPTIONAL(ephemeral_merge_bytes, H.store, NULL, 0, O(converge_ephemeral_counts))                 \
  WANTED(ephemeral_encode, H.store, NULL, 0, O(converge_bytes))                                   \
  WANTED(ephemeral_encode_all, H.store, O(converge_bytes))                                        \
  WANTED(ephemeral_encode_since, H.store, O(uint64_t), O(converge_bytes))                         \
  WANTED(ephemeral_changed_since, H.store, O(uint64_t), O(converge_entries))                      \
  WANTED(ephemeral_mark, H.store, O(uint64_t))                                                    \
  WANTED(ephemeral_subscribe, H.store, 1, O(converge_ephemeral_changes))                          \
  OPTIONAL(ephemeral_set_json, H.store, STR("x"), STR("x"), STR("1"), NULL, O(bool))              \
  WANTED(ephemeral_get_json, H.store, STR("x"), STR("x"), O(converge_bytes), O(bool))             \
  WANTED(ephemeral_get_all_json, H.store, STR("x"), O(converge_bytes))                            \
  WANTED(ephemeral_merge_json, H.store, STR("{}"), O(converge_bytes))                             \
  WANTED(ephemeral_expire_json, H.store, O(converge_bytes))                                       \
  WANTED(ephemeral_remove_peer_json, H.store, STR("x"), O(converge_bytes))

#define DEFINE(name, ...) \
  static converge_status call_##name(bool is_null, converge_error **error) { (void)is_null; return converge_##name(__VA_ARGS__, error); }
CALLS(DEFINE, DEFINE)

static const struct {
  const char *name;
  converge_status (*call)(bool is_null, converge_error **error);
  bool is_wanted;
} calls[] = {
#define WANTED_ROW(name, ...) {#name, call_##name, true},
#define OPTIONAL_ROW(name, ...) {#name, call_##name, false},
    CALLS(WANTED_ROW, OPTIONAL_ROW)};

enum { CALLS_LEN = sizeof calls / sizeof *calls };

static void must_say(size_t at, bool is_null, converge_status wanted) {
  converge_error *error = NULL;
  memset(H.room, 0x5a, sizeof H.room);
  converge_status status = calls[at].call(is_null, &error);
  if (status != wanted) {
    fprintf(stderr, "converge_%s: %s, not %s: %s\n", calls[at].name, converge_status_name(status), converge_status_name(wanted),
            converge_error_message(error).data);
    exit(1);
  }
  CHECK(converge_error_status(error) == wanted && converge_error_message(error).len > 0);
  converge_error_free(&error);
  for (size_t i = 0; i < sizeof H.room / sizeof *H.room; i++) CHECK(H.room[i] == UINT64_C(0x5a5a5a5a5a5a5a5a));
  CHECK(calls[at].call(is_null, NULL) == wanted);
}

int main(void) {
  BEGIN;
  converge_digest before, after;
  for (size_t i = 0; i < CALLS_LEN; i++) must_say(i, false, CONVERGE_STATUS_INVALID_HANDLE);
  OK(converge_doc_new(NULL, &H.doc, &error));
  OK(converge_ephemeral_new(NULL, &H.store, &error));
  OK(converge_doc_digest(H.doc, &before, &error));
  for (size_t i = 0; i < CALLS_LEN; i++)
    if (calls[i].is_wanted) must_say(i, true, CONVERGE_STATUS_INVALID_ARGUMENT);
  OK(converge_doc_digest(H.doc, &after, &error));
  CHECK(memcmp(&before, &after, sizeof before) == 0);
  OK(converge_doc_close(H.doc, &error));
  OK(converge_ephemeral_close(H.store, &error));
  for (size_t i = 0; i < CALLS_LEN; i++) must_say(i, false, CONVERGE_STATUS_CLOSED);
  CHECK(converge_doc_free(H.doc) == CONVERGE_STATUS_OK && converge_ephemeral_free(H.store) == CONVERGE_STATUS_OK);
  for (size_t i = 0; i < CALLS_LEN; i++) must_say(i, false, CONVERGE_STATUS_INVALID_HANDLE);
  return done("misuse of each");
}
