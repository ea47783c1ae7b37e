/* Bad use ends in a status: whatever C lets the library see. */

#include "converge.h"

#include "check.h"

static converge_str bad_text(void) {
  converge_str text;
  text.data = "ab\xff";
  text.len = 3;
  return text;
}

static converge_str null_text(size_t len) {
  converge_str text;
  text.data = NULL;
  text.len = len;
  return text;
}

static void handles_are_checked(converge_doc live) {
  BEGIN;
  const uint64_t wrong[] = {0, 1, 42, UINT64_MAX, live.id + 1, live.id ^ (UINT64_C(1) << 40), live.id & ~(UINT64_C(15) << 60)};
  uint64_t number = 77;
  converge_bytes bytes = {NULL, 0};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    converge_doc doc;
    converge_transaction transaction;
    converge_scan scan;
    converge_changes changes;
    converge_ephemeral store;
    converge_ephemeral_changes ephemeral_changes;
    converge_rows rows;
    converge_patches patches;
    converge_ephemeral_change_list list;
    int32_t what;
    doc.id = transaction.id = scan.id = changes.id = store.id = ephemeral_changes.id = wrong[i];
    EXPECT(CONVERGE_STATUS_INVALID_HANDLE, converge_doc_events(doc, &number, &error));
    EXPECT(CONVERGE_STATUS_INVALID_HANDLE, converge_doc_delete(doc, STR("t"), STR("r"), NULL, &error));
    EXPECT(CONVERGE_STATUS_INVALID_HANDLE, converge_doc_close(doc, &error));
    EXPECT(CONVERGE_STATUS_INVALID_HANDLE, converge_doc_begin(doc, NULL, &transaction, &error));
    EXPECT(CONVERGE_STATUS_INVALID_HANDLE, converge_transaction_commit(transaction, NULL, &error));
    EXPECT(CONVERGE_STATUS_INVALID_HANDLE, converge_scan_next(scan, 1, &rows, &error));
    EXPECT(CONVERGE_STATUS_INVALID_HANDLE, converge_changes_next(changes, 0, &what, &patches, &error));
    EXPECT(CONVERGE_STATUS_INVALID_HANDLE, converge_changes_set_waker(changes, NULL, NULL, NULL, &error));
    EXPECT(CONVERGE_STATUS_INVALID_HANDLE, converge_ephemeral_peer(store, &bytes, &error));
    EXPECT(CONVERGE_STATUS_INVALID_HANDLE, converge_ephemeral_changes_next(ephemeral_changes, 0, &what, &list, &error));
    converge_status freed = wrong[i] == 0 ? CONVERGE_STATUS_OK : CONVERGE_STATUS_INVALID_HANDLE;
    CHECK(converge_doc_free(doc) == freed && converge_transaction_free(transaction) == freed && converge_scan_free(scan) == freed);
    CHECK(converge_changes_free(changes) == freed && converge_ephemeral_free(store) == freed && converge_ephemeral_changes_free(ephemeral_changes) == freed);
  }
  CHECK(number == 77);
}

static void types_are_told_apart(converge_doc live) {
  converge_error *error = NULL;
  converge_ephemeral store;
  converge_bytes peer;
  converge_doc doc;
  store.id = live.id;
  CHECK(converge_ephemeral_peer(store, &peer, &error) == CONVERGE_STATUS_INVALID_HANDLE);
  CHECK(strstr(converge_error_message(error).data, "document") != NULL && strstr(converge_error_message(error).data, "ephemeral store") != NULL);
  converge_error_free(&error);
  CHECK(converge_ephemeral_free(store) == CONVERGE_STATUS_INVALID_HANDLE);
  CHECK(converge_ephemeral_new(NULL, &store, NULL) == CONVERGE_STATUS_OK);
  doc.id = store.id;
  CHECK(converge_doc_peer(doc, &peer, NULL) == CONVERGE_STATUS_INVALID_HANDLE);
  CHECK(converge_ephemeral_free(store) == CONVERGE_STATUS_OK);
  CHECK(converge_ephemeral_free(store) == CONVERGE_STATUS_INVALID_HANDLE);
  CHECK(converge_ephemeral_peer(store, &peer, &error) == CONVERGE_STATUS_INVALID_HANDLE);
  CHECK(strstr(converge_error_message(error).data, "freed") != NULL);
  converge_error_free(&error);
  /* Its place is taken by another; the old handle stays dead. */
  CHECK(converge_doc_new(NULL, &doc, NULL) == CONVERGE_STATUS_OK);
  CHECK(doc.id != store.id && converge_ephemeral_peer(store, &peer, NULL) == CONVERGE_STATUS_INVALID_HANDLE);
  CHECK(converge_doc_free(doc) == CONVERGE_STATUS_OK);
}

static void outputs_are_wanted(converge_doc doc) {
  BEGIN;
  converge_bytes bytes = {NULL, 0};
  converge_rows rows;
  converge_patches patches;
  converge_changes changes;
  converge_event_ids ids;
  converge_value value;
  uint64_t number;
  int32_t what;
  bool found;
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_new(NULL, NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_decode(NULL, 0, NULL, NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_ephemeral_new(NULL, NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_peer(doc, NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_events(doc, NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_begin(doc, NULL, NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_get(doc, STR("t"), STR("r"), STR("c"), NULL, &found, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_get(doc, STR("t"), STR("r"), STR("c"), &value, NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_scan(doc, STR("t"), NULL, 1, NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_sync_state(doc, &ids, NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_sync_state(doc, NULL, &ids, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_encode_update(doc, NULL, 0, NULL, &bytes, NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_encode_update(doc, NULL, 0, NULL, NULL, &found, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_merge_update(doc, NULL, 0, NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_digest(doc, NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_rows(doc, STR("t"), NULL, NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_subscribe(doc, NULL, 1, NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_rows_json(doc, NULL, &error));
  OK(converge_doc_subscribe(doc, NULL, 1, &changes, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_changes_next(changes, 0, NULL, &patches, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_changes_next(changes, 0, &what, NULL, &error));
  CHECK(converge_changes_free(changes) == CONVERGE_STATUS_OK);
  /* Nothing is written where a call fails. */
  number = 77;
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_count(doc, bad_text(), &number, &error));
  CHECK(number == 77);
  memset(&rows, 0x5a, sizeof rows);
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_scan(doc, null_text(1), NULL, 1, &rows, &error));
  CHECK(rows.len == (size_t)0x5a5a5a5a5a5a5a5aULL);
}

static void texts_are_checked(converge_doc doc) {
  converge_error *error = NULL;
  converge_value value = converge_null();
  converge_cell cell = converge_cell_of("a", converge_int(1));
  converge_bytes bytes;
  uint64_t number;
  bool found;
  CHECK(converge_doc_insert(doc, STR("t"), bad_text(), &cell, 1, NULL, &error) == CONVERGE_STATUS_INVALID_ARGUMENT);
  CHECK(converge_error_offset(error, &number) && number == 2);
  CHECK(strstr(converge_error_message(error).data, "row_id") != NULL);
  converge_error_free(&error);
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_insert(doc, bad_text(), STR("r"), &cell, 1, NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_insert(doc, null_text(7), STR("r"), &cell, 1, NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_insert(doc, null_text(0), STR("r"), &cell, 1, NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_insert(doc, STR(NULL), STR("r"), &cell, 1, NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_insert_json(doc, STR("t"), STR("r"), bad_text(), NULL, &error));
  cell.col = bad_text();
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_insert(doc, STR("t"), STR("r"), &cell, 1, NULL, &error));
  cell = converge_cell_of("a", converge_null());
  cell.value.kind = CONVERGE_KIND_STR;
  cell.value.as.text = bad_text();
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_insert(doc, STR("t"), STR("r"), &cell, 1, NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_insert(doc, STR("t"), STR("r"), NULL, 1, NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_get_json(doc, bad_text(), STR("r"), STR("c"), &bytes, &found, &error));
  value.kind = CONVERGE_KIND_BYTES;
  value.as.bytes.data = NULL;
  value.as.bytes.len = 3;
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_update(doc, STR("t"), STR("r"), STR("c"), value, NULL, &error));
  OK(converge_doc_events(doc, &number, &error));
  CHECK(number == 0);
}

static void lengths_are_checked(converge_doc doc) {
  BEGIN;
  const char byte = 'x';
  converge_cell cell = converge_cell_of("a", converge_int(1));
  converge_str text;
  converge_value value;
  converge_merge_result result;
  converge_bytes message;
  /* Lengths that no memory has, so nothing may be read. */
  const size_t lens[] = {SIZE_MAX, SIZE_MAX / 2 + 1};
  for (size_t i = 0; i < 2; i++) {
    text.data = &byte;
    text.len = lens[i];
    EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_delete(doc, text, STR("r"), NULL, &error));
    EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_insert(doc, STR("t"), STR("r"), &cell, lens[i], NULL, &error));
    EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_merge_update(doc, (const uint8_t *)&byte, lens[i], &result, &error));
    EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_merge_remote(doc, NULL, lens[i], &result, &error));
  }
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_insert(doc, STR("t"), STR("r"), &cell, SIZE_MAX / sizeof cell, NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_insert(doc, STR("t"), STR("r"), (const converge_cell *)((const char *)&cell + 1), 1, NULL, &error));
  /* Lengths that break the engine's bounds. */
  char *long_text = (char *)malloc((1 << 20) + 2);
  memset(long_text, 'x', (1 << 20) + 1);
  text.data = long_text;
  text.len = 1025;
  EXPECT(CONVERGE_STATUS_LIMIT_EXCEEDED, converge_doc_insert(doc, text, STR("r"), &cell, 1, NULL, &error));
  value = converge_blob(long_text, (1 << 20) + 1);
  OK(converge_doc_insert(doc, STR("t"), STR("r"), &cell, 1, NULL, &error));
  EXPECT(CONVERGE_STATUS_LIMIT_EXCEEDED, converge_doc_update(doc, STR("t"), STR("r"), STR("c"), value, NULL, &error));
  free(long_text);
  /* What is no message. */
  EXPECT(CONVERGE_STATUS_MALFORMED, converge_doc_merge_update(doc, (const uint8_t *)"garbage", 7, &result, &error));
  bool more;
  EXPECT(CONVERGE_STATUS_MALFORMED, converge_doc_encode_pending(doc, (const uint8_t *)"garbage", 7, NULL, &message, &more, &error));
  converge_doc decoded;
  EXPECT(CONVERGE_STATUS_MALFORMED, converge_doc_decode((const uint8_t *)"garbage", 7, NULL, &decoded, &error));
  EXPECT(CONVERGE_STATUS_MALFORMED, converge_doc_decode(NULL, 0, NULL, &decoded, &error));
}

static void numbers_are_checked(converge_doc doc) {
  BEGIN;
  converge_value value = converge_null();
  converge_op op;
  converge_scan scan;
  converge_rows rows;
  converge_scan_range range;
  const int32_t kinds[] = {-1, 6, INT32_MAX, INT32_MIN};
  for (size_t i = 0; i < 4; i++) {
    value.kind = kinds[i];
    EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_update(doc, STR("t"), STR("r"), STR("c"), value, NULL, &error));
    memset(&op, 0, sizeof op);
    op.kind = kinds[i], op.tbl = STR("t"), op.row_id = STR("r");
    EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_apply(doc, &op, 1, NULL, NULL, &error));
    memset(&range, 0, sizeof range);
    range.size = sizeof range;
    range.from_bound = kinds[i];
    EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_scan(doc, STR("t"), &range, 1, &rows, &error));
  }
  const double zero = 0;
  EXPECT(CONVERGE_STATUS_INVALID_VALUE, converge_doc_update(doc, STR("t"), STR("r"), STR("c"), converge_float(zero / zero), NULL, &error));
  EXPECT(CONVERGE_STATUS_INVALID_VALUE, converge_doc_update(doc, STR("t"), STR("r"), STR("c"), converge_float(1 / zero), NULL, &error));
  OK(converge_doc_rows(doc, STR("t"), NULL, &scan, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_scan_next(scan, 0, &rows, &error));
  CHECK(converge_scan_free(scan) == CONVERGE_STATUS_OK);
}

static void options_are_checked(void) {
  BEGIN;
  struct {
    converge_open_options options;
    uint8_t more[64];
  } newer;
  converge_ephemeral_options ephemeral;
  converge_ephemeral store;
  converge_page_limit limit;
  converge_bytes bytes;
  converge_doc doc;
  bool more;
  memset(&newer, 0, sizeof newer);
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_new(&newer.options, &doc, &error));
  newer.options.size = 8;
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_new(&newer.options, &doc, &error));
  newer.options.size = UINT32_MAX;
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_new(&newer.options, &doc, &error));
  /* A newer header, whose options are the defaults, and then one that is not. */
  newer.options.size = sizeof newer;
  OK(converge_doc_new(&newer.options, &doc, &error));
  CHECK(converge_doc_free(doc) == CONVERGE_STATUS_OK);
  newer.more[60] = 1;
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_new(&newer.options, &doc, &error));
  newer.options.size = sizeof newer.options;
  newer.options.durability = 9;
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_new(&newer.options, &doc, &error));
  newer.options.durability = 0;
  newer.options.document = STR("xyz");
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_new(&newer.options, &doc, &error));
  newer.options.document = bad_text();
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_new(&newer.options, &doc, &error));
  memset(&ephemeral, 0, sizeof ephemeral);
  ephemeral.size = sizeof ephemeral;
  ephemeral.clock = 4;
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_ephemeral_new(&ephemeral, &store, &error));
  ephemeral.clock = CONVERGE_CLOCK_SYSTEM;
  ephemeral.entries_max = UINT64_MAX;
  OK(converge_ephemeral_new(&ephemeral, &store, &error));
  CHECK(converge_ephemeral_free(store) == CONVERGE_STATUS_OK);
  OK(converge_doc_new(NULL, &doc, &error));
  memset(&limit, 0, sizeof limit);
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_encode_update(doc, NULL, 0, &limit, &bytes, &more, &error));
  CHECK(converge_doc_free(doc) == CONVERGE_STATUS_OK);
}

static void closed_says_so(void) {
  BEGIN;
  converge_doc doc;
  converge_transaction transaction;
  converge_scan scan;
  converge_changes changes;
  converge_patches patches;
  converge_rows rows;
  converge_bytes bytes;
  converge_ephemeral store;
  uint64_t number;
  int32_t what;
  OK(converge_doc_new(NULL, &doc, &error));
  OK(converge_doc_rows(doc, STR("t"), NULL, &scan, &error));
  OK(converge_doc_subscribe(doc, NULL, 10, &changes, &error));
  OK(converge_doc_insert(doc, STR("t"), STR("r"), NULL, 0, NULL, &error));
  OK(converge_doc_begin(doc, NULL, &transaction, &error));
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_doc_close(doc, &error));
  OK(converge_transaction_rollback(transaction, &error));
  OK(converge_doc_close(doc, &error));
  OK(converge_doc_close(doc, &error));
  EXPECT(CONVERGE_STATUS_CLOSED, converge_doc_events(doc, &number, &error));
  EXPECT(CONVERGE_STATUS_CLOSED, converge_doc_insert(doc, STR("t"), STR("s"), NULL, 0, NULL, &error));
  EXPECT(CONVERGE_STATUS_CLOSED, converge_doc_begin(doc, NULL, &transaction, &error));
  EXPECT(CONVERGE_STATUS_CLOSED, converge_transaction_commit(transaction, NULL, &error));
  EXPECT(CONVERGE_STATUS_CLOSED, converge_scan_next(scan, 1, &rows, &error));
  /* What is queued can still be read. */
  OK(converge_changes_next(changes, -1, &what, &patches, &error));
  CHECK(what == CONVERGE_NEXT_CHANGE && patches.len == 1);
  converge_patches_free(&patches);
  OK(converge_changes_next_json(changes, -1, &what, &bytes, &error));
  CHECK(what == CONVERGE_NEXT_CLOSED && bytes.len == 0);
  converge_bytes_free(&bytes);
  OK(converge_changes_close(changes, &error));
  OK(converge_changes_close(changes, &error));
  CHECK(converge_changes_free(changes) == CONVERGE_STATUS_OK && converge_transaction_free(transaction) == CONVERGE_STATUS_OK);
  CHECK(converge_doc_free(doc) == CONVERGE_STATUS_OK && converge_scan_free(scan) == CONVERGE_STATUS_OK);
  OK(converge_ephemeral_new(NULL, &store, &error));
  OK(converge_ephemeral_close(store, &error));
  OK(converge_ephemeral_close(store, &error));
  EXPECT(CONVERGE_STATUS_CLOSED, converge_ephemeral_peer(store, &bytes, &error));
  EXPECT(CONVERGE_STATUS_CLOSED, converge_ephemeral_set(store, STR("n"), STR("k"), converge_int(1), NULL, NULL, &error));
  CHECK(converge_ephemeral_free(store) == CONVERGE_STATUS_OK);
}

struct watcher {
  converge_doc doc;
  converge_changes changes;
  int woken, released;
  uint64_t patches;
  bool frees;
};

static void wake(void *context) {
  struct watcher *watcher = (struct watcher *)context;
  converge_error *error = NULL;
  uint64_t events;
  watcher->woken++;
  /* The callback may call back: the document, this reader, and even the frees. */
  converge_status status = converge_doc_events(watcher->doc, &events, &error);
  CHECK(status == CONVERGE_STATUS_OK || status == CONVERGE_STATUS_CLOSED || status == CONVERGE_STATUS_INVALID_HANDLE);
  converge_error_free(&error);
  for (;;) {
    converge_patches patches;
    int32_t what;
    if (converge_changes_next(watcher->changes, 0, &what, &patches, NULL) != CONVERGE_STATUS_OK || what != CONVERGE_NEXT_CHANGE) break;
    watcher->patches += patches.len;
    converge_patches_free(&patches);
  }
  if (watcher->frees) {
    CHECK(converge_changes_free(watcher->changes) == CONVERGE_STATUS_OK);
    CHECK(converge_doc_free(watcher->doc) == CONVERGE_STATUS_OK);
  }
}

static void release(void *context) { ((struct watcher *)context)->released++; }

static void wakers_may_call_back(void) {
  BEGIN;
  struct watcher watcher = {{0}, {0}, 0, 0, 0, false};
  converge_change_filter filter;
  converge_str table = STR("t");
  OK(converge_doc_new(NULL, &watcher.doc, &error));
  memset(&filter, 0, sizeof filter);
  filter.size = sizeof filter;
  filter.tables = &table, filter.tables_len = 1;
  OK(converge_doc_subscribe(watcher.doc, &filter, 10, &watcher.changes, &error));
  OK(converge_changes_set_waker(watcher.changes, wake, &watcher, release, &error));
  OK(converge_doc_insert(watcher.doc, STR("t"), STR("1"), NULL, 0, NULL, &error));
  OK(converge_doc_insert(watcher.doc, STR("u"), STR("1"), NULL, 0, NULL, &error));
  OK(converge_doc_insert(watcher.doc, STR("t"), STR("2"), NULL, 0, NULL, &error));
  CHECK(watcher.woken == 2 && watcher.patches == 2 && watcher.released == 0);
  OK(converge_changes_set_waker(watcher.changes, NULL, NULL, NULL, &error));
  CHECK(watcher.released == 1);
  OK(converge_changes_set_waker(watcher.changes, wake, &watcher, release, &error));
  OK(converge_doc_close(watcher.doc, &error));
  CHECK(watcher.woken == 3);
  CHECK(converge_changes_free(watcher.changes) == CONVERGE_STATUS_OK && watcher.released == 2);
  CHECK(converge_doc_free(watcher.doc) == CONVERGE_STATUS_OK);
  /* Everything is freed from within the callback, in the middle of the call that woke it. */
  OK(converge_doc_new(NULL, &watcher.doc, &error));
  OK(converge_doc_subscribe(watcher.doc, NULL, 10, &watcher.changes, &error));
  watcher.frees = true;
  OK(converge_changes_set_waker(watcher.changes, wake, &watcher, release, &error));
  OK(converge_doc_insert(watcher.doc, STR("t"), STR("1"), NULL, 0, NULL, &error));
  CHECK(watcher.woken >= 4 && watcher.released == 3);
  CHECK(converge_doc_free(watcher.doc) == CONVERGE_STATUS_INVALID_HANDLE);
}

int main(void) {
  converge_doc doc;
  CHECK(converge_doc_new(NULL, &doc, NULL) == CONVERGE_STATUS_OK);
  handles_are_checked(doc);
  types_are_told_apart(doc);
  outputs_are_wanted(doc);
  texts_are_checked(doc);
  lengths_are_checked(doc);
  numbers_are_checked(doc);
  CHECK(converge_doc_check(doc, NULL) == CONVERGE_STATUS_OK);
  CHECK(converge_doc_free(doc) == CONVERGE_STATUS_OK);
  options_are_checked();
  closed_says_so();
  wakers_may_call_back();
  return done("misuse");
}
