/* Many threads on the same handles: nothing is lost, nothing tears, and a handle that another thread frees says so. */

#include "converge.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#define CHECK_IN_THREADS
#include "check.h"

enum { WRITERS = 4, ROWS = SHORT_RUN ? 100 : 1000, SCANNED = 1000 };

struct shared {
  converge_doc doc;
  converge_changes changes;
  converge_ephemeral store;
  converge_scan scan;
  converge_transaction transaction;
  int number;
};

static void fill(converge_doc doc) {
  char row_id[32];
  for (int i = 0; i < SCANNED; i++) {
    sprintf(row_id, "%04d", i);
    CHECK(converge_doc_insert(doc, STR("t"), STR(row_id), NULL, 0, NULL, NULL) == CONVERGE_STATUS_OK);
  }
}

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

static void *take_a_row(void *context) {
  struct shared *shared = context;
  converge_rows rows;
  CHECK(converge_scan_next(shared->scan, 1, &rows, NULL) == CONVERGE_STATUS_OK);
  CHECK(rows.len == 1 && SAYS(rows.data[0].id, "0000"));
  converge_rows_free(&rows);
  return NULL;
}

/* A thread that waits for the document with a scan does not hold up the one that it waits for, and what failed goes on where it was. */
static void a_scan_that_waits_holds_nobody_up(void) {
  pthread_t other;
  struct shared shared;
  struct timespec moment = {0, 100000000};
  converge_error *error = NULL;
  converge_transaction transaction;
  converge_rows rows;
  OK(converge_doc_new(NULL, &shared.doc, &error));
  fill(shared.doc);
  OK(converge_doc_rows(shared.doc, STR("t"), NULL, &shared.scan, &error));
  OK(converge_doc_begin(shared.doc, NULL, &transaction, &error));
  CHECK(pthread_create(&other, NULL, take_a_row, &shared) == 0);
  nanosleep(&moment, NULL);
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_scan_next(shared.scan, 1, &rows, &error));
  OK(converge_transaction_rollback(transaction, &error));
  pthread_join(other, NULL);
  OK(converge_scan_next(shared.scan, 300, &rows, &error));
  CHECK(rows.len == 300 && SAYS(rows.data[0].id, "0001"));
  converge_rows_free(&rows);
  OK(converge_transaction_free(transaction));
  OK(converge_doc_begin(shared.doc, NULL, &transaction, &error));
  /* The rows that were fetched are there; those after them are not lost. */
  OK(converge_scan_next(shared.scan, 600, &rows, &error));
  CHECK(rows.len > 0 && rows.len < 600 && SAYS(rows.data[0].id, "0301"));
  size_t seen = 301 + rows.len;
  converge_rows_free(&rows);
  EXPECT(CONVERGE_STATUS_INVALID_ARGUMENT, converge_scan_next(shared.scan, 600, &rows, &error));
  OK(converge_transaction_free(transaction));
  OK(converge_scan_next(shared.scan, 1000, &rows, &error));
  CHECK(seen + rows.len == SCANNED && SAYS(rows.data[rows.len - 1].id, "0999"));
  converge_rows_free(&rows);
  OK(converge_scan_next(shared.scan, 1, &rows, &error));
  CHECK(rows.len == 0);
  OK(converge_scan_free(shared.scan));
  OK(converge_doc_free(shared.doc));
}

static void *take_rows(void *context) {
  struct shared *shared = context;
  size_t taken = 0;
  for (;;) {
    converge_rows rows;
    CHECK(converge_scan_next(shared->scan, 1 + (size_t)shared->number * 50, &rows, NULL) == CONVERGE_STATUS_OK);
    size_t len = rows.len;
    for (size_t i = 1; i < len; i++) CHECK(memcmp(rows.data[i - 1].id.data, rows.data[i].id.data, 4) < 0);
    converge_rows_free(&rows);
    if (len == 0) return (void *)taken;
    taken += len;
  }
}

static void threads_share_a_scan(void) {
  pthread_t takers[WRITERS];
  struct shared shared[WRITERS];
  converge_error *error = NULL;
  size_t sum = 0;
  OK(converge_doc_new(NULL, &shared[0].doc, &error));
  fill(shared[0].doc);
  OK(converge_doc_rows(shared[0].doc, STR("t"), NULL, &shared[0].scan, &error));
  for (int i = 0; i < WRITERS; i++) {
    shared[i] = shared[0], shared[i].number = i;
    CHECK(pthread_create(&takers[i], NULL, take_rows, &shared[i]) == 0);
  }
  for (int i = 0; i < WRITERS; i++) {
    void *taken;
    pthread_join(takers[i], &taken);
    sum += (size_t)taken;
  }
  CHECK(sum == SCANNED);
  OK(converge_scan_free(shared[0].scan));
  OK(converge_doc_free(shared[0].doc));
}

static void *end_transaction(void *context) {
  struct shared *shared = context;
  CHECK(converge_transaction_update(shared->transaction, STR("t"), STR("1"), STR("c"), converge_int(2), NULL) == CONVERGE_STATUS_OK);
  CHECK(converge_transaction_commit(shared->transaction, NULL, NULL) == CONVERGE_STATUS_OK);
  return NULL;
}

/* A transaction may be used and ended by another thread than the one that began it, which then can go on with the document. */
static void a_transaction_moves_between_threads(void) {
  pthread_t other;
  struct shared shared;
  converge_error *error = NULL;
  converge_value value;
  bool found;
  OK(converge_doc_new(NULL, &shared.doc, &error));
  OK(converge_doc_begin(shared.doc, NULL, &shared.transaction, &error));
  OK(converge_transaction_insert(shared.transaction, STR("t"), STR("1"), NULL, 0, &error));
  CHECK(pthread_create(&other, NULL, end_transaction, &shared) == 0);
  pthread_join(other, NULL);
  OK(converge_doc_get(shared.doc, STR("t"), STR("1"), STR("c"), &value, &found, &error));
  CHECK(found && value.as.integer == 2);
  EXPECT(CONVERGE_STATUS_CLOSED, converge_transaction_commit(shared.transaction, NULL, &error));
  OK(converge_transaction_free(shared.transaction));
  OK(converge_doc_free(shared.doc));
}

/* Wakers are set, called, replaced and let go of while others write, drain and free: each context is released exactly once. */
enum { READERS = 2, TURNS = SHORT_RUN ? 200 : 5000 };

struct readers {
  converge_doc doc;
  converge_changes changes[READERS];
  pthread_mutex_t lock;
  int contexts;
  bool stop;
};

struct context {
  struct readers *readers;
  converge_doc doc;
};

static int change(struct readers *readers, int by) {
  pthread_mutex_lock(&readers->lock);
  int now = readers->contexts += by;
  pthread_mutex_unlock(&readers->lock);
  return now;
}

static bool is_stopped(struct readers *readers) {
  pthread_mutex_lock(&readers->lock);
  bool stop = readers->stop;
  pthread_mutex_unlock(&readers->lock);
  return stop;
}

static converge_changes reader(struct readers *readers, int number) {
  pthread_mutex_lock(&readers->lock);
  converge_changes changes = readers->changes[number];
  pthread_mutex_unlock(&readers->lock);
  return changes;
}

static void let_go(void *context) {
  change(((struct context *)context)->readers, -1);
  free(context);
}

static void call_back(void *opaque) {
  struct context *context = opaque;
  uint64_t events;
  CHECK(converge_doc_events(context->doc, &events, NULL) == CONVERGE_STATUS_OK);
  for (int i = 0; i < READERS; i++) {
    converge_change_list list;
    bool lagged;
    converge_status status = converge_changes_drain(reader(context->readers, i), &list, &lagged, NULL);
    CHECK(status == CONVERGE_STATUS_OK || status == CONVERGE_STATUS_INVALID_HANDLE);
    if (status == CONVERGE_STATUS_OK) converge_change_list_free(&list);
  }
}

static void *write_on(void *opaque) {
  struct readers *readers = opaque;
  char row_id[32];
  for (int i = 0; i < TURNS; i++) {
    sprintf(row_id, "%d", i % 50);
    CHECK(converge_doc_upsert(readers->doc, STR("t"), STR(row_id), NULL, 0, NULL, NULL) == CONVERGE_STATUS_OK);
  }
  return NULL;
}

static void *replace_wakers(void *opaque) {
  struct readers *readers = opaque;
  for (int i = 0; !is_stopped(readers); i++) {
    struct context *context = malloc(sizeof *context);
    CHECK(context != NULL);
    context->readers = readers, context->doc = readers->doc;
    change(readers, 1);
    converge_status status = converge_changes_set_waker(reader(readers, i % READERS), call_back, context, let_go, NULL);
    CHECK(status == CONVERGE_STATUS_OK || status == CONVERGE_STATUS_INVALID_HANDLE);
    if (status != CONVERGE_STATUS_OK) let_go(context);
  }
  return NULL;
}

static void *replace_readers(void *opaque) {
  struct readers *readers = opaque;
  for (int i = 0; !is_stopped(readers); i++) {
    converge_changes changes, old;
    CHECK(converge_doc_subscribe(readers->doc, NULL, 10, &changes, NULL) == CONVERGE_STATUS_OK);
    pthread_mutex_lock(&readers->lock);
    old = readers->changes[i % READERS];
    readers->changes[i % READERS] = changes;
    pthread_mutex_unlock(&readers->lock);
    CHECK(converge_changes_free(old) == CONVERGE_STATUS_OK);
  }
  return NULL;
}

static void wakers_are_replaced_while_others_write(void) {
  pthread_t writers[2], others[3];
  struct readers readers;
  converge_error *error = NULL;
  memset(&readers, 0, sizeof readers);
  CHECK(pthread_mutex_init(&readers.lock, NULL) == 0);
  OK(converge_doc_new(NULL, &readers.doc, &error));
  for (int i = 0; i < READERS; i++) OK(converge_doc_subscribe(readers.doc, NULL, 10, &readers.changes[i], &error));
  for (int i = 0; i < 2; i++) CHECK(pthread_create(&writers[i], NULL, write_on, &readers) == 0);
  for (int i = 0; i < 3; i++) CHECK(pthread_create(&others[i], NULL, i < 2 ? replace_wakers : replace_readers, &readers) == 0);
  for (int i = 0; i < 2; i++) pthread_join(writers[i], NULL);
  pthread_mutex_lock(&readers.lock);
  readers.stop = true;
  pthread_mutex_unlock(&readers.lock);
  for (int i = 0; i < 3; i++) pthread_join(others[i], NULL);
  for (int i = 0; i < READERS; i++) CHECK(converge_changes_free(readers.changes[i]) == CONVERGE_STATUS_OK);
  CHECK(converge_doc_free(readers.doc) == CONVERGE_STATUS_OK);
  CHECK(change(&readers, 0) == 0);
  pthread_mutex_destroy(&readers.lock);
}

int main(void) {
  /* What waits for ever fails. */
  alarm(300);
  a_scan_that_waits_holds_nobody_up();
  threads_share_a_scan();
  a_transaction_moves_between_threads();
  wakers_are_replaced_while_others_write();
  many_threads_share_a_document();
  handles_are_freed_while_in_use();
  printf("threads: done\n");
  return 0;
}
