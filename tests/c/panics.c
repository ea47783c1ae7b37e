/* A panic inside ends in a status: the process lives, the message is readable, the handle says what it is from then on. Against the build
 * with the hooks that panic on purpose. */

#include "converge.h"

#include <unistd.h>

#include "check.h"

converge_status converge_test_panic_in_doc(converge_doc doc, converge_error **error);
converge_status converge_test_panic_at_doc(converge_doc doc, converge_error **error);
converge_status converge_test_panic_at_ephemeral(converge_ephemeral store, converge_error **error);

static void panic_in(converge_status (*hook)(converge_doc, converge_error **)) {
  converge_error *error = NULL;
  converge_doc doc, other;
  converge_scan scan;
  converge_changes changes;
  converge_patches patches;
  converge_bytes bytes;
  uint64_t events;
  int32_t what;
  OK(converge_doc_new(NULL, &doc, &error));
  OK(converge_doc_new(NULL, &other, &error));
  OK(converge_doc_rows(doc, STR("t"), NULL, &scan, &error));
  OK(converge_doc_subscribe(doc, NULL, 10, &changes, &error));
  CHECK(hook(doc, &error) == CONVERGE_STATUS_INTERNAL);
  CHECK(strstr(converge_error_message(error).data, "a test asked for a panic") != NULL);
  converge_error_free(&error);
  CHECK(hook(doc, NULL) == CONVERGE_STATUS_INTERNAL);
  for (int i = 0; i < 2; i++) {
    CHECK(converge_doc_events(doc, &events, &error) == CONVERGE_STATUS_INTERNAL);
    CHECK(strstr(converge_error_message(error).data, "panicked") != NULL);
    converge_error_free(&error);
  }
  EXPECT(CONVERGE_STATUS_INTERNAL, converge_doc_insert(doc, STR("t"), STR("r"), NULL, 0, NULL, &error));
  EXPECT(CONVERGE_STATUS_INTERNAL, converge_doc_peer(doc, &bytes, &error));
  if (hook == converge_test_panic_in_doc) {
    converge_rows rows;
    EXPECT(CONVERGE_STATUS_INTERNAL, converge_scan_next(scan, 1, &rows, &error));
    EXPECT(CONVERGE_STATUS_INTERNAL, converge_changes_next(changes, -1, &what, &patches, &error));
  }
  EXPECT(CONVERGE_STATUS_INTERNAL, converge_doc_close(doc, &error));
  EXPECT(CONVERGE_STATUS_INTERNAL, converge_doc_close(doc, &error));
  CHECK(converge_doc_free(doc) == CONVERGE_STATUS_OK);
  CHECK(converge_doc_free(doc) == CONVERGE_STATUS_INVALID_HANDLE);
  CHECK(converge_scan_free(scan) == CONVERGE_STATUS_OK && converge_changes_free(changes) == CONVERGE_STATUS_OK);
  /* The others go on. */
  OK(converge_doc_insert(other, STR("t"), STR("r"), NULL, 0, NULL, &error));
  CHECK(converge_doc_free(other) == CONVERGE_STATUS_OK);
}

/* A document in a file that failed lets go of the file, which holds what was written before. */
static void panic_in_a_file(converge_status (*hook)(converge_doc, converge_error **), bool closes) {
  converge_error *error = NULL;
  const char *temporary = getenv("TMPDIR");
  const char *const ends[] = {"", "-wal", "-shm", "-lock", "-peer"};
  char folder[512], path[600], other[620];
  converge_doc doc;
  bool found;
  snprintf(folder, sizeof folder, "%s/converge-panics-XXXXXX", temporary != NULL ? temporary : "/tmp");
  CHECK(mkdtemp(folder) != NULL);
  snprintf(path, sizeof path, "%s/a.db", folder);
  OK(converge_doc_open(STR(path), NULL, &doc, &error));
  OK(converge_doc_insert(doc, STR("t"), STR("before"), NULL, 0, NULL, &error));
  CHECK(hook(doc, NULL) == CONVERGE_STATUS_INTERNAL);
  EXPECT(CONVERGE_STATUS_INTERNAL, converge_doc_insert(doc, STR("t"), STR("after"), NULL, 0, NULL, &error));
  if (closes) EXPECT(CONVERGE_STATUS_INTERNAL, converge_doc_close(doc, &error));
  CHECK(converge_doc_free(doc) == CONVERGE_STATUS_OK);
  OK(converge_doc_open(STR(path), NULL, &doc, &error));
  OK(converge_doc_contains(doc, STR("t"), STR("before"), &found, &error));
  CHECK(found);
  OK(converge_doc_contains(doc, STR("t"), STR("after"), &found, &error));
  CHECK(!found);
  OK(converge_doc_insert(doc, STR("t"), STR("again"), NULL, 0, NULL, &error));
  OK(converge_doc_check(doc, &error));
  OK(converge_doc_close(doc, &error));
  CHECK(converge_doc_free(doc) == CONVERGE_STATUS_OK);
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    snprintf(other, sizeof other, "%s%s", path, ends[i]);
    remove(other);
  }
  CHECK(rmdir(folder) == 0);
}

int main(void) {
  converge_error *error = NULL;
  converge_ephemeral store;
  converge_bytes bytes;
  panic_in(converge_test_panic_in_doc);
  panic_in(converge_test_panic_at_doc);
  for (int closes = 0; closes < 2; closes++) {
    panic_in_a_file(converge_test_panic_in_doc, closes != 0);
    panic_in_a_file(converge_test_panic_at_doc, closes != 0);
  }
  OK(converge_ephemeral_new(NULL, &store, &error));
  EXPECT(CONVERGE_STATUS_INTERNAL, converge_test_panic_at_ephemeral(store, &error));
  EXPECT(CONVERGE_STATUS_INTERNAL, converge_ephemeral_peer(store, &bytes, &error));
  CHECK(converge_ephemeral_free(store) == CONVERGE_STATUS_OK);
  return done("panics");
}
