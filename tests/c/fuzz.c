/* Plays random call sequences on the ABI: live handles, freed ones, handles of other types and numbers that are none; names, values, messages
 * and lengths good and bad. Run it under AddressSanitizer. What it calls may fail in any documented way; it may not crash, leak, or say
 * `internal`, and documents must keep their invariants.
 *
 *   fuzz CALLS SEED [SECONDS] */

#include "converge.h"

#include <time.h>

#include "check.h"

enum { SLOTS = 6, PIECES = 8 };

static uint64_t seed;
static converge_doc docs[SLOTS];
static converge_transaction transactions[SLOTS];
static converge_scan scans[SLOTS];
static converge_changes readers[SLOTS];
static converge_ephemeral stores[SLOTS];
static converge_ephemeral_changes watchers[SLOTS];
/* Messages that calls gave, to be handed to others, sometimes damaged. */
static struct { uint8_t *data; size_t len; } pieces[PIECES];
static uint64_t by_status[32];
static uint64_t woken;

static uint64_t next(void) {
  /* SplitMix64 */
  uint64_t z = (seed += UINT64_C(0x9E3779B97F4A7C15));
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

static uint64_t below(uint64_t bound) { return next() % bound; }
static bool one_in(uint64_t n) { return below(n) == 0; }

/* A handle: mostly one of the six of its type, at times one of another type, or any number. */
static uint64_t handle(uint64_t own) {
  if (!one_in(40)) return own;
  switch (below(8)) {
    case 0: return docs[below(SLOTS)].id;
    case 1: return transactions[below(SLOTS)].id;
    case 2: return scans[below(SLOTS)].id;
    case 3: return readers[below(SLOTS)].id;
    case 4: return stores[below(SLOTS)].id;
    case 5: return watchers[below(SLOTS)].id;
    case 6: return next();
    default: return 0;
  }
}

#define ANY(array, type) (((type){handle((array)[below(SLOTS)].id)}))
#define DOC ANY(docs, converge_doc)
#define TX ANY(transactions, converge_transaction)
#define SCAN ANY(scans, converge_scan)
#define READER ANY(readers, converge_changes)
#define STORE ANY(stores, converge_ephemeral)
#define WATCHER ANY(watchers, converge_ephemeral_changes)

static converge_str text(void) {
  static const char *const good[] = {"t", "u", "1", "2", "3", "4", "a", "b", "\xc3\xa4", "alice", "bob"};
  static char bad[] = "bad \xff\xfe";
  static char long_name[2000];
  converge_str str;
  if (!one_in(60)) return converge_str_of(good[one_in(4) ? below(sizeof good / sizeof *good) : below(3)]);
  switch (below(5)) {
    case 0: return converge_str_of("");
    case 1: return converge_str_of(bad);
    case 2: str.data = NULL, str.len = (size_t)below(3); return str;
    case 3: str.data = "x", str.len = SIZE_MAX - (size_t)below(2); return str;
    default:
      memset(long_name, 'x', sizeof long_name);
      str.data = long_name, str.len = sizeof long_name - (size_t)below(2) * 976;
      return str;
  }
}

static converge_value value(void) {
  converge_value value = converge_null();
  if (one_in(60)) {
    value.kind = (int32_t)next();
    /* Its content is read only for the kinds of text and bytes, and then it must be sound. */
    if (value.kind == CONVERGE_KIND_STR || value.kind == CONVERGE_KIND_BYTES) value.kind = -1;
    return value;
  }
  switch (below(6)) {
    case 0: return value;
    case 1: return converge_bool(one_in(2));
    case 2: return converge_int((int64_t)next());
    case 3: return converge_float(one_in(20) ? 1e308 * 1e308 : (double)below(100) / 8);
    case 4: value.kind = CONVERGE_KIND_STR; value.as.text = text(); return value;
    default: return converge_blob("blob", (size_t)below(5));
  }
}

static converge_str json(void) {
  static const char *const texts[] = {"{}", "{\"a\":1}", "[[\"a\",1.5],[\"b\",null]]", "7", "\"text\"", "[]", "{\"alice\":3}", "{\"a\":{\"$bytes\":\"AAA=\"}}",
                                      "[{\"type\":\"delete\",\"tbl\":\"t\",\"row_id\":\"1\"}]", "{\"n\":{\"k\":{\"value\":1,\"timestamp\":5,\"peer\":\"x\"}}}",
                                      "[{\"type\":\"insert\",\"tbl\":\"t\",\"row_id\":\"9\",\"values\":[]}]", "nul", "[[[[", "{\"a\":1,\"a\":2}", ""};
  if (one_in(8)) {
    /* What some call gave. */
    size_t at = (size_t)below(PIECES);
    converge_str str;
    str.data = (const char *)pieces[at].data;
    str.len = pieces[at].len;
    return str;
  }
  return one_in(50) ? text() : converge_str_of(texts[below(sizeof texts / sizeof *texts)]);
}

static size_t cells(converge_cell *cells) {
  size_t len = (size_t)below(4);
  for (size_t i = 0; i < len; i++) cells[i].col = text(), cells[i].value = value();
  return len;
}

static size_t ids(converge_event_id *ids) {
  size_t len = (size_t)below(3);
  for (size_t i = 0; i < len; i++) ids[i].peer = text(), ids[i].counter = one_in(10) ? next() : below(20);
  return len;
}

static size_t ops(converge_op *ops) {
  static converge_cell some[4][4];
  size_t len = (size_t)below(4);
  for (size_t i = 0; i < len; i++) {
    memset(&ops[i], 0, sizeof ops[i]);
    ops[i].kind = one_in(30) ? (int32_t)next() : (int32_t)below(3) + 1;
    ops[i].tbl = text(), ops[i].row_id = text(), ops[i].col = text(), ops[i].value = value();
    ops[i].cells_len = cells(some[i]), ops[i].cells = some[i];
  }
  return len;
}

static const double *stamp(void) {
  static double stamps[] = {0, -1, 5, 1e15, 1e300};
  return one_in(2) ? NULL : &stamps[below(5)];
}

static void keep(converge_status status, converge_bytes *bytes) {
  if (status != CONVERGE_STATUS_OK) return;
  size_t at = (size_t)below(PIECES);
  free(pieces[at].data);
  pieces[at].len = bytes->len;
  pieces[at].data = malloc(bytes->len + 1);
  memcpy(pieces[at].data, bytes->data, bytes->len);
  if (bytes->len > 0 && one_in(6)) pieces[at].data[below(bytes->len)] ^= (uint8_t)(1 << below(8));
  if (one_in(12)) pieces[at].len = (size_t)below(bytes->len + 1);
  converge_bytes_free(bytes);
  if (one_in(10)) converge_bytes_free(bytes);
}

static void wake(void *context) {
  uint64_t events;
  woken++;
  converge_doc_events(*(converge_doc *)context, &events, NULL);
}

static converge_status options_of(converge_open_options *options) {
  memset(options, 0, sizeof *options);
  options->size = one_in(30) ? (uint32_t)below(200) : (uint32_t)sizeof *options;
  if (options->size > sizeof *options) options->size = (uint32_t)sizeof *options;
  options->durability = one_in(20) ? (uint8_t)next() : 0;
  if (one_in(2)) options->peer = text();
  options->document = converge_str_of("07070707070707070707070707070707");
  options->waiting_events = below(2) * 10;
  return CONVERGE_STATUS_OK;
}

/* Makes new objects of those that are no more, so that most calls meet a live one. */
static void revive(void) {
  converge_open_options options;
  converge_ephemeral_options ephemeral;
  uint64_t events;
  memset(&options, 0, sizeof options);
  memset(&ephemeral, 0, sizeof ephemeral);
  options.size = sizeof options;
  options.document = converge_str_of("07070707070707070707070707070707");
  ephemeral.size = sizeof ephemeral;
  ephemeral.clock = CONVERGE_CLOCK_MANUAL;
  for (int i = 0; i < SLOTS; i++) {
    converge_status status = converge_doc_events(docs[i], &events, NULL);
    if (status == CONVERGE_STATUS_CLOSED) converge_doc_free(docs[i]);
    /* A history that is read whole again and again would take all the time. */
    if (status == CONVERGE_STATUS_OK && events > 2000) status = CONVERGE_STATUS_CLOSED, converge_doc_free(docs[i]);
    if (status == CONVERGE_STATUS_CLOSED || status == CONVERGE_STATUS_INVALID_HANDLE) converge_doc_new(&options, &docs[i], NULL);
    status = converge_ephemeral_size(stores[i], NULL, NULL, NULL);
    if (status == CONVERGE_STATUS_INVALID_HANDLE) converge_ephemeral_new(&ephemeral, &stores[i], NULL);
  }
}

/* Each case is one call, or one and the free of what it gave. */
static converge_status play(converge_error **e) {
  converge_cell some[4];
  converge_event_id some_ids[3], more_ids[3];
  converge_op some_ops[4];
  converge_bytes bytes = {0};
  converge_open_options options;
  converge_ephemeral_options ephemeral;
  converge_rows rows = {0};
  converge_names names = {0};
  converge_event_ids list = {0}, other = {0};
  converge_events events = {0};
  converge_event_ranges ranges = {0};
  converge_runs runs = {0};
  converge_patches patches = {0};
  converge_change_list changes = {0};
  converge_ephemeral_change_list told = {0};
  converge_entries entries = {0};
  converge_merge_result result;
  converge_ephemeral_counts counts;
  converge_scan_range range;
  converge_page_limit limit;
  converge_digest digest;
  converge_value got = converge_null();
  converge_status status;
  uint64_t number = below(3);
  int64_t at_ms = 5, *at = one_in(2) ? &at_ms : NULL;
  int32_t what;
  bool flag;
  size_t slot = (size_t)below(SLOTS), piece = (size_t)below(PIECES);
  memset(&result, 0, sizeof result);
  memset(&range, 0, sizeof range);
  range.size = sizeof range;
  range.from_bound = (int32_t)below(3), range.to_bound = (int32_t)below(3), range.from = text(), range.to = text();
  if (one_in(3)) range.prefix = text();
  memset(&limit, 0, sizeof limit);
  limit.size = sizeof limit;
  limit.events = below(4);
  switch (below(84)) {
    case 0: options_of(&options); return converge_doc_free(docs[slot]), converge_doc_new(&options, &docs[slot], e);
    case 1: return one_in(4) ? converge_doc_close(DOC, e) : 0;
    case 2: return one_in(4) ? converge_doc_free(DOC) : 0;
    case 3: keep(status = converge_doc_peer(DOC, &bytes, e), &bytes); return status;
    case 4: keep(status = converge_doc_document_id(DOC, &bytes, e), &bytes); return status;
    case 5: return converge_doc_needs_fresh_peer(DOC, one_in(20) ? NULL : &flag, e);
    case 6: return converge_doc_events(DOC, one_in(20) ? NULL : &number, e);
    case 7: return converge_doc_waiting_events(DOC, &number, e);
    case 8: keep(status = converge_doc_new_row_id(DOC, &bytes, e), &bytes); return status;
    case 9: case 10: case 11: return converge_doc_insert(DOC, text(), text(), some, cells(some), NULL, e);
    case 12: return converge_doc_upsert(DOC, text(), text(), some, cells(some), NULL, e);
    case 13: case 14: case 15: return converge_doc_update(DOC, text(), text(), text(), value(), NULL, e);
    case 16: return converge_doc_update_columns(DOC, text(), text(), some, cells(some), NULL, e);
    case 17: return converge_doc_delete(DOC, text(), text(), NULL, e);
    case 18: return one_in(8) ? converge_doc_delete_all(DOC, text(), NULL, e) : 0;
    case 19: return converge_doc_apply(DOC, some_ops, ops(some_ops), at, NULL, e);
    case 20: converge_transaction_free(transactions[slot]); return converge_doc_begin(DOC, at, &transactions[slot], e);
    case 21: return converge_transaction_insert(TX, text(), text(), some, cells(some), e);
    case 22: return converge_transaction_update(TX, text(), text(), text(), value(), e);
    case 23:
      if (one_in(2)) return converge_transaction_delete(TX, text(), text(), e);
      keep(status = converge_transaction_new_row_id(TX, &bytes, e), &bytes);
      return status;
    case 24: return converge_transaction_apply(TX, some_ops, ops(some_ops), e);
    case 25: status = converge_transaction_get(TX, text(), text(), text(), &got, &flag, e); converge_value_free(&got); return status;
    case 26: status = converge_transaction_scan(TX, text(), &range, (size_t)below(5), &rows, e); break;
    case 27: case 28: return converge_transaction_commit(TX, NULL, e);
    case 29: return converge_transaction_rollback(TX, e);
    case 30: return converge_transaction_free(TX);
    case 31: status = converge_doc_get(DOC, text(), text(), text(), &got, &flag, e); converge_value_free(&got); return status;
    case 32: status = converge_doc_row(DOC, text(), text(), &rows, e); break;
    case 33: return converge_doc_contains(DOC, text(), text(), &flag, e);
    case 34: return converge_doc_count(DOC, text(), &number, e);
    case 35: status = converge_doc_tables(DOC, &names, e); break;
    case 36: status = converge_doc_columns(DOC, text(), &names, e); break;
    case 37: status = converge_doc_scan(DOC, text(), one_in(2) ? NULL : &range, (size_t)below(5), &rows, e); break;
    case 38: converge_scan_free(scans[slot]); return converge_doc_rows(DOC, text(), &range, &scans[slot], e);
    case 39: case 40: status = converge_scan_next(SCAN, (size_t)below(4), &rows, e); break;
    case 41: return converge_scan_free(SCAN);
    case 42: converge_changes_free(readers[slot]); return converge_doc_subscribe(DOC, NULL, (size_t)below(50), &readers[slot], e);
    case 43: case 44: status = converge_changes_next(READER, 0, &what, &patches, e); break;
    case 45: keep(status = converge_changes_next_json(READER, 0, &what, &bytes, e), &bytes); return status;
    case 46: status = converge_changes_drain(READER, &changes, &flag, e); break;
    case 47: return converge_changes_set_waker(READER, one_in(3) ? NULL : wake, &docs[slot], NULL, e);
    case 48: return one_in(2) ? converge_changes_close(READER, e) : converge_changes_free(READER);
    case 49: status = converge_doc_sync_state(DOC, &list, &other, e); break;
    case 50: status = converge_doc_frontier(DOC, &list, e); break;
    case 51: case 52: keep(status = converge_doc_encode_request(DOC, &bytes, e), &bytes); return status;
    case 53: case 54: keep(status = converge_doc_encode_pending(DOC, pieces[piece].data, pieces[piece].len, &limit, &bytes, &flag, e), &bytes); return status;
    case 55: keep(status = converge_doc_encode_update(DOC, some_ids, ids(some_ids), &limit, &bytes, &flag, e), &bytes); return status;
    case 56: case 57: status = converge_doc_merge_update(DOC, pieces[piece].data, pieces[piece].len, &result, e); break;
    case 58: return converge_doc_merge_update_quiet(DOC, pieces[piece].data, pieces[piece].len, NULL, e);
    case 59: {
      converge_doc from = DOC, to = DOC;
      status = converge_doc_get_pending(from, some_ids, ids(some_ids), &limit, &runs, &flag, e);
      if (status == CONVERGE_STATUS_OK) status = converge_doc_merge_remote(to, runs.data, runs.len, &result, e);
      break;
    }
    case 60: status = converge_doc_missing(DOC, &list, e); break;
    case 61: return converge_doc_drop_waiting(DOC, &number, e);
    case 62: status = one_in(10) ? converge_doc_fork(DOC, below(5), &result, e) : 0; break;
    case 63: keep(status = converge_doc_encode_replica(DOC, &bytes, e), &bytes); return status;
    case 64:
      options_of(&options);
      converge_doc_free(docs[slot]);
      return converge_doc_decode(pieces[piece].data, pieces[piece].len, &options, &docs[slot], e);
    case 65: return converge_doc_digest(DOC, &digest, e);
    case 66: status = converge_doc_event(DOC, text(), below(9), &events, e); break;
    case 67: status = converge_doc_log(DOC, some_ids, ids(some_ids), (size_t)below(9), &events, &list, &flag, e); break;
    case 68: status = converge_doc_row_history(DOC, text(), text(), &events, e); break;
    case 69: status = converge_doc_table_as_of(DOC, text(), some_ids, ids(some_ids), &rows, e); break;
    case 70: return converge_doc_compare(DOC, some_ids, ids(some_ids), more_ids, ids(more_ids), &what, e);
    case 71: status = converge_doc_events_between(DOC, some_ids, ids(some_ids), more_ids, ids(more_ids), &ranges, e); break;
    case 72:
      switch (below(6)) {
        case 0: return converge_doc_insert_json(DOC, text(), text(), json(), NULL, e);
        case 1: return converge_doc_update_json(DOC, text(), text(), text(), json(), NULL, e);
        case 2: return converge_doc_apply_json(DOC, json(), at, NULL, e);
        case 3: keep(status = converge_doc_merge_remote_json(DOC, json(), &bytes, e), &bytes); return status;
        case 4: keep(status = converge_doc_get_pending_json(DOC, json(), &limit, &bytes, &flag, e), &bytes); return status;
        default: keep(status = converge_doc_row_json(DOC, text(), text(), &bytes, &flag, e), &bytes); return status;
      }
    case 73:
      memset(&ephemeral, 0, sizeof ephemeral);
      ephemeral.size = sizeof ephemeral;
      ephemeral.clock = one_in(20) ? (int32_t)next() : (int32_t)below(4);
      ephemeral.peer = text();
      converge_ephemeral_free(stores[slot]);
      return converge_ephemeral_new(&ephemeral, &stores[slot], e);
    case 74: case 75: return converge_ephemeral_set(STORE, text(), text(), value(), stamp(), &flag, e);
    case 76: return converge_ephemeral_remove(STORE, text(), text(), stamp(), &flag, e);
    case 77: status = one_in(2) ? converge_ephemeral_get_all(STORE, text(), &entries, e) : converge_ephemeral_get(STORE, text(), text(), &entries, e); break;
    case 78: keep(status = converge_ephemeral_encode_since(STORE, &number, &bytes, e), &bytes); return status;
    case 79: return converge_ephemeral_merge_bytes(STORE, pieces[piece].data, pieces[piece].len, &counts, e);
    case 80: keep(status = converge_ephemeral_merge_json(STORE, json(), &bytes, e), &bytes); return status;
    case 81: converge_ephemeral_changes_free(watchers[slot]); return converge_ephemeral_subscribe(STORE, (size_t)below(20), &watchers[slot], e);
    case 82: status = converge_ephemeral_changes_next(WATCHER, 0, &what, &told, e); break;
    default:
      switch (below(5)) {
        case 0: return converge_ephemeral_advance(STORE, below(20000), e);
        case 1: status = converge_ephemeral_expire(STORE, &entries, e); break;
        case 2: status = converge_ephemeral_remove_peer(STORE, text(), &entries, e); break;
        case 3: return converge_ephemeral_check(STORE, e);
        default: return one_in(4) ? converge_ephemeral_free(STORE) : converge_ephemeral_changes_free(WATCHER);
      }
  }
  /* What came is freed, at times twice; where nothing came it is empty. */
  for (int times = one_in(10) ? 2 : 1; times > 0; times--) {
    converge_rows_free(&rows), converge_names_free(&names), converge_event_ids_free(&list), converge_event_ids_free(&other);
    converge_events_free(&events), converge_event_ranges_free(&ranges), converge_runs_free(&runs), converge_patches_free(&patches);
    converge_change_list_free(&changes), converge_ephemeral_change_list_free(&told), converge_entries_free(&entries);
    converge_patches_free(&result.patches);
  }
  return status;
}

int main(int argc, char **argv) {
  uint64_t calls = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000, made = 0;
  uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
  time_t end = argc > 3 ? time(NULL) + atoi(argv[3]) : 0;
  seed = first;
  for (; made < calls && (end == 0 || made % 256 != 0 || time(NULL) < end); made++) {
    converge_error *error = NULL;
    if (made % 16 == 0) revive();
    converge_status status = play(&error);
    by_status[status >= 0 && status < 32 ? status : 31]++;
    if (status == CONVERGE_STATUS_INTERNAL || (error != NULL && converge_error_status(error) != status)) {
      fprintf(stderr, "seed %llu, call %llu: %s\n", (unsigned long long)first, (unsigned long long)made, converge_error_message(error).data);
      return 1;
    }
    converge_error_free(&error);
    if (made % 512 == 0) {
      for (int i = 0; i < SLOTS; i++) {
        status = converge_doc_check(docs[i], &error);
        if (status != CONVERGE_STATUS_OK && status != CONVERGE_STATUS_INVALID_HANDLE && status != CONVERGE_STATUS_CLOSED && status != CONVERGE_STATUS_INVALID_ARGUMENT) {
          fprintf(stderr, "seed %llu, call %llu: %s\n", (unsigned long long)first, (unsigned long long)made, converge_error_message(error).data);
          return 1;
        }
        converge_error_free(&error);
      }
    }
  }
  for (int i = 0; i < SLOTS; i++) {
    converge_transaction_free(transactions[i]), converge_scan_free(scans[i]), converge_changes_free(readers[i]);
    converge_doc_free(docs[i]), converge_ephemeral_free(stores[i]), converge_ephemeral_changes_free(watchers[i]);
  }
  for (int i = 0; i < PIECES; i++) free(pieces[i].data);
  printf("fuzz: %llu calls, woken %llu times;", (unsigned long long)made, (unsigned long long)woken);
  for (int i = 0; i < 32; i++)
    if (by_status[i] > 0) printf(" %s %llu", converge_status_name(i), (unsigned long long)by_status[i]);
  printf("\n");
  return 0;
}
