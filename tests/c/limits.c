/* Lengths over the limits are told before anything is read: each text here ends at a page that nobody may read, and claims more. */

#define _DEFAULT_SOURCE
#include "converge.h"

#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

enum { ROOM = 4096 * 16 };

/* The last bytes before the page: `len` of them are there, and any further one ends the program. */
static const char *edge(size_t len) {
  static char *end = NULL;
  if (end == NULL) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *start = mmap(NULL, ROOM + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(start != MAP_FAILED && mprotect(start + ROOM, page, PROT_NONE) == 0);
    memset(start, 'x', ROOM);
    end = start + ROOM;
  }
  return end - len;
}

static converge_str claim(size_t len) {
  converge_str text;
  text.data = edge(32);
  text.len = len;
  return text;
}

/* The call must say which limit it was, and leave nothing. */
#define OVER(wanted, call)                                                        \
  do {                                                                            \
    uint64_t limit_ = 0;                                                          \
    CHECK((call) == CONVERGE_STATUS_LIMIT_EXCEEDED);                              \
    CHECK(converge_error_limit(error, &limit_) && limit_ == (wanted));            \
    converge_error_free(&error);                                                  \
  } while (0)

static const size_t LENS[] = {CONVERGE_NAME_BYTES_MAX + 1, 1 << 20, (size_t)1 << 40};

static void names(converge_doc doc) {
  BEGIN;
  const uint64_t most = CONVERGE_NAME_BYTES_MAX;
  converge_cell cell = converge_cell_of("a", converge_int(1));
  converge_open_options options;
  converge_change_filter filter;
  converge_changes changes;
  converge_transaction transaction;
  converge_ephemeral store;
  converge_entries entries;
  converge_events events;
  converge_update update;
  converge_value value;
  converge_rows rows;
  converge_row row;
  converge_doc other;
  uint64_t count;
  bool found;
  OK(converge_ephemeral_new(NULL, &store, &error));
  for (size_t i = 0; i < sizeof LENS / sizeof *LENS; i++) {
    converge_str name = claim(LENS[i]);
    OVER(most, converge_doc_insert(doc, name, STR("r"), &cell, 1, NULL, &error));
    OVER(most, converge_doc_upsert(doc, STR("t"), name, &cell, 1, NULL, &error));
    OVER(most, converge_doc_delete(doc, STR("t"), name, NULL, &error));
    OVER(most, converge_doc_update(doc, STR("t"), STR("r"), name, converge_int(1), NULL, &error));
    OVER(most, converge_doc_insert_json(doc, name, STR("r"), STR("{}"), NULL, &error));
    OVER(most, converge_doc_get(doc, name, STR("r"), STR("c"), &value, &found, &error));
    OVER(most, converge_doc_row(doc, STR("t"), name, &rows, &error));
    OVER(most, converge_doc_count(doc, name, &count, &error));
    OVER(most, converge_doc_scan(doc, name, NULL, 1, &rows, &error));
    OVER(most, converge_doc_event(doc, name, 0, &events, &error));
    OVER(most, converge_ephemeral_set(store, name, STR("k"), converge_int(1), NULL, NULL, &error));
    OVER(most, converge_ephemeral_get(store, STR("n"), name, &entries, &error));
    OVER(most, converge_ephemeral_remove_peer(store, name, NULL, &error));
    OK(converge_doc_begin(doc, NULL, &transaction, &error));
    OVER(most, converge_transaction_insert(transaction, STR("t"), name, &cell, 1, &error));
    CHECK(converge_transaction_free(transaction) == CONVERGE_STATUS_OK);
    cell.col = name;
    OVER(most, converge_doc_insert(doc, STR("t"), STR("r"), &cell, 1, NULL, &error));
    cell.col = STR("a");
    row.id = name, row.cells = NULL, row.cells_len = 0;
    OVER(most, converge_doc_insert_many(doc, STR("t"), &row, 1, NULL, &error));
    update.row_id = STR("r"), update.col = name, update.value = converge_int(1);
    OVER(most, converge_doc_update_many(doc, STR("t"), &update, 1, NULL, &error));
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.peer = name;
    OVER(most, converge_doc_new(&options, &other, &error));
    memset(&filter, 0, sizeof filter);
    filter.size = sizeof filter;
    filter.tables = &name, filter.tables_len = 1;
    OVER(most, converge_doc_subscribe(doc, &filter, 1, &changes, &error));
  }
  CHECK(converge_ephemeral_free(store) == CONVERGE_STATUS_OK);
}

static void values_and_texts(converge_doc doc) {
  BEGIN;
  const uint64_t most = CONVERGE_VALUE_BYTES_MAX;
  converge_scan_range range;
  converge_value value;
  converge_cell cell;
  converge_rows rows;
  converge_row row;
  bool found;
  OK(converge_doc_insert(doc, STR("t"), STR("there"), NULL, 0, NULL, &error));
  for (size_t len = (1 << 20) + 1; len <= (size_t)1 << 40; len <<= 19) {
    value = converge_blob(edge(32), len);
    OVER(most, converge_doc_update(doc, STR("t"), STR("there"), STR("c"), value, NULL, &error));
    value = converge_text("");
    value.as.text = claim(len);
    OVER(most, converge_doc_update(doc, STR("t"), STR("there"), STR("c"), value, NULL, &error));
    memset(&range, 0, sizeof range);
    range.size = sizeof range;
    range.prefix = claim(len);
    OVER(most, converge_doc_scan(doc, STR("t"), &range, 1, &rows, &error));
  }
  OVER((uint64_t)1 << 30, converge_doc_insert_json(doc, STR("t"), STR("r"), claim(((size_t)1 << 30) + 1), NULL, &error));
  OVER((uint64_t)1 << 30, converge_doc_row_as_of_json(doc, STR("t"), STR("r"), claim((size_t)1 << 40), &(converge_bytes){0}, &found, &error));
  /* Arrays that are longer than a transaction. */
  cell = converge_cell_of("a", converge_int(1));
  OVER(8388608, converge_doc_insert(doc, STR("t"), STR("r"), &cell, 8388609, NULL, &error));
  row.id = STR("r"), row.cells = &cell, row.cells_len = (size_t)1 << 45;
  OVER(8388608, converge_doc_insert_many(doc, STR("t"), &row, 1, NULL, &error));
  OVER(CONVERGE_TRANSACTION_OPS_MAX, converge_doc_apply(doc, (const converge_op *)(const void *)edge(ROOM), CONVERGE_TRANSACTION_OPS_MAX + 1, NULL, NULL, &error));
  /* The longest that there may be are taken. */
  converge_str longest = {edge(CONVERGE_NAME_BYTES_MAX), CONVERGE_NAME_BYTES_MAX};
  OK(converge_doc_insert(doc, longest, longest, NULL, 0, NULL, &error));
  OK(converge_doc_contains(doc, longest, longest, &found, &error));
  CHECK(found);
}

/* In a message it is the sender's fault. */
static void messages(converge_doc doc) {
  BEGIN;
  converge_merge_result result;
  converge_ephemeral store;
  converge_entries changed;
  converge_entry entry;
  converge_run run;
  converge_op op;
  memset(&op, 0, sizeof op);
  op.kind = CONVERGE_OP_DELETE, op.tbl = claim(2000), op.row_id = STR("r");
  memset(&run, 0, sizeof run);
  run.peer = STR("other"), run.lamport_start = 1, run.ops = &op, run.ops_len = 1;
  EXPECT(CONVERGE_STATUS_MALFORMED, converge_doc_merge_remote(doc, &run, 1, &result, &error));
  op.tbl = STR("t"), run.peer = claim(2000);
  EXPECT(CONVERGE_STATUS_MALFORMED, converge_doc_merge_remote(doc, &run, 1, &result, &error));
  memset(&entry, 0, sizeof entry);
  entry.ns = STR("n"), entry.key = claim((size_t)1 << 40), entry.peer = STR("other");
  OK(converge_ephemeral_new(NULL, &store, &error));
  EXPECT(CONVERGE_STATUS_MALFORMED, converge_ephemeral_merge(store, &entry, 1, &changed, NULL, &error));
  CHECK(converge_ephemeral_free(store) == CONVERGE_STATUS_OK);
}

int main(void) {
  converge_doc doc;
  CHECK(converge_doc_new(NULL, &doc, NULL) == CONVERGE_STATUS_OK);
  names(doc);
  values_and_texts(doc);
  messages(doc);
  CHECK(converge_doc_check(doc, NULL) == CONVERGE_STATUS_OK);
  CHECK(converge_doc_free(doc) == CONVERGE_STATUS_OK);
  return done("limits");
}
