/* Many threads on the same handles: nothing is lost, nothing tears, and a handle that another thread frees says so. */

#include "converge.h"

#include <pthread.h>

#define CHECK_IN_THREADS
#include "check.h"

enum { WRITERS = 4, ROWS = SHORT_RUN ? 100 : 1000 };

struct shared {
  converge_doc doc;
  converge_changes changes;
  converge_ephemeral store;
  int number;
};

static void *write_rows(void *context) {
  struct shared *shared = context;
  char row_id[32];
  for (int i = 0; i < ROWS; i++) {
    converge_cell cell = converge_cell_of("n", converge_int(i));
    sprintf(row_id, "%d-%d", shared->number, i);
    CHECK(converge_doc_insert(shared->doc, STR("t"), STR(row_id), &cell, 1, NULL, NULL) == CONVERGE_STATUS_OK);
    CHECK(converge_doc_update(shared->doc, STR("t"), STR(row_id), STR("n"), converge_int(i + 1), NULL, NULL) == CONVERGE_STATUS_OK);
    CHECK(converge_ephemeral_set(shared->store, STR("n"), STR(row_id), converge_int(i), NULL, NULL, NULL) == CONVERGE_STATUS_OK);
    if (i % 16 == 0) {
      converge_transaction transaction;
      CHECK(converge_doc_begin(shared->doc, NULL, &transaction, NULL) == CONVERGE_STATUS_OK);
      CHECK(converge_transaction_update(transaction, STR("t"), STR(row_id), STR("m"), converge_int(1), NULL) == CONVERGE_STATUS_OK);
      if (i % 32 == 0) CHECK(converge_transaction_commit(transaction, NULL, NULL) == CONVERGE_STATUS_OK);
      CHECK(converge_transaction_free(transaction) == CONVERGE_STATUS_OK);
    }
  }
  return NULL;
}

static void *read_rows(void *context) {
  struct shared *shared = context;
  for (int i = 0; i < 20; i++) {
    converge_scan scan;
    converge_rows rows;
    CHECK(converge_doc_rows(shared->doc, STR("t"), NULL, &scan, NULL) == CONVERGE_STATUS_OK);
    do {
      CHECK(converge_scan_next(scan, 100, &rows, NULL) == CONVERGE_STATUS_OK);
      size_t len = rows.len;
      converge_rows_free(&rows);
      if (len == 0) break;
    } while (1);
    CHECK(converge_scan_free(scan) == CONVERGE_STATUS_OK);
  }
  return NULL;
}

static void *count_patches(void *context) {
  struct shared *shared = context;
  size_t patches = 0;
  for (;;) {
    converge_patches list;
    int32_t what;
    CHECK(converge_changes_next(shared->changes, -1, &what, &list, NULL) == CONVERGE_STATUS_OK);
    CHECK(what == CONVERGE_NEXT_CHANGE || what == CONVERGE_NEXT_CLOSED);
    patches += list.len;
    converge_patches_free(&list);
    if (what == CONVERGE_NEXT_CLOSED) return (void *)patches;
  }
}

static void many_threads_share_a_document(void) {
  pthread_t writers[WRITERS], readers[2], counter;
  struct shared shared[WRITERS];
  converge_error *error = NULL;
  uint64_t count;
  void *patches;
  OK(converge_doc_new(NULL, &shared[0].doc, &error));
  OK(converge_ephemeral_new(NULL, &shared[0].store, &error));
  OK(converge_doc_subscribe(shared[0].doc, NULL, CONVERGE_CHANGES_MAX, &shared[0].changes, &error));
  for (int i = 0; i < WRITERS; i++) shared[i] = shared[0], shared[i].number = i;
  CHECK(pthread_create(&counter, NULL, count_patches, &shared[0]) == 0);
  for (int i = 0; i < WRITERS; i++) CHECK(pthread_create(&writers[i], NULL, write_rows, &shared[i]) == 0);
  for (int i = 0; i < 2; i++) CHECK(pthread_create(&readers[i], NULL, read_rows, &shared[0]) == 0);
  for (int i = 0; i < WRITERS; i++) pthread_join(writers[i], NULL);
  for (int i = 0; i < 2; i++) pthread_join(readers[i], NULL);
  OK(converge_doc_count(shared[0].doc, STR("t"), &count, &error));
  CHECK(count == WRITERS * ROWS);
  OK(converge_ephemeral_size(shared[0].store, &count, NULL, &error));
  CHECK(count == WRITERS * ROWS);
  OK(converge_doc_check(shared[0].doc, &error));
  OK(converge_doc_close(shared[0].doc, &error));
  pthread_join(counter, &patches);
  /* Each row appeared, each update changed it, and every 32nd got a cell more. */
  CHECK((size_t)patches == WRITERS * (ROWS * 2 + (ROWS + 31) / 32));
  CHECK(converge_changes_free(shared[0].changes) == CONVERGE_STATUS_OK);
  CHECK(converge_doc_free(shared[0].doc) == CONVERGE_STATUS_OK);
  CHECK(converge_ephemeral_free(shared[0].store) == CONVERGE_STATUS_OK);
}

static void *use_until_freed(void *context) {
  struct shared *shared = context;
  uint64_t events;
  for (int i = 0; i < 1000000; i++) {
    converge_status status = converge_doc_events(shared->doc, &events, NULL);
    if (status == CONVERGE_STATUS_INVALID_HANDLE) return NULL;
    CHECK(status == CONVERGE_STATUS_OK);
  }
  return NULL;
}

static void *wait_for_changes(void *context) {
  struct shared *shared = context;
  converge_patches patches;
  int32_t what;
  converge_status status = converge_changes_next(shared->changes, -1, &what, &patches, NULL);
  CHECK(status == CONVERGE_STATUS_INVALID_HANDLE || (status == CONVERGE_STATUS_OK && what == CONVERGE_NEXT_CLOSED));
  return NULL;
}

static void handles_are_freed_while_in_use(void) {
  for (int i = 0; i < (SHORT_RUN ? 20 : 200); i++) {
    pthread_t users[3];
    struct shared shared;
    converge_error *error = NULL;
    OK(converge_doc_new(NULL, &shared.doc, &error));
    OK(converge_doc_subscribe(shared.doc, NULL, 10, &shared.changes, &error));
    for (int j = 0; j < 2; j++) CHECK(pthread_create(&users[j], NULL, use_until_freed, &shared) == 0);
    CHECK(pthread_create(&users[2], NULL, wait_for_changes, &shared) == 0);
    CHECK(converge_changes_free(shared.changes) == CONVERGE_STATUS_OK);
    CHECK(converge_doc_free(shared.doc) == CONVERGE_STATUS_OK);
    CHECK(converge_doc_free(shared.doc) == CONVERGE_STATUS_INVALID_HANDLE);
    for (int j = 0; j < 3; j++) pthread_join(users[j], NULL);
  }
}

int main(void) {
  many_threads_share_a_document();
  handles_are_freed_while_in_use();
  printf("threads: done\n");
  return 0;
}
