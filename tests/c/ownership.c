/* Who owns what: results and handles are freed once, twice, in any order, and what depends on another object keeps it alive. */

#include "converge.h"

#include "check.h"
#include "docs.h"

static void values_keep_kind_and_bits(void) {
  BEGIN;
  converge_doc doc = new_doc();
  const char nul[] = {'a', '\0', 'b'};
  const uint8_t blob[] = {0, 255, 1};
  converge_value text = converge_null(), value;
  converge_cell cells[9];
  bool found;
  text.kind = CONVERGE_KIND_STR;
  text.as.text.data = nul;
  text.as.text.len = sizeof nul;
  cells[0] = converge_cell_of("null", converge_null());
  cells[1] = converge_cell_of("true", converge_bool(true));
  cells[2] = converge_cell_of("least", converge_int(INT64_MIN));
  cells[3] = converge_cell_of("most", converge_int(INT64_MAX));
  cells[4] = converge_cell_of("float", converge_float(-0.0));
  cells[5] = converge_cell_of("text", text);
  cells[6] = converge_cell_of("empty", converge_text(""));
  cells[7] = converge_cell_of("blob", converge_blob(blob, sizeof blob));
  cells[8] = converge_cell_of("no blob", converge_blob(NULL, 0));
  OK(converge_doc_insert(doc, STR("t"), STR("r"), cells, 9, NULL, &error));

  OK(converge_doc_get(doc, STR("t"), STR("r"), STR("null"), &value, &found, &error));
  CHECK(found && value.kind == CONVERGE_KIND_NULL);
  OK(converge_doc_get(doc, STR("t"), STR("r"), STR("nothing"), &value, &found, &error));
  CHECK(!found && value.kind == CONVERGE_KIND_NULL);
  OK(converge_doc_get(doc, STR("t"), STR("r"), STR("true"), &value, &found, &error));
  CHECK(found && value.kind == CONVERGE_KIND_BOOL && value.as.boolean == 1);
  OK(converge_doc_get(doc, STR("t"), STR("r"), STR("least"), &value, &found, &error));
  CHECK(value.kind == CONVERGE_KIND_INT && value.as.integer == INT64_MIN);
  OK(converge_doc_get(doc, STR("t"), STR("r"), STR("most"), &value, &found, &error));
  CHECK(value.kind == CONVERGE_KIND_INT && value.as.integer == INT64_MAX);
  OK(converge_doc_get(doc, STR("t"), STR("r"), STR("float"), &value, &found, &error));
  double minus_zero = -0.0;
  CHECK(value.kind == CONVERGE_KIND_FLOAT && memcmp(&value.as.real, &minus_zero, sizeof minus_zero) == 0);
  OK(converge_doc_get(doc, STR("t"), STR("r"), STR("text"), &value, &found, &error));
  CHECK(value.kind == CONVERGE_KIND_STR && value.as.text.len == sizeof nul && memcmp(value.as.text.data, nul, sizeof nul) == 0);
  /* What came out goes in as it is. */
  OK(converge_doc_update(doc, STR("t"), STR("r"), STR("copy"), value, NULL, &error));
  converge_value_free(&value);
  CHECK(value.kind == CONVERGE_KIND_NULL);
  converge_value_free(&value);
  OK(converge_doc_get(doc, STR("t"), STR("r"), STR("empty"), &value, &found, &error));
  CHECK(found && value.kind == CONVERGE_KIND_STR && value.as.text.len == 0);
  converge_value_free(&value);
  OK(converge_doc_get(doc, STR("t"), STR("r"), STR("blob"), &value, &found, &error));
  CHECK(value.kind == CONVERGE_KIND_BYTES && value.as.bytes.len == 3 && memcmp(value.as.bytes.data, blob, 3) == 0);
  converge_value_free(&value);
  OK(converge_doc_get(doc, STR("t"), STR("r"), STR("no blob"), &value, &found, &error));
  CHECK(value.kind == CONVERGE_KIND_BYTES && value.as.bytes.len == 0);
  converge_value_free(&value);
  converge_value_free(NULL);
  CHECK(converge_doc_free(doc) == CONVERGE_STATUS_OK);
}

static void arguments_are_copied(void) {
  BEGIN;
  converge_doc doc = new_doc();
  char title[] = "milk", row_id[] = "1";
  converge_value value;
  bool found;
  insert(doc, "todos", row_id, title, 1);
  memset(title, 'x', 4);
  memset(row_id, 'x', 1);
  OK(converge_doc_get(doc, STR("todos"), STR("1"), STR("title"), &value, &found, &error));
  CHECK(found && SAYS(value.as.text, "milk"));
  converge_value_free(&value);
  converge_doc_free(doc);
}

static void lists_are_freed_once(void) {
  BEGIN;
  converge_doc doc = new_doc();
  converge_rows rows, copy;
  converge_names names;
  insert(doc, "todos", "1", "milk", 1);
  insert(doc, "todos", "2", "bread", 2);
  insert(doc, "users", "a", "alice", 3);
  OK(converge_doc_scan(doc, STR("todos"), NULL, 10, &rows, &error));
  CHECK(rows.len == 2 && SAYS(rows.data[0].id, "1") && rows.data[0].cells_len == 2);
  CHECK(SAYS(rows.data[0].cells[0].col, "number") && rows.data[0].cells[0].value.as.integer == 1);
  CHECK(SAYS(rows.data[1].cells[1].value.as.text, "bread"));
  copy = rows;
  converge_rows_free(&rows);
  CHECK(rows.data == NULL && rows.len == 0 && rows.owner == 0);
  converge_rows_free(&rows);
  /* A copy of a list that was freed frees nothing either. */
  converge_rows_free(&copy);
  CHECK(copy.data == NULL);
  converge_rows_free(NULL);
  OK(converge_doc_row(doc, STR("todos"), STR("3"), &rows, &error));
  CHECK(rows.len == 0 && rows.data == NULL);
  converge_rows_free(&rows);
  OK(converge_doc_tables(doc, &names, &error));
  CHECK(names.len == 2 && SAYS(names.data[0], "todos") && SAYS(names.data[1], "users"));
  /* A list outlives what it came from. */
  OK(converge_doc_close(doc, &error));
  CHECK(converge_doc_free(doc) == CONVERGE_STATUS_OK);
  CHECK(SAYS(names.data[1], "users"));
  converge_names_free(&names);
}

static void bytes_and_errors_are_freed_once(void) {
  converge_doc doc = new_doc();
  converge_bytes bytes;
  converge_error *error = NULL;
  CHECK(converge_doc_peer(doc, &bytes, NULL) == CONVERGE_STATUS_OK);
  CHECK(bytes.len == 26 && bytes.data[bytes.len] == 0);
  converge_bytes_free(&bytes);
  CHECK(bytes.data == NULL && bytes.len == 0);
  converge_bytes_free(&bytes);
  converge_bytes_free(NULL);
  CHECK(converge_doc_delete(doc, STR("t"), STR("r"), NULL, &error) == CONVERGE_STATUS_ROW_NOT_FOUND);
  CHECK(error != NULL);
  converge_error_free(&error);
  CHECK(error == NULL);
  converge_error_free(&error);
  converge_error_free(NULL);
  /* Nobody wants the error. */
  CHECK(converge_doc_delete(doc, STR("t"), STR("r"), NULL, NULL) == CONVERGE_STATUS_ROW_NOT_FOUND);
  converge_doc_free(doc);
}

static void handles_are_freed_in_any_order(void) {
  for (int order = 0; order < 120; order++) {
    BEGIN;
    converge_doc doc = new_doc();
    converge_scan scan;
    converge_changes changes;
    converge_transaction transaction;
    converge_ephemeral store;
    int numbers[5] = {0, 1, 2, 3, 4}, rest = order;
    insert(doc, "t", "1", "one", 1);
    OK(converge_doc_rows(doc, STR("t"), NULL, &scan, &error));
    OK(converge_doc_subscribe(doc, NULL, CONVERGE_CHANGES_MAX, &changes, &error));
    OK(converge_doc_begin(doc, NULL, &transaction, &error));
    OK(converge_ephemeral_new(NULL, &store, &error));
    for (int left = 5; left > 0; left--) {
      int at = rest % left, chosen = numbers[at];
      rest /= left;
      numbers[at] = numbers[left - 1];
      switch (chosen) {
        case 0: CHECK(converge_doc_free(doc) == CONVERGE_STATUS_OK); break;
        case 1: CHECK(converge_scan_free(scan) == CONVERGE_STATUS_OK); break;
        case 2: CHECK(converge_changes_free(changes) == CONVERGE_STATUS_OK); break;
        case 3: CHECK(converge_transaction_free(transaction) == CONVERGE_STATUS_OK); break;
        default: CHECK(converge_ephemeral_free(store) == CONVERGE_STATUS_OK); break;
      }
    }
    CHECK(converge_doc_free(doc) == CONVERGE_STATUS_INVALID_HANDLE);
    CHECK(converge_scan_free(scan) == CONVERGE_STATUS_INVALID_HANDLE);
    CHECK(converge_changes_free(changes) == CONVERGE_STATUS_INVALID_HANDLE);
    CHECK(converge_transaction_free(transaction) == CONVERGE_STATUS_INVALID_HANDLE);
    CHECK(converge_ephemeral_free(store) == CONVERGE_STATUS_INVALID_HANDLE);
  }
}

static void children_outlive_their_parent(void) {
  BEGIN;
  converge_doc doc = new_doc();
  converge_transaction transaction;
  converge_scan scan;
  converge_changes changes;
  converge_rows rows;
  converge_patches patches;
  converge_commit commit;
  int32_t what;
  insert(doc, "t", "1", "one", 1);
  OK(converge_doc_subscribe(doc, NULL, CONVERGE_CHANGES_MAX, &changes, &error));
  OK(converge_doc_rows(doc, STR("t"), NULL, &scan, &error));
  OK(converge_doc_begin(doc, NULL, &transaction, &error));
  OK(converge_doc_free(doc));
  OK(converge_transaction_update(transaction, STR("t"), STR("1"), STR("number"), converge_int(2), &error));
  OK(converge_transaction_commit(transaction, &commit, &error));
  CHECK(commit.events == 1 && commit.counter == 1 && commit.lamport == 2);
  OK(converge_scan_next(scan, 10, &rows, &error));
  CHECK(rows.len == 1 && rows.data[0].cells[0].value.as.integer == 2);
  converge_rows_free(&rows);
  OK(converge_changes_next(changes, 0, &what, &patches, &error));
  CHECK(what == CONVERGE_NEXT_CHANGE && patches.len == 1 && patches.data[0].kind == CONVERGE_PATCH_SET_CELL && !patches.data[0].is_remote);
  converge_patches_free(&patches);
  CHECK(converge_transaction_free(transaction) == CONVERGE_STATUS_OK);
  CHECK(converge_scan_free(scan) == CONVERGE_STATUS_OK);
  /* With the last that kept it alive the document is closed. */
  OK(converge_changes_next(changes, -1, &what, &patches, &error));
  CHECK(what == CONVERGE_NEXT_CLOSED && patches.len == 0);
  CHECK(converge_changes_free(changes) == CONVERGE_STATUS_OK);
}

static void errors_say_what_a_program_needs(void) {
  converge_error *error = NULL;
  converge_doc doc = new_doc();
  converge_bytes result;
  converge_str text;
  uint64_t number;
  char *name = (char *)malloc(2000);
  memset(name, 'x', 1999);
  name[1999] = '\0';
  CHECK(converge_doc_delete(doc, STR(name), STR("r"), NULL, &error) == CONVERGE_STATUS_LIMIT_EXCEEDED);
  CHECK(converge_error_limit(error, &number) && number == 1024);
  CHECK(!converge_error_offset(error, &number) && !converge_error_peer(error, &text) && !converge_error_path(error, &text));
  CHECK(!converge_error_event_id(error, &text, &number));
  CHECK(converge_error_limit(error, NULL));
  converge_error_free(&error);
  CHECK(converge_doc_merge_remote_json(doc, STR("[{\"peer\":\"a\"}]"), &result, &error) == CONVERGE_STATUS_MALFORMED);
  CHECK(converge_error_path(error, &text) && text.len > 0);
  converge_error_free(&error);
  const char *first = "[{\"peer\":\"a\",\"counter_start\":0,\"lamport_start\":1,\"deps\":[],\"ops\":[{\"type\":\"insert\",\"tbl\":\"t\",\"row_id\":\"1\",\"values\":[]}]}]";
  const char *second = "[{\"peer\":\"a\",\"counter_start\":0,\"lamport_start\":1,\"deps\":[],\"ops\":[{\"type\":\"insert\",\"tbl\":\"t\",\"row_id\":\"2\",\"values\":[]}]}]";
  CHECK(converge_doc_merge_remote_json(doc, STR(first), &result, NULL) == CONVERGE_STATUS_OK);
  converge_bytes_free(&result);
  CHECK(converge_doc_merge_remote_json(doc, STR(second), &result, &error) == CONVERGE_STATUS_CONFLICTING_EVENT);
  CHECK(converge_error_event_id(error, &text, &number) && SAYS(text, "a") && number == 0);
  CHECK(converge_error_peer(error, &text) && SAYS(text, "a"));
  converge_error_free(&error);
  /* There is no error to ask. */
  CHECK(converge_error_status(NULL) == CONVERGE_STATUS_INVALID_ARGUMENT && converge_error_message(NULL).len == 0);
  CHECK(!converge_error_limit(NULL, &number) && !converge_error_path(NULL, NULL) && !converge_error_event_id(NULL, NULL, NULL));
  free(name);
  converge_doc_free(doc);
}

static void many_are_opened_and_closed(void) {
  for (int i = 0; i < (SHORT_RUN ? 200 : 10000); i++) {
    converge_doc doc = new_doc();
    insert(doc, "t", "1", "one", 1);
    CHECK(converge_doc_free(doc) == CONVERGE_STATUS_OK);
  }
}

int main(void) {
  CHECK(converge_abi_version() == CONVERGE_ABI_VERSION);
  CHECK(strlen(converge_version()) >= 5);
  CHECK(strcmp(converge_status_name(CONVERGE_STATUS_ROW_EXISTS), "row_exists") == 0);
  CHECK(strcmp(converge_status_name(99), "unknown") == 0);
  values_keep_kind_and_bits();
  arguments_are_copied();
  lists_are_freed_once();
  bytes_and_errors_are_freed_once();
  handles_are_freed_in_any_order();
  children_outlive_their_parent();
  errors_say_what_a_program_needs();
  many_are_opened_and_closed();
  return done("ownership");
}
