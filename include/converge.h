/**
 * converge: tables of rows that any number of devices write offline and merge without conflict.
 *
 * The words. A **document** is what is shared: tables of rows of cells. A **replica** is one device's copy of it, and writes under a
 * **peer** id that is its alone. Each write makes an **event**, (peer, counter): an insert, update or delete, with the events it depends
 * on, those that its maker knew. Events are never changed or taken back; a merge brings in those that are missing, and the rows are made of
 * all of them by fixed rules, so replicas with the same events show the same. A **version** is a set of events, told as the highest counter
 * of each peer or as a **frontier**: the events that no other depends on. An event's **Lamport time** is one more than the highest of those
 * that it depends on; of two concurrent writes of a cell, the one with the greater (Lamport time, peer) wins. A **transaction** is written,
 * sent and merged as a whole. An event whose dependencies are not here yet **waits**. A row **shows** when it was inserted and no delete
 * hides it; reads tell of rows that show. **Presence**, in a `converge_ephemeral`, is beside all that: it ages, and is never on disk.
 *
 * What holds for every function, unless it says otherwise:
 *
 * - **Status.** A fallible function returns a `converge_status`: `CONVERGE_STATUS_OK`, or what went wrong. After any error the object is
 *   as it was before the call (for `CONVERGE_STATUS_STORAGE` see there). Outputs are written only on success.
 * - **Errors.** The last parameter, `error`, may be `NULL`. Else, on failure, `*error` becomes an error with a message and details, to be
 *   freed with `converge_error_free()`; what it was before is not freed. On success it is not touched, so begin with `NULL`.
 * - **Handles** are values, `{ id }`, in a checked table, never addresses. A handle that was freed, never made, or is of another type is
 *   `CONVERGE_STATUS_INVALID_HANDLE`. `{ 0 }` is no handle; freeing it does nothing. Free handles in any order: what depends on another
 *   object keeps it alive. Objects that are not freed live until the process ends.
 * - **Threads.** Any thread may use and free any handle at any time; calls on one object take turns.
 * - **Text** is UTF-8 with a length, and may hold NUL; text that is not UTF-8 is `CONVERGE_STATUS_INVALID_ARGUMENT`. Arguments are borrowed
 *   for the call alone, and nothing of them is kept.
 * - **Names** (tables, row ids, columns, peers, namespaces, keys) have 1 to 1,024 bytes (`CONVERGE_NAME_BYTES_MAX`): an empty one that is
 *   written is `CONVERGE_STATUS_INVALID_ARGUMENT`, a longer one `CONVERGE_STATUS_LIMIT_EXCEEDED` in any call. So is a Str or Bytes over
 *   `CONVERGE_VALUE_BYTES_MAX` bytes, JSON over 1 GiB, SQL over 1 MiB, a path over 128 KiB. None of it is read then.
 * - **Pointers** must be valid for what they stand for, or `NULL`. `NULL` with a length of 0 is empty; `NULL` with another length, or for
 *   an output or argument that is not said to be optional, is `CONVERGE_STATUS_INVALID_ARGUMENT`.
 * - **Results.** `converge_bytes` and lists (`converge_rows`, `converge_patches`, …) are owned by the caller and freed by the function of
 *   their type, which empties them: freeing twice does nothing. Empty ones may hold memory too. What a list points to lives as long as the
 *   list. Inputs of the same types are never freed by the library.
 * - **Numbers.** Lengths are bytes or elements; times are milliseconds; `bool`-like `uint8_t` fields are true unless 0.
 * - **Panics.** A panic inside is caught and becomes `CONVERGE_STATUS_INTERNAL`; from then on the object says the same to every call but
 *   free. The process lives.
 * - **Structs that begin with `size`** must be zeroed, with `size` set to their `sizeof`: a field that is zero means the default, so a
 *   program built with an older header works with a newer library.
 *
 * This is version 0: until 1.0 the ABI may change with each minor version. See `converge_abi_version()`.
 */

#ifndef CONVERGE_H
#define CONVERGE_H

/* Made from ffi/src by cbindgen; a test keeps it so. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/**
 * The version of the ABI that this header describes.
 */
#define CONVERGE_ABI_VERSION 0

/**
 * It worked.
 */
#define CONVERGE_STATUS_OK 0

/**
 * An argument breaks a documented rule. Fix the call; a retry cannot help.
 */
#define CONVERGE_STATUS_INVALID_ARGUMENT 1

/**
 * A value cannot be stored: a NaN or an infinity, or JSON that is no value.
 */
#define CONVERGE_STATUS_INVALID_VALUE 2

/**
 * A bound was passed; which one: `converge_error_limit()`.
 */
#define CONVERGE_STATUS_LIMIT_EXCEEDED 3

/**
 * The row of an insert shows already. Use upsert to write over it.
 */
#define CONVERGE_STATUS_ROW_EXISTS 4

/**
 * The row of an update or delete does not show.
 */
#define CONVERGE_STATUS_ROW_NOT_FOUND 5

/**
 * A message breaks its form. Nothing of it was applied; its sender is broken or hostile.
 */
#define CONVERGE_STATUS_MALFORMED 6

/**
 * A message or file was written by a newer version.
 */
#define CONVERGE_STATUS_UNSUPPORTED_VERSION 7

/**
 * An event id is taken by other content: two devices share a peer id. See `converge_error_event_id()` and `converge_doc_fork()`.
 */
#define CONVERGE_STATUS_CONFLICTING_EVENT 8

/**
 * The message belongs to another document.
 */
#define CONVERGE_STATUS_OTHER_DOCUMENT 9

/**
 * An ephemeral timestamp is too far ahead of the local wall clock.
 */
#define CONVERGE_STATUS_FROM_THE_FUTURE 10

/**
 * The object was closed, or the transaction has ended.
 */
#define CONVERGE_STATUS_CLOSED 11

/**
 * Another handle or process has the file open for writing.
 */
#define CONVERGE_STATUS_ALREADY_OPEN 12

/**
 * Stored bytes are damaged; what can still be read can be salvaged.
 */
#define CONVERGE_STATUS_CORRUPT 13

/**
 * The disk or the file system refused; the message has its words. After a write the outcome is unknown until the file is opened again,
 * and the document refuses to write until then.
 */
#define CONVERGE_STATUS_STORAGE 14

/**
 * The replica was opened for reading only.
 */
#define CONVERGE_STATUS_READ_ONLY 15

/**
 * A signature or hash does not hold.
 */
#define CONVERGE_STATUS_UNAUTHENTIC 16

/**
 * A handle is not live, or of another type.
 */
#define CONVERGE_STATUS_INVALID_HANDLE 17

/**
 * A panic inside was caught, now or before. The object is of no further use; free it.
 */
#define CONVERGE_STATUS_INTERNAL 18

/**
 * The longest table, row id, column, peer, namespace or key, in bytes of UTF-8. None is empty.
 */
#define CONVERGE_NAME_BYTES_MAX 1024

/**
 * The longest Str or Bytes, in bytes.
 */
#define CONVERGE_VALUE_BYTES_MAX 1048576

/**
 * The most operations of one transaction.
 */
#define CONVERGE_TRANSACTION_OPS_MAX 65536

/**
 * The most bytes of one transaction: names, Str and Bytes added up, and 8 for an Int or Float.
 */
#define CONVERGE_TRANSACTION_BYTES_MAX 16777216

/**
 * Nothing, as a value of its own. A zeroed `converge_value` is it.
 */
#define CONVERGE_KIND_NULL 0

/**
 * True or false: `as.boolean`.
 */
#define CONVERGE_KIND_BOOL 1

/**
 * A signed 64-bit integer: `as.integer`.
 */
#define CONVERGE_KIND_INT 2

/**
 * A finite 64-bit float, whose bits are kept: `as.real`.
 */
#define CONVERGE_KIND_FLOAT 3

/**
 * UTF-8 text of at most 1 MiB, which may hold NUL: `as.text`.
 */
#define CONVERGE_KIND_STR 4

/**
 * At most 1 MiB of bytes: `as.bytes`.
 */
#define CONVERGE_KIND_BYTES 5

/**
 * Makes a row show, with `cells`; of two values for one column the last counts.
 */
#define CONVERGE_OP_INSERT 1

/**
 * Writes `value` into the cell `col`. It never makes a row show.
 */
#define CONVERGE_OP_UPDATE 2

/**
 * Removes the row, with every cell that is not newer.
 */
#define CONVERGE_OP_DELETE 3

/**
 * A cell of a row that stays appeared or changed its value: `col`, `value`.
 */
#define CONVERGE_PATCH_SET_CELL 1

/**
 * A row appeared, with all its visible cells: `cells`.
 */
#define CONVERGE_PATCH_INSERT_ROW 2

/**
 * A row vanished. An insert of the same row follows when the row stayed but lost a cell.
 */
#define CONVERGE_PATCH_DELETE_ROW 3

/**
 * A write returns once it is on disk. The default.
 */
#define CONVERGE_DURABILITY_FULL 0

/**
 * A write returns before it is on disk: a power cut may take the newest ones, but nothing that another replica was told.
 */
#define CONVERGE_DURABILITY_RELAXED 1

/**
 * There is no bound; its text is not read.
 */
#define CONVERGE_BOUND_NONE 0

/**
 * Up to and with the id.
 */
#define CONVERGE_BOUND_INCLUDED 1

/**
 * Up to the id, without it.
 */
#define CONVERGE_BOUND_EXCLUDED 2

/**
 * The oldest change that was not taken yet.
 */
#define CONVERGE_NEXT_CHANGE 1

/**
 * The reader was too slow and changes were dropped: read again what is of interest now, then go on. The next changes follow on the state
 * at this moment.
 */
#define CONVERGE_NEXT_LAGGED 2

/**
 * Nothing came in the time.
 */
#define CONVERGE_NEXT_TIMEOUT 3

/**
 * Nothing comes any more: the object or the reader was closed, and all that was queued has been taken.
 */
#define CONVERGE_NEXT_CLOSED 4

/**
 * A bound for `converge_doc_subscribe()` that suits most readers, in patches.
 */
#define CONVERGE_CHANGES_MAX 65536

/**
 * Both versions stand for the same events.
 */
#define CONVERGE_RELATION_EQUAL 1

/**
 * The second has all of the first one's events and more.
 */
#define CONVERGE_RELATION_BEFORE 2

/**
 * The first has all of the second one's events and more.
 */
#define CONVERGE_RELATION_AFTER 3

/**
 * Each has events that the other one lacks.
 */
#define CONVERGE_RELATION_CONCURRENT 4

/**
 * It goes on under the peer id that the file has.
 */
#define CONVERGE_FRESH_PEER_NONE 0

/**
 * The options name another peer id than the file has.
 */
#define CONVERGE_FRESH_PEER_ASKED 1

/**
 * There is no mark beside the file: it was copied or restored alone.
 */
#define CONVERGE_FRESH_PEER_NO_MARK 2

/**
 * The mark belongs to another file.
 */
#define CONVERGE_FRESH_PEER_OTHER_FILE 3

/**
 * The file is not where the mark was written: it was copied or restored, or moved to another disk.
 */
#define CONVERGE_FRESH_PEER_MOVED 4

/**
 * The file is behind the mark: it was set back, or lost what was written last.
 */
#define CONVERGE_FRESH_PEER_ROLLED_BACK 5

/**
 * The mark is damaged.
 */
#define CONVERGE_FRESH_PEER_DAMAGED 6

/**
 * Another reason, which a newer version has.
 */
#define CONVERGE_FRESH_PEER_OTHER 7

/**
 * Entries never end: for `converge_ephemeral_options.ttl_ms`.
 */
#define CONVERGE_TTL_NONE UINT64_MAX

/**
 * The store's clocks are the operating system's.
 */
#define CONVERGE_CLOCK_SYSTEM 0

/**
 * The store knows no time of day: automatic timestamps count up from 0, and any timestamp within bounds gets in.
 */
#define CONVERGE_CLOCK_NO_WALL 1

/**
 * Clocks that stand at 0 and move only by `converge_ephemeral_advance()` and `converge_ephemeral_set_wall()`. For tests and simulations.
 */
#define CONVERGE_CLOCK_MANUAL 2

/**
 * As `CONVERGE_CLOCK_MANUAL`, without a time of day.
 */
#define CONVERGE_CLOCK_MANUAL_NO_WALL 3

/**
 * Something else, which a newer version tells.
 */
#define CONVERGE_EPHEMERAL_OTHER 0

/**
 * It shows, and did not before.
 */
#define CONVERGE_EPHEMERAL_ADDED 1

/**
 * It shows another entry than before, if only a newer timestamp on an equal value.
 */
#define CONVERGE_EPHEMERAL_UPDATED 2

/**
 * It was removed, or its peer was.
 */
#define CONVERGE_EPHEMERAL_REMOVED 3

/**
 * It reached the time to live.
 */
#define CONVERGE_EPHEMERAL_EXPIRED 4

/**
 * What went wrong: a status for programs, a message for people, and details. Made by a call that fails, owned by its caller, freed by
 * `converge_error_free()`. Any thread may read it. What its functions give lives as long as it does.
 */
typedef struct converge_error converge_error;

/**
 * What came of a call: one of the `CONVERGE_STATUS_…` numbers. The numbers are for good; later versions may add some.
 */
typedef int32_t converge_status;

/**
 * Text: `len` bytes of UTF-8 at `data`, which need not end in NUL and may hold NUL. As an argument it is borrowed for the call; inside a
 * list or an error it lives as long as that.
 */
typedef struct converge_str {
  /**
   * The first byte. Where `len` is 0 it is not to be read, `NULL` or not.
   */
  const char *data;
  /**
   * The number of bytes.
   */
  size_t len;
} converge_str;

/**
 * Bytes or text that the caller owns: free them with `converge_bytes_free()`, once. One more byte follows them, which is 0, so text
 * without NUL inside is a C string; so empty ones hold memory too, and are freed like any other.
 *
 * It is an address, not a handle: of two copies of the struct free one. Freeing the other is a double free, which nothing can tell.
 */
typedef struct converge_bytes {
  /**
   * The first byte; `NULL` once freed.
   */
  uint8_t *data;
  /**
   * The number of bytes.
   */
  size_t len;
} converge_bytes;

/**
 * Bytes that are borrowed: as an argument for the call, inside a list for as long as the list lives.
 */
typedef struct converge_data {
  /**
   * The first byte. Where `len` is 0 it is not to be read, `NULL` or not.
   */
  const uint8_t *data;
  /**
   * The number of bytes.
   */
  size_t len;
} converge_data;

/**
 * What a value holds: the member that its kind names.
 */
typedef union converge_value_as {
  /**
   * Of `CONVERGE_KIND_BOOL`: 0 is false, anything else true.
   */
  uint8_t boolean;
  /**
   * Of `CONVERGE_KIND_INT`.
   */
  int64_t integer;
  /**
   * Of `CONVERGE_KIND_FLOAT`.
   */
  double real;
  /**
   * Of `CONVERGE_KIND_STR`.
   */
  struct converge_str text;
  /**
   * Of `CONVERGE_KIND_BYTES`.
   */
  struct converge_data bytes;
} converge_value_as;

/**
 * What a cell holds. Two values are equal when kind and bits are: Int 1 is not Float 1.0, and 0.0 is not -0.0.
 *
 * As an argument it is borrowed for the call; inside a list it lives as long as that. Only one that `converge_doc_get()` and its like
 * wrote is freed, by `converge_value_free()`.
 */
typedef struct converge_value {
  /**
   * One of the `CONVERGE_KIND_…` numbers.
   */
  int32_t kind;
  /**
   * What it holds; nothing is read of it for `CONVERGE_KIND_NULL`.
   */
  union converge_value_as as;
} converge_value;

/**
 * A column and its value.
 */
typedef struct converge_cell {
  /**
   * The column.
   */
  struct converge_str col;
  /**
   * The value.
   */
  struct converge_value value;
} converge_cell;

/**
 * A row: its id and its cells, sorted by column in what the library gives.
 */
typedef struct converge_row {
  /**
   * The row.
   */
  struct converge_str id;
  /**
   * The first cell, or `NULL` if there is none.
   */
  const struct converge_cell *cells;
  /**
   * The number of cells.
   */
  size_t cells_len;
} converge_row;

/**
 * Rows. Free them with `converge_rows_free()`.
 */
typedef struct converge_rows {
  /**
   * The first row, or `NULL` if there is none.
   */
  const struct converge_row *data;
  /**
   * The number of rows.
   */
  size_t len;
  /**
   * What keeps them, for `converge_rows_free()`; not to be changed.
   */
  uint64_t owner;
} converge_rows;

/**
 * Names. Free them with `converge_names_free()`.
 */
typedef struct converge_names {
  /**
   * The first name, or `NULL` if there is none.
   */
  const struct converge_str *data;
  /**
   * The number of names.
   */
  size_t len;
  /**
   * What keeps them, for `converge_names_free()`; not to be changed.
   */
  uint64_t owner;
} converge_names;

/**
 * Which event: its author and the author's counter, which runs 0, 1, 2, … without gaps. In a list of versions it stands for the peer and
 * its highest counter that is known.
 */
typedef struct converge_event_id {
  /**
   * The author.
   */
  struct converge_str peer;
  /**
   * The author's counter, at most 2^53 - 1.
   */
  uint64_t counter;
} converge_event_id;

/**
 * Event ids, or versions. Free them with `converge_event_ids_free()`.
 */
typedef struct converge_event_ids {
  /**
   * The first id, or `NULL` if there is none.
   */
  const struct converge_event_id *data;
  /**
   * The number of ids.
   */
  size_t len;
  /**
   * What keeps them, for `converge_event_ids_free()`; not to be changed.
   */
  uint64_t owner;
} converge_event_ids;

/**
 * Consecutive events of one peer.
 */
typedef struct converge_event_range {
  /**
   * The author.
   */
  struct converge_str peer;
  /**
   * The first counter.
   */
  uint64_t start;
  /**
   * The counter after the last one.
   */
  uint64_t end;
} converge_event_range;

/**
 * Ranges of events. Free them with `converge_event_ranges_free()`.
 */
typedef struct converge_event_ranges {
  /**
   * The first range, or `NULL` if there is none.
   */
  const struct converge_event_range *data;
  /**
   * The number of ranges.
   */
  size_t len;
  /**
   * What keeps them, for `converge_event_ranges_free()`; not to be changed.
   */
  uint64_t owner;
} converge_event_ranges;

/**
 * A time of day that may not be known, in milliseconds since the Unix epoch. It is for people and orders nothing.
 */
typedef struct converge_time {
  /**
   * The time, if it is known.
   */
  int64_t ms;
  /**
   * 0 if it is not known.
   */
  uint8_t is_known;
} converge_time;

/**
 * What an event does to one row.
 */
typedef struct converge_op {
  /**
   * One of the `CONVERGE_OP_…` numbers.
   */
  int32_t kind;
  /**
   * The table.
   */
  struct converge_str tbl;
  /**
   * The row.
   */
  struct converge_str row_id;
  /**
   * The column of an update; not read otherwise.
   */
  struct converge_str col;
  /**
   * The value of an update; not read otherwise.
   */
  struct converge_value value;
  /**
   * The cells of an insert, in the order they were written; not read otherwise.
   */
  const struct converge_cell *cells;
  /**
   * The number of cells of an insert; not read otherwise.
   */
  size_t cells_len;
} converge_op;

/**
 * One row operation, with who made it and after what.
 */
typedef struct converge_event {
  /**
   * Its author and the author's counter.
   */
  struct converge_event_id id;
  /**
   * The author's frontier when it was made, sorted by peer and counter; `NULL` if there is none.
   */
  const struct converge_event_id *deps;
  /**
   * The number of deps.
   */
  size_t deps_len;
  /**
   * 1 + the highest Lamport time among its deps.
   */
  uint64_t lamport;
  /**
   * The transaction's time of day.
   */
  struct converge_time at;
  /**
   * What it does.
   */
  struct converge_op op;
} converge_event;

/**
 * Events. Free them with `converge_events_free()`.
 */
typedef struct converge_events {
  /**
   * The first event, or `NULL` if there is none.
   */
  const struct converge_event *data;
  /**
   * The number of events.
   */
  size_t len;
  /**
   * What keeps them, for `converge_events_free()`; not to be changed.
   */
  uint64_t owner;
} converge_events;

/**
 * Consecutive events of one peer, each but the first depending on just the one before it: operation `i` has counter `counter_start + i`
 * and Lamport time `lamport_start + i`.
 */
typedef struct converge_run {
  /**
   * The author.
   */
  struct converge_str peer;
  /**
   * The first event's counter.
   */
  uint64_t counter_start;
  /**
   * The first event's Lamport time.
   */
  uint64_t lamport_start;
  /**
   * The first event's deps.
   */
  const struct converge_event_id *deps;
  /**
   * The number of deps.
   */
  size_t deps_len;
  /**
   * The operations, at least one.
   */
  const struct converge_op *ops;
  /**
   * The number of operations.
   */
  size_t ops_len;
  /**
   * The lengths of the transactions, which add up to the number of operations; none when each operation is its own.
   */
  const uint32_t *tx;
  /**
   * The number of transactions' lengths.
   */
  size_t tx_len;
  /**
   * The transactions' times of day, one each; none when none is known.
   */
  const struct converge_time *at;
  /**
   * The number of times.
   */
  size_t at_len;
} converge_run;

/**
 * Runs of events. Free them with `converge_runs_free()`.
 */
typedef struct converge_runs {
  /**
   * The first run, or `NULL` if there is none.
   */
  const struct converge_run *data;
  /**
   * The number of runs.
   */
  size_t len;
  /**
   * What keeps them, for `converge_runs_free()`; not to be changed.
   */
  uint64_t owner;
} converge_runs;

/**
 * A step from the visible state before a call to the one after it.
 */
typedef struct converge_patch {
  /**
   * One of the `CONVERGE_PATCH_…` numbers.
   */
  int32_t kind;
  /**
   * Whether a write of another peer is behind it. Always false in what a merge gives.
   */
  bool is_remote;
  /**
   * The peer whose write decided what shows now, when `is_remote`; empty otherwise.
   */
  struct converge_str peer;
  /**
   * The table.
   */
  struct converge_str tbl;
  /**
   * The row.
   */
  struct converge_str row_id;
  /**
   * The column that was set; empty otherwise.
   */
  struct converge_str col;
  /**
   * The value that was set; Null otherwise.
   */
  struct converge_value value;
  /**
   * The cells of a row that appeared, sorted by column; `NULL` otherwise, or if it has none.
   */
  const struct converge_cell *cells;
  /**
   * The number of these cells.
   */
  size_t cells_len;
} converge_patch;

/**
 * Patches, sorted by table, row and column: in this order, on a copy of the state before, they give the state after. Free them with
 * `converge_patches_free()`.
 */
typedef struct converge_patches {
  /**
   * The first patch, or `NULL` if there is none.
   */
  const struct converge_patch *data;
  /**
   * The number of patches.
   */
  size_t len;
  /**
   * What keeps them, for `converge_patches_free()`; not to be changed.
   */
  uint64_t owner;
} converge_patches;

/**
 * What one local transaction or one merge changed.
 */
typedef struct converge_change {
  /**
   * The first patch; there is one at least.
   */
  const struct converge_patch *patches;
  /**
   * The number of patches.
   */
  size_t patches_len;
} converge_change;

/**
 * Changes, oldest first. Free them with `converge_change_list_free()`.
 */
typedef struct converge_change_list {
  /**
   * The first change, or `NULL` if there is none.
   */
  const struct converge_change *data;
  /**
   * The number of changes.
   */
  size_t len;
  /**
   * What keeps them, for `converge_change_list_free()`; not to be changed.
   */
  uint64_t owner;
} converge_change_list;

/**
 * How a document is made or opened. Zero it, set `size` to its `sizeof`, then what is wanted.
 */
typedef struct converge_open_options {
  /**
   * `sizeof(converge_open_options)`.
   */
  uint32_t size;
  /**
   * Whether each local transaction is stamped with the time of day, for people to see in the history. It orders nothing.
   */
  uint8_t wall_clock;
  /**
   * Opens for reading only. For files.
   */
  uint8_t read_only;
  /**
   * Fails where there is no file, instead of making one. For files.
   */
  uint8_t must_exist;
  /**
   * One of the `CONVERGE_DURABILITY_…` numbers. For files.
   */
  uint8_t durability;
  /**
   * Writes under this peer id, at most 1,024 bytes. No other replica may write under it, ever; empty, the default, is a random one (for
   * a file: the one it has), and the safe choice.
   */
  struct converge_str peer;
  /**
   * Makes this document: 32 hexadecimal digits. Empty: a random one, or the one that is merged first.
   */
  struct converge_str document;
  /**
   * The most events that wait for others; 0 is 100,000.
   */
  uint64_t waiting_events;
  /**
   * The most bytes that wait for others; 0 is 64 MiB.
   */
  uint64_t waiting_bytes;
  /**
   * The folder where a file's mark lies, which must not be in backups; empty: beside the file. For files.
   */
  struct converge_str mark_folder;
} converge_open_options;

/**
 * A document: tables of rows, and every write that made them. Any thread may use it; calls on one document take turns.
 *
 * Made by `converge_doc_new()`, `converge_doc_open()` or `converge_doc_decode()`, freed once by `converge_doc_free()`. Transactions and
 * scans keep it alive. While a transaction is open, calls on the document wait for its end; on the thread that began it they are
 * `CONVERGE_STATUS_INVALID_ARGUMENT`.
 */
typedef struct converge_doc {
  /**
   * 0 for none; otherwise the library's.
   */
  uint64_t id;
} converge_doc;

/**
 * What a local write made: consecutive events of this replica's own peer.
 */
typedef struct converge_commit {
  /**
   * The first event's counter.
   */
  uint64_t counter;
  /**
   * The first event's Lamport time.
   */
  uint64_t lamport;
  /**
   * How many events; 0 when a transaction held no operation, and then nothing was made.
   */
  uint64_t events;
} converge_commit;

/**
 * A cell of some row and its new value, for many updates at once.
 */
typedef struct converge_update {
  /**
   * The row.
   */
  struct converge_str row_id;
  /**
   * The column.
   */
  struct converge_str col;
  /**
   * The value.
   */
  struct converge_value value;
} converge_update;

/**
 * A transaction in progress: its operations see the earlier ones, and are applied whole or not at all, here and on every other replica.
 *
 * Made by `converge_doc_begin()`, freed once by `converge_transaction_free()`. It has the document's turn until it is committed, rolled
 * back or freed, which rolls it back. Any thread may use it. An operation that fails changes nothing and leaves the transaction open. Once
 * it has ended, every call but free is `CONVERGE_STATUS_CLOSED`. It keeps its document alive.
 */
typedef struct converge_transaction {
  /**
   * 0 for none; otherwise the library's.
   */
  uint64_t id;
} converge_transaction;

/**
 * Which rows a scan gives: those whose ids keep all of these conditions, in the order of their bytes. Zeroed but for `size`: all rows.
 */
typedef struct converge_scan_range {
  /**
   * `sizeof(converge_scan_range)`.
   */
  uint32_t size;
  /**
   * One of the `CONVERGE_BOUND_…` numbers: what `from` is.
   */
  int32_t from_bound;
  /**
   * One of the `CONVERGE_BOUND_…` numbers: what `to` is.
   */
  int32_t to_bound;
  /**
   * Where the ids begin.
   */
  struct converge_str from;
  /**
   * Where they end.
   */
  struct converge_str to;
  /**
   * What they begin with; empty: anything.
   */
  struct converge_str prefix;
  /**
   * Only those after this one, the last row of the page before; empty: all.
   */
  struct converge_str after;
} converge_scan_range;

/**
 * The rows of a table in the order of their ids, fetched page by page while others write.
 *
 * Each page is the table as it is at one moment, and the next goes on after the last row of it: a row that shows all the while comes
 * exactly once; one that comes or goes meanwhile may be met or missed. Made by `converge_doc_rows()`, freed once by
 * `converge_scan_free()`. Any thread may use it. It keeps its document alive.
 */
typedef struct converge_scan {
  /**
   * 0 for none; otherwise the library's.
   */
  uint64_t id;
} converge_scan;

/**
 * One row of one table.
 */
typedef struct converge_row_name {
  /**
   * The table.
   */
  struct converge_str tbl;
  /**
   * The row.
   */
  struct converge_str row_id;
} converge_row_name;

/**
 * Which changes a reader is told of: those of these tables and of these rows. Zero it and set `size` to its `sizeof`.
 */
typedef struct converge_change_filter {
  /**
   * `sizeof(converge_change_filter)`.
   */
  uint32_t size;
  /**
   * The tables.
   */
  const struct converge_str *tables;
  /**
   * The number of tables.
   */
  size_t tables_len;
  /**
   * The rows.
   */
  const struct converge_row_name *rows;
  /**
   * The number of rows.
   */
  size_t rows_len;
} converge_change_filter;

/**
 * A reader of a document's changes: what each local transaction and each merge changed in what shows, oldest first.
 *
 * Made by `converge_doc_subscribe()`, freed once by `converge_changes_free()`. Any thread may use it. It is told of what is committed,
 * also while a transaction is open. Closing or freeing the document does not take away what is queued: that can still be read, and then it
 * says `CONVERGE_NEXT_CLOSED`. It does not keep the document open.
 */
typedef struct converge_changes {
  /**
   * 0 for none; otherwise the library's.
   */
  uint64_t id;
} converge_changes;

/**
 * A function that the library calls with the `context` that it was given. It must not throw or jump out.
 */
typedef void (*converge_callback)(void *context);

/**
 * What a page of a history holds at most. It holds at least one transaction, however large. Zero it and set `size` to its `sizeof`.
 */
typedef struct converge_page_limit {
  /**
   * `sizeof(converge_page_limit)`.
   */
  uint32_t size;
  /**
   * Events; 0 is 65,536.
   */
  uint64_t events;
  /**
   * Bytes of names and values; 0 is 16 MiB.
   */
  uint64_t bytes;
} converge_page_limit;

/**
 * What a merge did. All counts are events. Free it with `converge_patches_free(&result.patches)`.
 */
typedef struct converge_merge_result {
  /**
   * What changed in the visible state.
   */
  struct converge_patches patches;
  /**
   * Events that were applied by this call, those that had waited before it included.
   */
  uint64_t applied;
  /**
   * Events of the message that were there already, applied or waiting, or stood in the message twice.
   */
  uint64_t duplicates;
  /**
   * Events that wait after the call.
   */
  uint64_t pending;
  /**
   * Waiting events that proved wrong, or that the bounded buffer had to drop.
   */
  uint64_t rejected;
  /**
   * The message showed an event under this replica's peer id that it did not make: the next write goes on under a fresh peer id.
   */
  bool fresh_peer;
} converge_merge_result;

/**
 * A SHA-256.
 */
typedef struct converge_digest {
  /**
   * Its bytes.
   */
  uint8_t bytes[32];
} converge_digest;

/**
 * What a query found: value `r * columns_len + c` is that of row `r` in column `c`. SQLite has no Bool: one is the Int 0 or 1. Free it
 * with `converge_query_rows_free()`.
 */
typedef struct converge_query_rows {
  /**
   * The values, row by row, or `NULL` if there is none.
   */
  const struct converge_value *data;
  /**
   * The number of values.
   */
  size_t len;
  /**
   * What keeps them, for `converge_query_rows_free()`; not to be changed.
   */
  uint64_t owner;
  /**
   * The names of the columns.
   */
  const struct converge_str *columns;
  /**
   * The number of columns.
   */
  size_t columns_len;
  /**
   * The number of rows.
   */
  size_t rows_len;
} converge_query_rows;

/**
 * A row that was read from a damaged file.
 */
typedef struct converge_salvaged_row {
  /**
   * The table.
   */
  struct converge_str tbl;
  /**
   * The row.
   */
  struct converge_str row_id;
  /**
   * Its cells, or `NULL` if there is none.
   */
  const struct converge_cell *cells;
  /**
   * The number of cells.
   */
  size_t cells_len;
} converge_salvaged_row;

/**
 * Rows that were read from a damaged file. Free them with `converge_salvaged_rows_free()`.
 */
typedef struct converge_salvaged_rows {
  /**
   * The first row, or `NULL` if there is none.
   */
  const struct converge_salvaged_row *data;
  /**
   * The number of rows.
   */
  size_t len;
  /**
   * What keeps them, for `converge_salvaged_rows_free()`; not to be changed.
   */
  uint64_t owner;
} converge_salvaged_rows;

/**
 * What opening a file came to. Free it with `converge_bytes_free(&report.rebuilt)`.
 */
typedef struct converge_open_report {
  /**
   * There was no file: it is a new replica. A document in memory was created, too.
   */
  bool created;
  /**
   * Whether it goes on under a fresh peer id, and why: one of the `CONVERGE_FRESH_PEER_…` numbers.
   */
  int32_t fresh_peer;
  /**
   * Why the rows were made again from the log, in words; empty if they were not.
   */
  struct converge_bytes rebuilt;
} converge_open_report;

/**
 * What a file takes, in bytes; nothing in memory.
 */
typedef struct converge_store_stats {
  /**
   * The file itself.
   */
  uint64_t file_bytes;
  /**
   * The write-ahead log beside it.
   */
  uint64_t wal_bytes;
  /**
   * Free space inside the file.
   */
  uint64_t free_bytes;
} converge_store_stats;

/**
 * What a query may take. Zero it and set `size` to its `sizeof`.
 */
typedef struct converge_query_limits {
  /**
   * `sizeof(converge_query_limits)`.
   */
  uint32_t size;
  /**
   * The most rows; 0 is 1,000,000.
   */
  uint64_t rows;
  /**
   * The longest time in milliseconds; 0 is 10,000.
   */
  uint64_t time_ms;
} converge_query_limits;

/**
 * One register's content.
 */
typedef struct converge_entry {
  /**
   * The namespace.
   */
  struct converge_str ns;
  /**
   * The key.
   */
  struct converge_str key;
  /**
   * The value; Null where it was removed, and then not read.
   */
  struct converge_value value;
  /**
   * Whether it was removed.
   */
  uint8_t removed;
  /**
   * In milliseconds, at most 2^53 in either direction.
   */
  double timestamp;
  /**
   * Who wrote it.
   */
  struct converge_str peer;
  /**
   * How long its holders have held it, in milliseconds. It orders nothing.
   */
  uint64_t age_ms;
} converge_entry;

/**
 * Entries, sorted by namespace and key. Free them with `converge_entries_free()`.
 */
typedef struct converge_entries {
  /**
   * The first entry, or `NULL` if there is none.
   */
  const struct converge_entry *data;
  /**
   * The number of entries.
   */
  size_t len;
  /**
   * What keeps them, for `converge_entries_free()`; not to be changed.
   */
  uint64_t owner;
} converge_entries;

/**
 * How an ephemeral store is made. Zero it, set `size` to its `sizeof`, then what is wanted.
 */
typedef struct converge_ephemeral_options {
  /**
   * `sizeof(converge_ephemeral_options)`.
   */
  uint32_t size;
  /**
   * One of the `CONVERGE_CLOCK_…` numbers.
   */
  int32_t clock;
  /**
   * Writes under this peer id, usually the document's; empty: a random one.
   */
  struct converge_str peer;
  /**
   * How long an entry lives, in milliseconds; 0 is 30,000, `CONVERGE_TTL_NONE` for ever.
   */
  uint64_t ttl_ms;
  /**
   * The most entries; 0 is 100,000.
   */
  uint64_t entries_max;
  /**
   * The most bytes of names and values; 0 is 64 MiB.
   */
  uint64_t bytes_max;
} converge_ephemeral_options;

/**
 * Presence: registers `namespace → key → entry` that age, end by themselves and are never on disk. Any thread may use it; calls on one
 * store take turns. Made by `converge_ephemeral_new()`, freed once by `converge_ephemeral_free()`.
 *
 * Of two entries for one key the greater stays, by timestamp, peer and value. An entry ages by the monotonic clocks of those who hold it
 * and ends at the time to live, everywhere, also when its writer is gone.
 */
typedef struct converge_ephemeral {
  /**
   * 0 for none; otherwise the library's.
   */
  uint64_t id;
} converge_ephemeral;

/**
 * What became of a message's entries, in numbers. They add up to the number of entries in the message.
 */
typedef struct converge_ephemeral_counts {
  /**
   * Entries that were stored. A binary message that names a key twice may count it twice.
   */
  uint64_t changed;
  /**
   * Entries that were equal to what is here, or lost against it.
   */
  uint64_t unchanged;
  /**
   * Entries left out because they had reached the time to live.
   */
  uint64_t aged_out;
  /**
   * Entries left out because their timestamp is more than 10 minutes ahead of the local wall clock.
   */
  uint64_t from_the_future;
  /**
   * The store's mark before the merge: what changed is what `converge_ephemeral_changed_since()` it tells.
   */
  uint64_t before;
} converge_ephemeral_counts;

/**
 * One change of an ephemeral store.
 */
typedef struct converge_ephemeral_change {
  /**
   * One of the `CONVERGE_EPHEMERAL_…` numbers.
   */
  int32_t kind;
  /**
   * Whether a call of this store's own (set, remove, remove_peer, expiry) made it, rather than a merge.
   */
  bool is_local;
  /**
   * What the key holds after the change; for an expired one, what it held.
   */
  struct converge_entry entry;
} converge_ephemeral_change;

/**
 * Changes of an ephemeral store, oldest first. Free them with `converge_ephemeral_change_list_free()`.
 */
typedef struct converge_ephemeral_change_list {
  /**
   * The first change, or `NULL` if there is none.
   */
  const struct converge_ephemeral_change *data;
  /**
   * The number of changes.
   */
  size_t len;
  /**
   * What keeps them, for `converge_ephemeral_change_list_free()`; not to be changed.
   */
  uint64_t owner;
} converge_ephemeral_change_list;

/**
 * A reader of an ephemeral store's changes, oldest first, by the rules of `converge_changes`. Made by `converge_ephemeral_subscribe()`,
 * freed once by `converge_ephemeral_changes_free()`. Any thread may use it.
 */
typedef struct converge_ephemeral_changes {
  /**
   * 0 for none; otherwise the library's.
   */
  uint64_t id;
} converge_ephemeral_changes;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The version of the ABI: 0 until 1.0. `CONVERGE_ABI_VERSION` is that of the header; a binding that loads the library at run time
 * compares them. It never fails.
 */
uint32_t converge_abi_version(void);

/**
 * The library's version, such as `0.1.0`: static text that ends in NUL. It never fails.
 */
const char *converge_version(void);

/**
 * The name of a status, such as `row_exists`: static text that ends in NUL; `unknown` for a number that this version does not know.
 */
const char *converge_status_name(converge_status status);

/**
 * The status that the call returned; `CONVERGE_STATUS_INVALID_ARGUMENT` for `NULL`.
 */
converge_status converge_error_status(const struct converge_error *error);

/**
 * What went wrong and where, for people: not API. NUL follows it. Empty text for `NULL`.
 */
struct converge_str converge_error_message(const struct converge_error *error);

/**
 * The event that it is about: writes `*peer` and `*counter` (either may be `NULL`) and returns true, or returns false if it is about none.
 */
bool converge_error_event_id(const struct converge_error *error,
                             struct converge_str *peer,
                             uint64_t *counter);

/**
 * The peer that it is about: writes `*peer` (unless `NULL`) and returns true, or returns false if it is about none.
 */
bool converge_error_peer(const struct converge_error *error, struct converge_str *peer);

/**
 * The bound that was passed: writes `*limit` (unless `NULL`) and returns true, or returns false if none was.
 */
bool converge_error_limit(const struct converge_error *error, uint64_t *limit);

/**
 * Where in the input it lies, in bytes from its start: writes `*offset` (unless `NULL`) and returns true, or returns false if that is not
 * known.
 */
bool converge_error_offset(const struct converge_error *error,
                           uint64_t *offset);

/**
 * The file that it is about, or the place inside a JSON text, such as `[0].ops[2].value`: writes `*path` (unless `NULL`) and returns true,
 * or returns false if there is none.
 */
bool converge_error_path(const struct converge_error *error,
                         struct converge_str *path);

/**
 * Frees `*error` and sets it to `NULL`: freeing again, `NULL`, or a pointer to `NULL`, does nothing.
 */
void converge_error_free(struct converge_error **error);

/**
 * Frees what the library gave, and empties it: freeing the same struct again, or `NULL`, does nothing; a copy of it still says the old
 * address, and is not to be freed or read.
 */
void converge_bytes_free(struct converge_bytes *bytes);

/**
 * Frees what `converge_doc_get()`, `converge_transaction_get()` wrote, and makes it Null: freeing it again, or `NULL`, does nothing. Not
 * for values that a list holds or that the caller made.
 */
void converge_value_free(struct converge_value *value);

/**
 * Frees rows, and empties the list: freeing it again, or `NULL`, does nothing.
 */
void converge_rows_free(struct converge_rows *rows);

/**
 * Frees names, and empties the list: freeing it again, or `NULL`, does nothing.
 */
void converge_names_free(struct converge_names *names);

/**
 * Frees event ids, and empties the list: freeing it again, or `NULL`, does nothing.
 */
void converge_event_ids_free(struct converge_event_ids *ids);

/**
 * Frees ranges of events, and empties the list: freeing it again, or `NULL`, does nothing.
 */
void converge_event_ranges_free(struct converge_event_ranges *ranges);

/**
 * Frees events, and empties the list: freeing it again, or `NULL`, does nothing.
 */
void converge_events_free(struct converge_events *events);

/**
 * Frees runs of events, and empties the list: freeing it again, or `NULL`, does nothing.
 */
void converge_runs_free(struct converge_runs *runs);

/**
 * Frees patches, and empties the list: freeing it again, or `NULL`, does nothing.
 */
void converge_patches_free(struct converge_patches *patches);

/**
 * Frees changes, and empties the list: freeing it again, or `NULL`, does nothing.
 */
void converge_change_list_free(struct converge_change_list *changes);

/**
 * Makes a new, empty document in memory. `options` may be `NULL`. `CONVERGE_STATUS_INVALID_ARGUMENT` or `_LIMIT_EXCEEDED` for the options;
 * `_STORAGE` when the system gives no random numbers.
 */
converge_status converge_doc_new(const struct converge_open_options *options,
                                 struct converge_doc *doc,
                                 struct converge_error **error);

/**
 * Makes a document in memory of the `bytes_len` bytes that `converge_doc_encode_replica()` or `converge_doc_encode_state()` gave.
 *
 * With `options->peer` given as the stored peer id it resumes as that peer: safe only where the bytes are the latest of it, and nobody
 * else resumes too. Without, it is a new replica of the same document under a fresh peer id.
 *
 * `CONVERGE_STATUS_MALFORMED` or `_UNSUPPORTED_VERSION` for the bytes, `_OTHER_DOCUMENT` when `options` names another document.
 */
converge_status converge_doc_decode(const uint8_t *bytes,
                                    size_t bytes_len,
                                    const struct converge_open_options *options,
                                    struct converge_doc *doc,
                                    struct converge_error **error);

/**
 * Closes a document: what was written is kept, a file is let go of, readers of changes are told after the changes that are queued. Every
 * later call but free is `CONVERGE_STATUS_CLOSED`; closing again does nothing.
 *
 * `CONVERGE_STATUS_INVALID_ARGUMENT` while this thread has a transaction open on it, which changes nothing (another thread's is awaited);
 * `_STORAGE` when the file refused at the end: the document is closed all the same.
 */
converge_status converge_doc_close(struct converge_doc doc,
                                   struct converge_error **error);

/**
 * Frees a handle; nothing for `{ 0 }`. The document closes with the last of it, its transactions and its scans, and what the file says
 * then is lost: close it before to hear that.
 */
converge_status converge_doc_free(struct converge_doc doc);

/**
 * The peer id that this replica writes under, as text to be freed. A write may change it; see `converge_doc_needs_fresh_peer()`.
 */
converge_status converge_doc_peer(struct converge_doc doc,
                                  struct converge_bytes *peer,
                                  struct converge_error **error);

/**
 * The document that this is a replica of, as 32 hexadecimal digits to be freed.
 */
converge_status converge_doc_document_id(struct converge_doc doc,
                                         struct converge_bytes *document,
                                         struct converge_error **error);

/**
 * Whether the next write goes on under a fresh peer id, because a message showed events under this one that this replica did not make: the
 * app was reinstalled, or a backup restored.
 */
converge_status converge_doc_needs_fresh_peer(struct converge_doc doc,
                                              bool *needs,
                                              struct converge_error **error);

/**
 * The number of applied events.
 */
converge_status converge_doc_events(struct converge_doc doc, uint64_t *events, struct converge_error **error);

/**
 * The number of events that wait for others.
 */
converge_status converge_doc_waiting_events(struct converge_doc doc, uint64_t *events, struct converge_error **error);

/**
 * A time-ordered id for a new row, unique among all devices: 15 characters, as text to be freed, that sort by the time of day, then
 * randomly. Two phones that both name a row "1" merge two things into one; this is how to avoid it.
 */
converge_status converge_doc_new_row_id(struct converge_doc doc,
                                        struct converge_bytes *row_id,
                                        struct converge_error **error);

/**
 * Makes a row show, with these cells; of two values for one column the last counts. `commit` may be `NULL`, here and in every write.
 *
 * Each write is one transaction, applied whole or not at all, here and on every other replica.
 *
 * `CONVERGE_STATUS_INVALID_ARGUMENT` or `_LIMIT_EXCEEDED` for a name, `_INVALID_VALUE` or `_LIMIT_EXCEEDED` for a value, `_ROW_EXISTS` if
 * the row shows. For a document in a file, every write may be `_READ_ONLY` or `_STORAGE`.
 */
converge_status converge_doc_insert(struct converge_doc doc,
                                    struct converge_str tbl,
                                    struct converge_str row_id,
                                    const struct converge_cell *cells,
                                    size_t cells_len,
                                    struct converge_commit *commit,
                                    struct converge_error **error);

/**
 * Inserts many rows of one table: one transaction, or several when they are more than one may hold (65,536 operations, 16 MiB).
 *
 * Where it takes several, the rows are checked before the first is written, nothing comes between them here, and all are there when the
 * call returns; but another replica, or this one after a crash, may hold a part of them. The commit names the first event and counts all.
 *
 * As `converge_doc_insert()`, for the first row that fails, `_ROW_EXISTS` also for an id that comes twice; then nothing is written.
 */
converge_status converge_doc_insert_many(struct converge_doc doc,
                                         struct converge_str tbl,
                                         const struct converge_row *rows,
                                         size_t rows_len,
                                         struct converge_commit *commit,
                                         struct converge_error **error);

/**
 * Writes these cells into a row and makes it show if it does not: one insert event either way. As `converge_doc_insert()`, without
 * `_ROW_EXISTS`.
 */
converge_status converge_doc_upsert(struct converge_doc doc,
                                    struct converge_str tbl,
                                    struct converge_str row_id,
                                    const struct converge_cell *cells,
                                    size_t cells_len,
                                    struct converge_commit *commit,
                                    struct converge_error **error);

/**
 * Writes one cell of a row that shows.
 *
 * `CONVERGE_STATUS_INVALID_ARGUMENT` or `_LIMIT_EXCEEDED` for a name, `_INVALID_VALUE` or `_LIMIT_EXCEEDED` for the value,
 * `_ROW_NOT_FOUND`.
 */
converge_status converge_doc_update(struct converge_doc doc,
                                    struct converge_str tbl,
                                    struct converge_str row_id,
                                    struct converge_str col,
                                    struct converge_value value,
                                    struct converge_commit *commit,
                                    struct converge_error **error);

/**
 * Writes several cells of a row that shows, as one transaction. As `converge_doc_update()`, for the first cell that fails; then nothing is
 * written.
 */
converge_status converge_doc_update_columns(struct converge_doc doc,
                                            struct converge_str tbl,
                                            struct converge_str row_id,
                                            const struct converge_cell *cells,
                                            size_t cells_len,
                                            struct converge_commit *commit,
                                            struct converge_error **error);

/**
 * Many updates of cells of one table as one transaction, in this order. As `converge_doc_update()`, for the first cell that fails, and
 * `CONVERGE_STATUS_LIMIT_EXCEEDED` for more than one transaction may hold; then nothing is written.
 */
converge_status converge_doc_update_many(struct converge_doc doc,
                                         struct converge_str tbl,
                                         const struct converge_update *updates,
                                         size_t updates_len,
                                         struct converge_commit *commit,
                                         struct converge_error **error);

/**
 * Removes a row. Other replicas remove it too, whatever they wrote into it meanwhile.
 *
 * `CONVERGE_STATUS_INVALID_ARGUMENT` or `_LIMIT_EXCEEDED` for a name, `_ROW_NOT_FOUND`.
 */
converge_status converge_doc_delete(struct converge_doc doc,
                                    struct converge_str tbl,
                                    struct converge_str row_id,
                                    struct converge_commit *commit,
                                    struct converge_error **error);

/**
 * Removes every row of a table that shows: one transaction, or several when there are more rows than one may hold.
 */
converge_status converge_doc_delete_all(struct converge_doc doc,
                                        struct converge_str tbl,
                                        struct converge_commit *commit,
                                        struct converge_error **error);

/**
 * Applies operations of plain data as one transaction. `at` is its time of day in milliseconds since the Unix epoch, for people; `NULL`:
 * the document's own wall clock gives it, if it has one.
 *
 * The status of the first operation that fails, and `CONVERGE_STATUS_LIMIT_EXCEEDED` for more than one transaction may hold; then nothing
 * is written.
 */
converge_status converge_doc_apply(struct converge_doc doc,
                                   const struct converge_op *ops,
                                   size_t ops_len,
                                   const int64_t *at,
                                   struct converge_commit *commit,
                                   struct converge_error **error);

/**
 * Begins a transaction. It waits for the end of another thread's; `CONVERGE_STATUS_INVALID_ARGUMENT` where this thread has one open.
 *
 * `at` is its time of day in milliseconds since the Unix epoch, for people; `NULL`: the document's own wall clock gives it, if it has one.
 */
converge_status converge_doc_begin(struct converge_doc doc,
                                   const int64_t *at,
                                   struct converge_transaction *transaction,
                                   struct converge_error **error);

/**
 * As `converge_doc_insert()`; `CONVERGE_STATUS_LIMIT_EXCEEDED` also when the transaction grows past its bounds.
 */
converge_status converge_transaction_insert(struct converge_transaction transaction,
                                            struct converge_str tbl,
                                            struct converge_str row_id,
                                            const struct converge_cell *cells,
                                            size_t cells_len,
                                            struct converge_error **error);

/**
 * As `converge_doc_upsert()`; `CONVERGE_STATUS_LIMIT_EXCEEDED` also when the transaction grows past its bounds.
 */
converge_status converge_transaction_upsert(struct converge_transaction transaction,
                                            struct converge_str tbl,
                                            struct converge_str row_id,
                                            const struct converge_cell *cells,
                                            size_t cells_len,
                                            struct converge_error **error);

/**
 * As `converge_doc_update_columns()`: where one cell fails, none is written.
 */
converge_status converge_transaction_update_columns(struct converge_transaction transaction,
                                                    struct converge_str tbl,
                                                    struct converge_str row_id,
                                                    const struct converge_cell *cells,
                                                    size_t cells_len,
                                                    struct converge_error **error);

/**
 * As `converge_doc_update()`; `CONVERGE_STATUS_LIMIT_EXCEEDED` also when the transaction grows past its bounds.
 */
converge_status converge_transaction_update(struct converge_transaction transaction,
                                            struct converge_str tbl,
                                            struct converge_str row_id,
                                            struct converge_str col,
                                            struct converge_value value,
                                            struct converge_error **error);

/**
 * As `converge_doc_delete()`.
 */
converge_status converge_transaction_delete(struct converge_transaction transaction,
                                            struct converge_str tbl,
                                            struct converge_str row_id,
                                            struct converge_error **error);

/**
 * Operations of plain data, in this order. The first that fails ends the call; those before it stay in the transaction.
 */
converge_status converge_transaction_apply(struct converge_transaction transaction,
                                           const struct converge_op *ops,
                                           size_t ops_len,
                                           struct converge_error **error);

/**
 * The value of a cell, with what the transaction wrote so far. `*found` says whether the cell shows; if not, `*value` is Null. Free the
 * value with `converge_value_free()`.
 */
converge_status converge_transaction_get(struct converge_transaction transaction,
                                         struct converge_str tbl,
                                         struct converge_str row_id,
                                         struct converge_str col,
                                         struct converge_value *value,
                                         bool *found,
                                         struct converge_error **error);

/**
 * The row, with what the transaction wrote so far: a list of one row, or of none if it does not show.
 */
converge_status converge_transaction_row(struct converge_transaction transaction,
                                         struct converge_str tbl,
                                         struct converge_str row_id,
                                         struct converge_rows *rows,
                                         struct converge_error **error);

/**
 * Whether a row shows, with what the transaction wrote so far.
 */
converge_status converge_transaction_contains(struct converge_transaction transaction,
                                              struct converge_str tbl,
                                              struct converge_str row_id,
                                              bool *contains,
                                              struct converge_error **error);

/**
 * The number of a table's rows that show, with what the transaction wrote so far.
 */
converge_status converge_transaction_count(struct converge_transaction transaction,
                                           struct converge_str tbl,
                                           uint64_t *rows,
                                           struct converge_error **error);

/**
 * At most `limit` rows in the order of their ids, as `converge_doc_scan()`, with what the transaction wrote so far.
 */
converge_status converge_transaction_scan(struct converge_transaction transaction,
                                          struct converge_str tbl,
                                          const struct converge_scan_range *range,
                                          size_t limit,
                                          struct converge_rows *rows,
                                          struct converge_error **error);

/**
 * A time-ordered id for a new row, as `converge_doc_new_row_id()`. A transaction that is rolled back uses it up all the same.
 */
converge_status converge_transaction_new_row_id(struct converge_transaction transaction,
                                                struct converge_bytes *row_id,
                                                struct converge_error **error);

/**
 * The number of operations so far.
 */
converge_status converge_transaction_len(struct converge_transaction transaction,
                                         uint64_t *operations,
                                         struct converge_error **error);

/**
 * As `converge_transaction_insert()`. `cells` is an object of columns and values, or a list of pairs.
 */
converge_status converge_transaction_insert_json(struct converge_transaction transaction,
                                                 struct converge_str tbl,
                                                 struct converge_str row_id,
                                                 struct converge_str cells,
                                                 struct converge_error **error);

/**
 * As `converge_transaction_upsert()`. `cells` is an object of columns and values, or a list of pairs.
 */
converge_status converge_transaction_upsert_json(struct converge_transaction transaction,
                                                 struct converge_str tbl,
                                                 struct converge_str row_id,
                                                 struct converge_str cells,
                                                 struct converge_error **error);

/**
 * As `converge_transaction_update_columns()`. `cells` is an object of columns and values, or a list of pairs.
 */
converge_status converge_transaction_update_columns_json(struct converge_transaction transaction,
                                                         struct converge_str tbl,
                                                         struct converge_str row_id,
                                                         struct converge_str cells,
                                                         struct converge_error **error);

/**
 * As `converge_transaction_update()`.
 */
converge_status converge_transaction_update_json(struct converge_transaction transaction,
                                                 struct converge_str tbl,
                                                 struct converge_str row_id,
                                                 struct converge_str col,
                                                 struct converge_str value,
                                                 struct converge_error **error);

/**
 * The cells of a row, `{column: value}`, sorted by column, with what the transaction wrote so far. `*found` says whether the row shows; if
 * not, the text is empty.
 */
converge_status converge_transaction_row_json(struct converge_transaction transaction,
                                              struct converge_str tbl,
                                              struct converge_str row_id,
                                              struct converge_bytes *row,
                                              bool *found,
                                              struct converge_error **error);

/**
 * Makes the operations one transaction, and ends it. Without operations it makes no event. `commit` may be `NULL`.
 *
 * `CONVERGE_STATUS_CLOSED` when it has ended before; `_STORAGE` as for every write.
 */
converge_status converge_transaction_commit(struct converge_transaction transaction,
                                            struct converge_commit *commit,
                                            struct converge_error **error);

/**
 * Undoes the operations, and ends the transaction. `CONVERGE_STATUS_CLOSED` when it has ended before.
 */
converge_status converge_transaction_rollback(struct converge_transaction transaction, struct converge_error **error);

/**
 * Frees a handle, and rolls the transaction back if it has not ended; nothing for `{ 0 }`.
 */
converge_status converge_transaction_free(struct converge_transaction transaction);

/**
 * The value of a cell. `*found` says whether the cell shows; if not, `*value` is Null. Free the value with `converge_value_free()`.
 */
converge_status converge_doc_get(struct converge_doc doc,
                                 struct converge_str tbl,
                                 struct converge_str row_id,
                                 struct converge_str col,
                                 struct converge_value *value,
                                 bool *found,
                                 struct converge_error **error);

/**
 * The row with its cells, sorted by column: a list of one row, or of none if it does not show.
 */
converge_status converge_doc_row(struct converge_doc doc,
                                 struct converge_str tbl,
                                 struct converge_str row_id,
                                 struct converge_rows *rows,
                                 struct converge_error **error);

/**
 * Whether a row shows.
 */
converge_status converge_doc_contains(struct converge_doc doc,
                                      struct converge_str tbl,
                                      struct converge_str row_id,
                                      bool *contains,
                                      struct converge_error **error);

/**
 * The number of a table's rows that show.
 */
converge_status converge_doc_count(struct converge_doc doc,
                                   struct converge_str tbl,
                                   uint64_t *rows,
                                   struct converge_error **error);

/**
 * The tables with at least one row that shows, sorted by name.
 */
converge_status converge_doc_tables(struct converge_doc doc,
                                    struct converge_names *tables,
                                    struct converge_error **error);

/**
 * Every column that some applied event wrote in a table, sorted by name.
 */
converge_status converge_doc_columns(struct converge_doc doc,
                                     struct converge_str tbl,
                                     struct converge_names *columns,
                                     struct converge_error **error);

/**
 * At most `limit` rows of a table that show, in the order of their ids, each with its cells sorted by column. `range` may be `NULL`: all
 * rows.
 *
 * The next page is asked for with `range->after` as the last row's id; a page of fewer than `limit` is the last.
 */
converge_status converge_doc_scan(struct converge_doc doc,
                                  struct converge_str tbl,
                                  const struct converge_scan_range *range,
                                  size_t limit,
                                  struct converge_rows *rows,
                                  struct converge_error **error);

/**
 * Begins to scan a table's rows. `range` may be `NULL`: all rows.
 */
converge_status converge_doc_rows(struct converge_doc doc,
                                  struct converge_str tbl,
                                  const struct converge_scan_range *range,
                                  struct converge_scan *scan,
                                  struct converge_error **error);

/**
 * The next rows of a scan, at most `limit` of them, which is at least 1; none when there is no more. Fewer than `limit` need not be the
 * last. A call that fails moves nothing: the next goes on with the row that was due. Of threads that share a scan, each gets other rows.
 */
converge_status converge_scan_next(struct converge_scan scan,
                                   size_t limit,
                                   struct converge_rows *rows,
                                   struct converge_error **error);

/**
 * Frees a handle; nothing for `{ 0 }`.
 */
converge_status converge_scan_free(struct converge_scan scan);

/**
 * Keeps changes from now on for a reader, at most `patches_max` patches (`CONVERGE_CHANGES_MAX` is a good bound) and 64 MiB: past that
 * they are dropped and the reader is told that it lagged. With a bound of 0 it is told just that something changed.
 *
 * `filter` may be `NULL`: all changes. One without tables and rows wants none.
 */
converge_status converge_doc_subscribe(struct converge_doc doc,
                                       const struct converge_change_filter *filter,
                                       size_t patches_max,
                                       struct converge_changes *changes,
                                       struct converge_error **error);

/**
 * The next thing to tell: `*what` becomes one of the `CONVERGE_NEXT_…` numbers, `*patches` a change's patches, and otherwise empty. It
 * waits for `timeout_ms`: 0 for not at all, less than 0 for ever.
 *
 * `CONVERGE_STATUS_INTERNAL` once a call on the document has panicked; what was taken over before can still be read.
 */
converge_status converge_changes_next(struct converge_changes changes,
                                      int64_t timeout_ms,
                                      int32_t *what,
                                      struct converge_patches *patches,
                                      struct converge_error **error);

/**
 * As `converge_changes_next()`; a change is `[{"type":"set_cell",…,"origin":null},…]`: its patches, each with the peer behind it, or null
 * for this replica. Otherwise the text is empty.
 */
converge_status converge_changes_next_json(struct converge_changes changes,
                                           int64_t timeout_ms,
                                           int32_t *what,
                                           struct converge_bytes *change,
                                           struct converge_error **error);

/**
 * All changes that are queued, oldest first, without waiting. When the reader lagged there are none, and `*lagged` is true.
 */
converge_status converge_changes_drain(struct converge_changes changes,
                                       struct converge_change_list *list,
                                       bool *lagged,
                                       struct converge_error **error);

/**
 * Sets what is called, with `context`, when there is something to read; `NULL` for nothing.
 *
 * It is called by the thread whose call changed the document, before that call returns, but outside all locks: it may call the document
 * and this reader. It is called at once when something is there already, and when the document or the reader is closed. Having been called,
 * it is called again only for what comes after the reader was read until it had nothing more.
 *
 * A call that began before this one may still run it, or the one before it, a little later. `release`, unless `NULL`, is called with
 * `context` once that is over: after it was replaced, or the reader freed. On failure, or without `wake`, neither is called. They must not
 * throw.
 */
converge_status converge_changes_set_waker(struct converge_changes changes,
                                           converge_callback wake,
                                           void *context,
                                           converge_callback release,
                                           struct converge_error **error);

/**
 * Ends the subscription. What was taken over before can still be read; whoever waits is told `CONVERGE_NEXT_CLOSED`.
 */
converge_status converge_changes_close(struct converge_changes changes, struct converge_error **error);

/**
 * Ends the subscription and frees the handle; nothing for `{ 0 }`. Whoever waits is told `CONVERGE_NEXT_CLOSED`.
 */
converge_status converge_changes_free(struct converge_changes changes);

/**
 * How far this replica is: for each peer the highest applied counter, sorted by peer, and the frontier, which are the applied events that
 * no other depends on, sorted by peer and counter. Free both with `converge_event_ids_free()`.
 */
converge_status converge_doc_sync_state(struct converge_doc doc,
                                        struct converge_event_ids *versions,
                                        struct converge_event_ids *frontier,
                                        struct converge_error **error);

/**
 * For each peer the highest applied counter, sorted by peer.
 */
converge_status converge_doc_versions(struct converge_doc doc,
                                      struct converge_event_ids *versions,
                                      struct converge_error **error);

/**
 * The applied events that no other depends on, sorted by peer and counter.
 */
converge_status converge_doc_frontier(struct converge_doc doc,
                                      struct converge_event_ids *frontier,
                                      struct converge_error **error);

/**
 * What this replica knows, as a message for another replica to answer with `converge_doc_encode_pending()`.
 */
converge_status converge_doc_encode_request(struct converge_doc doc,
                                            struct converge_bytes *request,
                                            struct converge_error **error);

/**
 * What the replica that made `request` lacks, within `limit` (`NULL`: the defaults), as an update for it; empty when it lacks nothing.
 * While `*has_more` is true there is more: let it merge this, and ask again.
 *
 * `CONVERGE_STATUS_MALFORMED`, `_UNSUPPORTED_VERSION`, `_OTHER_DOCUMENT` for the request; `_CONFLICTING_EVENT` where both hold different
 * events of one id; `_CORRUPT` where stored history is damaged; `_INVALID_ARGUMENT` where it is not here (see
 * `converge_doc_encode_state()`). A document in a file first makes sure that all it tells is on disk, so `_STORAGE`.
 */
converge_status converge_doc_encode_pending(struct converge_doc doc,
                                            const uint8_t *request,
                                            size_t request_len,
                                            const struct converge_page_limit *limit,
                                            struct converge_bytes *update,
                                            bool *has_more,
                                            struct converge_error **error);

/**
 * What a replica that knows `known` (for each peer the highest counter) lacks, within `limit` (`NULL`: the defaults), as an update for it
 * and for any that knows more; empty when it lacks nothing. While `*has_more` is true there is more. Nobody's versions (`NULL`, 0) give
 * all. `CONVERGE_STATUS_CORRUPT`, `_INVALID_ARGUMENT`, `_STORAGE` as `converge_doc_encode_pending()`.
 */
converge_status converge_doc_encode_update(struct converge_doc doc,
                                           const struct converge_event_id *known,
                                           size_t known_len,
                                           const struct converge_page_limit *limit,
                                           struct converge_bytes *update,
                                           bool *has_more,
                                           struct converge_error **error);

/**
 * Merges an update that another replica made, all or nothing. Empty bytes bring nothing. Free `*result`'s patches.
 *
 * `CONVERGE_STATUS_MALFORMED`, `_UNSUPPORTED_VERSION`, `_OTHER_DOCUMENT`, `_CONFLICTING_EVENT`; `_INVALID_ARGUMENT` for an update that was
 * made for a replica that knows more than this one: ask with a request of its own; `_LIMIT_EXCEEDED` for a full
 * replica; for a document in a file `_READ_ONLY`, `_STORAGE`.
 */
converge_status converge_doc_merge_update(struct converge_doc doc,
                                          const uint8_t *update,
                                          size_t update_len,
                                          struct converge_merge_result *result,
                                          struct converge_error **error);

/**
 * As `converge_doc_merge_update()`, but the result, which may be `NULL`, has no patches: for those that do not look at them. Readers of
 * changes are told all the same.
 */
converge_status converge_doc_merge_update_quiet(struct converge_doc doc,
                                                const uint8_t *update,
                                                size_t update_len,
                                                struct converge_merge_result *result,
                                                struct converge_error **error);

/**
 * Merges runs of events, all or nothing. Free `*result`'s patches. Statuses as `converge_doc_merge_update()`: runs are a message, so names
 * and values over their limits are `CONVERGE_STATUS_MALFORMED` here.
 */
converge_status converge_doc_merge_remote(struct converge_doc doc,
                                          const struct converge_run *runs,
                                          size_t runs_len,
                                          struct converge_merge_result *result,
                                          struct converge_error **error);

/**
 * The applied events with a counter above what `known` says of their peer, or all of a peer that it does not name: the first page of them,
 * within `limit` (`NULL`: the defaults). While `*has_more` is true there is more. `CONVERGE_STATUS_CORRUPT`, `_INVALID_ARGUMENT`,
 * `_STORAGE` as `converge_doc_encode_pending()`.
 */
converge_status converge_doc_get_pending(struct converge_doc doc,
                                         const struct converge_event_id *known,
                                         size_t known_len,
                                         const struct converge_page_limit *limit,
                                         struct converge_runs *runs,
                                         bool *has_more,
                                         struct converge_error **error);

/**
 * The ids that waiting events wait for and that are neither applied nor waiting, sorted by peer and counter.
 */
converge_status converge_doc_missing(struct converge_doc doc,
                                     struct converge_event_ids *ids,
                                     struct converge_error **error);

/**
 * Forgets all events that wait for others, and says how many there were (`events` may be `NULL`). They are not in the versions, so they
 * can come again.
 */
converge_status converge_doc_drop_waiting(struct converge_doc doc,
                                          uint64_t *events,
                                          struct converge_error **error);

/**
 * Goes on under a fresh peer id, because another device writes under this one too: gives up the own events from counter `from` on, and
 * writes what only this replica had again under the new id, so that nothing is lost. Free `*result`'s patches.
 *
 * `from` is the first counter of which the other has a different event, or one before it. 0 is always right, and costs as much as merging
 * the whole history. It may be the counter that the `CONVERGE_STATUS_CONFLICTING_EVENT` of merging *all* the other's events names
 * (`converge_doc_encode_update()` for nobody's versions); the error of a request may name a later one, and then the next sync conflicts
 * again.
 *
 * `CONVERGE_STATUS_LIMIT_EXCEEDED` for a full replica; `_CORRUPT` where stored history is damaged; `_INVALID_ARGUMENT` where it is not
 * here; for a document in a file `_READ_ONLY`, `_STORAGE`.
 */
converge_status converge_doc_fork(struct converge_doc doc,
                                  uint64_t from,
                                  struct converge_merge_result *result,
                                  struct converge_error **error);

/**
 * The whole replica as bytes, for `converge_doc_decode()`.
 */
converge_status converge_doc_encode_replica(struct converge_doc doc,
                                            struct converge_bytes *bytes,
                                            struct converge_error **error);

/**
 * The replica without its history, for `converge_doc_decode()`: it reads, writes and merges, but has no older history.
 */
converge_status converge_doc_encode_state(struct converge_doc doc,
                                          struct converge_bytes *bytes,
                                          struct converge_error **error);

/**
 * The SHA-256 of the visible state: equal on every replica that has applied the same events. It reads every row.
 */
converge_status converge_doc_digest(struct converge_doc doc,
                                    struct converge_digest *digest,
                                    struct converge_error **error);

/**
 * An applied event: a list of one, or of none when there is none of this id.
 */
converge_status converge_doc_event(struct converge_doc doc,
                                   struct converge_str peer,
                                   uint64_t counter,
                                   struct converge_events *events,
                                   struct converge_error **error);

/**
 * The applied events that `since` (for each peer the highest counter) does not know, in causal order: at most `limit` of them and about 16
 * MiB, but one at least. `*next` is what `since` is to be for the next page; while `*has_more` is true there is one. Free both.
 */
converge_status converge_doc_log(struct converge_doc doc,
                                 const struct converge_event_id *since,
                                 size_t since_len,
                                 size_t limit,
                                 struct converge_events *events,
                                 struct converge_event_ids *next,
                                 bool *has_more,
                                 struct converge_error **error);

/**
 * Every applied event of a row, in the total order, oldest first. It reads the whole log: some nanoseconds per event of the document.
 */
converge_status converge_doc_row_history(struct converge_doc doc,
                                         struct converge_str tbl,
                                         struct converge_str row_id,
                                         struct converge_events *events,
                                         struct converge_error **error);

/**
 * Every applied event that wrote a cell or deleted its row, in the total order, oldest first. It reads the whole log.
 */
converge_status converge_doc_cell_history(struct converge_doc doc,
                                          struct converge_str tbl,
                                          struct converge_str row_id,
                                          struct converge_str col,
                                          struct converge_events *events,
                                          struct converge_error **error);

/**
 * A row as it showed when just the events that `version` knows were applied: a list of one row, or of none if it did not show. `version`
 * is what `converge_doc_versions()` said then. It reads the whole log.
 */
converge_status converge_doc_row_as_of(struct converge_doc doc,
                                       struct converge_str tbl,
                                       struct converge_str row_id,
                                       const struct converge_event_id *version,
                                       size_t version_len,
                                       struct converge_rows *rows,
                                       struct converge_error **error);

/**
 * A table's rows, sorted by id, as they showed when just the events that `version` knows were applied. It reads the whole log.
 */
converge_status converge_doc_table_as_of(struct converge_doc doc,
                                         struct converge_str tbl,
                                         const struct converge_event_id *version,
                                         size_t version_len,
                                         struct converge_rows *rows,
                                         struct converge_error **error);

/**
 * How version `a` stands to version `b`: one of the `CONVERGE_RELATION_…` numbers. A version is a set of events, such as a frontier, and
 * stands for them and everything they depend on.
 */
converge_status converge_doc_compare(struct converge_doc doc,
                                     const struct converge_event_id *a,
                                     size_t a_len,
                                     const struct converge_event_id *b,
                                     size_t b_len,
                                     int32_t *relation,
                                     struct converge_error **error);

/**
 * The lowest common ancestors of two versions: the common events that no other common event depends on, sorted by peer and counter.
 */
converge_status converge_doc_common_ancestors(struct converge_doc doc,
                                              const struct converge_event_id *a,
                                              size_t a_len,
                                              const struct converge_event_id *b,
                                              size_t b_len,
                                              struct converge_event_ids *ancestors,
                                              struct converge_error **error);

/**
 * The events that version `to` stands for and version `from` does not, in causal order.
 */
converge_status converge_doc_events_between(struct converge_doc doc,
                                            const struct converge_event_id *from,
                                            size_t from_len,
                                            const struct converge_event_id *to,
                                            size_t to_len,
                                            struct converge_event_ranges *ranges,
                                            struct converge_error **error);

/**
 * Recomputes every invariant the slow way: what is stored, what is derived, and that the rows are the fold of the log. For tests.
 */
converge_status converge_doc_check(struct converge_doc doc,
                                   struct converge_error **error);

/**
 * As `converge_doc_insert()`. `cells` is an object of columns and values, or a list of pairs. A number without `.`, `e` and `E` is an Int,
 * any other a Float; Bytes are `{"$bytes":"<base64>"}`.
 *
 * JSON is read strictly; `CONVERGE_STATUS_INVALID_VALUE` for what is no value, `_MALFORMED` for what is no JSON or of another form, with
 * the place in `converge_error_path()`.
 */
converge_status converge_doc_insert_json(struct converge_doc doc,
                                         struct converge_str tbl,
                                         struct converge_str row_id,
                                         struct converge_str cells,
                                         struct converge_commit *commit,
                                         struct converge_error **error);

/**
 * As `converge_doc_upsert()`. `cells` is an object of columns and values, or a list of pairs.
 */
converge_status converge_doc_upsert_json(struct converge_doc doc,
                                         struct converge_str tbl,
                                         struct converge_str row_id,
                                         struct converge_str cells,
                                         struct converge_commit *commit,
                                         struct converge_error **error);

/**
 * As `converge_doc_update_columns()`. `cells` is an object of columns and values, or a list of pairs.
 */
converge_status converge_doc_update_columns_json(struct converge_doc doc,
                                                 struct converge_str tbl,
                                                 struct converge_str row_id,
                                                 struct converge_str cells,
                                                 struct converge_commit *commit,
                                                 struct converge_error **error);

/**
 * As `converge_doc_update()`.
 */
converge_status converge_doc_update_json(struct converge_doc doc,
                                         struct converge_str tbl,
                                         struct converge_str row_id,
                                         struct converge_str col,
                                         struct converge_str value,
                                         struct converge_commit *commit,
                                         struct converge_error **error);

/**
 * As `converge_doc_apply()`, of a list of operations: `{"type":"insert","tbl":"todos","row_id":"1","values":[["title","milk"]]}`,
 * `{"type":"update","tbl":"todos","row_id":"1","col":"done","value":true}` or `{"type":"delete","tbl":"todos","row_id":"1"}`; `values` may
 * be an object too. Each in turn is read, checked and made before the next one is looked at: the first failure is the one reported, with
 * its place, such as `[3].value`.
 */
converge_status converge_doc_apply_json(struct converge_doc doc,
                                        struct converge_str ops,
                                        const int64_t *at,
                                        struct converge_commit *commit,
                                        struct converge_error **error);

/**
 * The value of a cell. `*found` says whether the cell shows; if not, the text is empty.
 */
converge_status converge_doc_get_json(struct converge_doc doc,
                                      struct converge_str tbl,
                                      struct converge_str row_id,
                                      struct converge_str col,
                                      struct converge_bytes *value,
                                      bool *found,
                                      struct converge_error **error);

/**
 * The cells of a row, `{column: value}`, sorted by column. `*found` says whether the row shows; if not, the text is empty.
 */
converge_status converge_doc_row_json(struct converge_doc doc,
                                      struct converge_str tbl,
                                      struct converge_str row_id,
                                      struct converge_bytes *row,
                                      bool *found,
                                      struct converge_error **error);

/**
 * The whole visible state, `{table: {row: {column: value}}}`, each in the order of its names.
 */
converge_status converge_doc_rows_json(struct converge_doc doc,
                                       struct converge_bytes *rows,
                                       struct converge_error **error);

/**
 * As `converge_doc_scan()`: `[["row",{"column":value}],…]`.
 */
converge_status converge_doc_scan_json(struct converge_doc doc,
                                       struct converge_str tbl,
                                       const struct converge_scan_range *range,
                                       size_t limit,
                                       struct converge_bytes *rows,
                                       struct converge_error **error);

/**
 * As `converge_doc_merge_update()`: `{"patches":[…],"applied":1,"duplicates":0,"pending":0,"rejected":0}`. A patch is
 * `{"type":"set_cell","tbl":…,"row_id":…,"col":…,"value":…}`, `{"type":"insert_row","tbl":…,"row_id":…,"values":[[column,value],…]}` or
 * `{"type":"delete_row","tbl":…,"row_id":…}`.
 */
converge_status converge_doc_merge_update_json(struct converge_doc doc,
                                               const uint8_t *update,
                                               size_t update_len,
                                               struct converge_bytes *result,
                                               struct converge_error **error);

/**
 * As `converge_doc_merge_remote()`, of a list of runs, as `converge_doc_get_pending_json()` gives it:
 * `{"patches":[…],"applied":1,"duplicates":0,"pending":0,"rejected":0}`.
 */
converge_status converge_doc_merge_remote_json(struct converge_doc doc,
                                               struct converge_str runs,
                                               struct converge_bytes *result,
                                               struct converge_error **error);

/**
 * As `converge_doc_get_pending()`, of `{peer: highest counter}`: a list of runs, `{"peer":"alice","counter_start":0,"lamport_start":1,
 * "deps":[],"ops":[…],"tx":[3,1],"at":[1700000000000,null]}`, of operations one after the other, each of which depends on the one before
 * it; `tx` has the lengths of their transactions (left out where each operation is one), `at` their times (left out where none is known).
 * A peer with a negative counter is not known.
 */
converge_status converge_doc_get_pending_json(struct converge_doc doc,
                                              struct converge_str known,
                                              const struct converge_page_limit *limit,
                                              struct converge_bytes *runs,
                                              bool *has_more,
                                              struct converge_error **error);

/**
 * As `converge_doc_sync_state()`: `{"frontier":[["alice",3]],"versions":{"alice":3}}`.
 */
converge_status converge_doc_sync_state_json(struct converge_doc doc,
                                             struct converge_bytes *state,
                                             struct converge_error **error);

/**
 * As `converge_doc_event()`: `{"id":["alice",1],"deps":[["alice",0]],"lamport":2,"op":{…}}`, with an operation as of
 * `converge_doc_apply_json()`, and `"at"` where its time is known. `*found` says whether there is one; if not, the text is empty.
 */
converge_status converge_doc_event_json(struct converge_doc doc,
                                        struct converge_str peer,
                                        uint64_t counter,
                                        struct converge_bytes *event,
                                        bool *found,
                                        struct converge_error **error);

/**
 * As `converge_doc_log()`, of `{peer: highest counter}`: `{"events":[…],"next":{peer: highest counter},"has_more":false}`.
 */
converge_status converge_doc_log_json(struct converge_doc doc,
                                      struct converge_str since,
                                      size_t limit,
                                      struct converge_bytes *page,
                                      struct converge_error **error);

/**
 * As `converge_doc_row_history()`: a list of events, each as `converge_doc_event_json()` gives it.
 */
converge_status converge_doc_row_history_json(struct converge_doc doc,
                                              struct converge_str tbl,
                                              struct converge_str row_id,
                                              struct converge_bytes *events,
                                              struct converge_error **error);

/**
 * As `converge_doc_cell_history()`: a list of events, each as `converge_doc_event_json()` gives it.
 */
converge_status converge_doc_cell_history_json(struct converge_doc doc,
                                               struct converge_str tbl,
                                               struct converge_str row_id,
                                               struct converge_str col,
                                               struct converge_bytes *events,
                                               struct converge_error **error);

/**
 * As `converge_doc_row_as_of()`, of `{peer: highest counter}`: `{column: value}`. `*found` says whether it showed; if not, the text is
 * empty.
 */
converge_status converge_doc_row_as_of_json(struct converge_doc doc,
                                            struct converge_str tbl,
                                            struct converge_str row_id,
                                            struct converge_str version,
                                            struct converge_bytes *row,
                                            bool *found,
                                            struct converge_error **error);

/**
 * As `converge_doc_table_as_of()`, of `{peer: highest counter}`: `[["row",{"column":value}],…]`.
 */
converge_status converge_doc_table_as_of_json(struct converge_doc doc,
                                              struct converge_str tbl,
                                              struct converge_str version,
                                              struct converge_bytes *rows,
                                              struct converge_error **error);

/**
 * Frees what a query found, and empties it: freeing it again, or `NULL`, does nothing.
 */
void converge_query_rows_free(struct converge_query_rows *rows);

/**
 * Frees salvaged rows, and empties the list: freeing it again, or `NULL`, does nothing.
 */
void converge_salvaged_rows_free(struct converge_salvaged_rows *rows);

/**
 * Opens a document in a file, which is made if it is not there. One handle at a time may write it, in this process or another; any number
 * may read beside it (`options->read_only`). `options` may be `NULL`.
 *
 * A library that was built without SQLite has no function for files, neither this one nor those after it, down to `converge_salvage()`,
 * nor the frees of their lists. The header declares them all the same.
 *
 * Beside the file lie SQLite's own (`-wal`, `-shm`), a lock (`-lock`) and a mark (`-peer`), by which a file that was copied or set back is
 * noticed: it goes on under a fresh peer id then, as `converge_doc_opened()` tells. Keep the mark out of backups.
 *
 * `CONVERGE_STATUS_ALREADY_OPEN`; `_STORAGE` when the file cannot be opened or belongs to another program; `_UNSUPPORTED_VERSION` for a
 * newer format; `_CORRUPT` for a damaged log, of which `converge_salvage()` reads what is left; `_OTHER_DOCUMENT` when the options name
 * another document.
 */
converge_status converge_doc_open(struct converge_str path,
                                  const struct converge_open_options *options,
                                  struct converge_doc *doc,
                                  struct converge_error **error);

/**
 * What opening the file came to. Free it with `converge_bytes_free(&report->rebuilt)`.
 */
converge_status converge_doc_opened(struct converge_doc doc,
                                    struct converge_open_report *report,
                                    struct converge_error **error);

/**
 * The full path of the file that the document lies in, as text to be freed; empty in memory.
 */
converge_status converge_doc_path(struct converge_doc doc, struct converge_bytes *path, struct converge_error **error);

/**
 * Whether the file was opened for reading only.
 */
converge_status converge_doc_is_read_only(struct converge_doc doc, bool *read_only, struct converge_error **error);

/**
 * Returns once everything that was written is on the disk. It already is, unless the durability is relaxed.
 */
converge_status converge_doc_flush(struct converge_doc doc, struct converge_error **error);

/**
 * Lets go of the file and its locks, for an application that goes into the background. What is in memory can still be read; history,
 * queries and writes need `converge_doc_resume()` first. Doing it again does nothing.
 */
converge_status converge_doc_suspend(struct converge_doc doc,
                                     struct converge_error **error);

/**
 * Takes the file up again. If another process wrote it meanwhile the document is read again, and readers of changes are told that they
 * lagged. `CONVERGE_STATUS_ALREADY_OPEN`, `_STORAGE`, `_CORRUPT`: it stays suspended then.
 */
converge_status converge_doc_resume(struct converge_doc doc,
                                    struct converge_error **error);

/**
 * Writes a consistent copy to a path where nothing is yet, while others go on reading and writing. The copy opens as a replica of its own,
 * under a fresh peer id. `CONVERGE_STATUS_STORAGE`; `_INVALID_ARGUMENT` in memory.
 */
converge_status converge_doc_backup(struct converge_doc doc,
                                    struct converge_str to,
                                    struct converge_error **error);

/**
 * Gives free space inside the file back to the disk. It rewrites the file, and needs as much free space meanwhile.
 */
converge_status converge_doc_compact(struct converge_doc doc, struct converge_error **error);

/**
 * Reads everything and says what is wrong and where, in words; nothing when all is well: the file's own structure, each checksum, and that
 * the rows are the fold of the log.
 */
converge_status converge_doc_verify(struct converge_doc doc,
                                    struct converge_names *problems,
                                    struct converge_error **error);

/**
 * Makes the rows in the file again from the log. Opening does so by itself where they are damaged or of an older form.
 */
converge_status converge_doc_rebuild(struct converge_doc doc, struct converge_error **error);

/**
 * What the file takes.
 */
converge_status converge_doc_stats(struct converge_doc doc,
                                   struct converge_store_stats *stats,
                                   struct converge_error **error);

/**
 * Runs one SELECT over the rows that show: each table is a view of its name with a column `row_id` and its own. Parameters stand as `?1`,
 * `?2`, … in it. It sees the last commit, and can change nothing. `limits` may be `NULL`.
 *
 * `CONVERGE_STATUS_INVALID_ARGUMENT` for SQL that is none or that writes, and in memory; `_LIMIT_EXCEEDED` when it takes more than
 * `limits`; `_STORAGE`.
 */
converge_status converge_doc_query(struct converge_doc doc,
                                   struct converge_str sql,
                                   const struct converge_value *parameters,
                                   size_t parameters_len,
                                   const struct converge_query_limits *limits,
                                   struct converge_query_rows *rows,
                                   struct converge_error **error);

/**
 * Makes an index over columns of a table, so that queries find rows by them; every write keeps it up. Making it again does nothing.
 * `CONVERGE_STATUS_INVALID_ARGUMENT` for a table or column that there is not, and in memory; `_STORAGE`; `_READ_ONLY`.
 */
converge_status converge_doc_create_index(struct converge_doc doc,
                                          struct converge_str tbl,
                                          const struct converge_str *columns,
                                          size_t columns_len,
                                          struct converge_error **error);

/**
 * Reads what is left of a damaged file, which is not changed: the rows whose checksums hold, the log up to the first damage, as runs for
 * `converge_doc_merge_remote()`, and what is wrong, in words. Free all three. `CONVERGE_STATUS_STORAGE` when it cannot be opened at all.
 */
converge_status converge_salvage(struct converge_str path,
                                 struct converge_salvaged_rows *rows,
                                 struct converge_runs *events,
                                 struct converge_names *problems,
                                 struct converge_error **error);

/**
 * Frees entries, and empties the list: freeing it again, or `NULL`, does nothing.
 */
void converge_entries_free(struct converge_entries *entries);

/**
 * Makes an empty store. `options` may be `NULL`.
 */
converge_status converge_ephemeral_new(const struct converge_ephemeral_options *options,
                                       struct converge_ephemeral *store,
                                       struct converge_error **error);

/**
 * Closes a store: readers of changes are told. Every later call but free is `CONVERGE_STATUS_CLOSED`; closing again does nothing.
 */
converge_status converge_ephemeral_close(struct converge_ephemeral store,
                                         struct converge_error **error);

/**
 * Frees a handle; nothing for `{ 0 }`.
 */
converge_status converge_ephemeral_free(struct converge_ephemeral store);

/**
 * The peer under which it writes, as text to be freed.
 */
converge_status converge_ephemeral_peer(struct converge_ephemeral store,
                                        struct converge_bytes *peer,
                                        struct converge_error **error);

/**
 * The time to live in milliseconds, or `CONVERGE_TTL_NONE`.
 */
converge_status converge_ephemeral_ttl_ms(struct converge_ephemeral store,
                                          uint64_t *ttl_ms,
                                          struct converge_error **error);

/**
 * The number of entries, removed ones and those that wait for `converge_ephemeral_expire()` included, and their bytes. Either may be
 * `NULL`.
 */
converge_status converge_ephemeral_size(struct converge_ephemeral store,
                                        uint64_t *entries,
                                        uint64_t *bytes,
                                        struct converge_error **error);

/**
 * Writes a value under the own peer. `*stored` (unless `NULL`) says whether it was stored: it is not where a greater or equal entry is.
 * `timestamp` is in milliseconds since the Unix epoch; with `NULL` the store stamps the entry so that it is stored.
 *
 * `CONVERGE_STATUS_INVALID_ARGUMENT`, `_INVALID_VALUE`, `_LIMIT_EXCEEDED` (a name, the value, or the store is full), `_FROM_THE_FUTURE`.
 */
converge_status converge_ephemeral_set(struct converge_ephemeral store,
                                       struct converge_str ns,
                                       struct converge_str key,
                                       struct converge_value value,
                                       const double *timestamp,
                                       bool *stored,
                                       struct converge_error **error);

/**
 * Removes a key, by the rules and with the statuses of `converge_ephemeral_set()`. The removal is an entry like any other: it is sent,
 * ages, and ends at the time to live. Until then no older entry comes back.
 */
converge_status converge_ephemeral_remove(struct converge_ephemeral store,
                                          struct converge_str ns,
                                          struct converge_str key,
                                          const double *timestamp,
                                          bool *stored,
                                          struct converge_error **error);

/**
 * The entry that shows at a key: a list of one, or of none. Its age is not told (0).
 */
converge_status converge_ephemeral_get(struct converge_ephemeral store,
                                       struct converge_str ns,
                                       struct converge_str key,
                                       struct converge_entries *entries,
                                       struct converge_error **error);

/**
 * The entries that show in a namespace, sorted by key. Their ages are not told (0).
 */
converge_status converge_ephemeral_get_all(struct converge_ephemeral store,
                                           struct converge_str ns,
                                           struct converge_entries *entries,
                                           struct converge_error **error);

/**
 * The namespaces that show an entry, sorted.
 */
converge_status converge_ephemeral_namespaces(struct converge_ephemeral store,
                                              struct converge_names *namespaces,
                                              struct converge_error **error);

/**
 * Removes what has reached the time to live, and says what went (`entries` may be `NULL`). Nobody sees it before either; this frees its
 * room, and tells readers of changes.
 */
converge_status converge_ephemeral_expire(struct converge_ephemeral store,
                                          struct converge_entries *entries,
                                          struct converge_error **error);

/**
 * Hides what a departed peer wrote, key by key, up to the timestamp it has now. Gives the removals that it made (`entries` may be `NULL`).
 */
converge_status converge_ephemeral_remove_peer(struct converge_ephemeral store,
                                               struct converge_str peer,
                                               struct converge_entries *entries,
                                               struct converge_error **error);

/**
 * Lets time pass on both clocks of a store with `CONVERGE_CLOCK_MANUAL`, in milliseconds. For tests and simulations.
 */
converge_status converge_ephemeral_advance(struct converge_ephemeral store, uint64_t ms, struct converge_error **error);

/**
 * Sets the time of day of a store with `CONVERGE_CLOCK_MANUAL`, in milliseconds since the Unix epoch; no time passes. For tests and
 * simulations.
 */
converge_status converge_ephemeral_set_wall(struct converge_ephemeral store,
                                            int64_t ms,
                                            struct converge_error **error);

/**
 * Recomputes every invariant the slow way. For tests.
 */
converge_status converge_ephemeral_check(struct converge_ephemeral store, struct converge_error **error);

/**
 * Takes in entries by the rules of the layer: `*changed` (unless `NULL`) lists those that were stored, `*counts` (unless `NULL`) says what
 * became of all. The form of all of them is checked before anything changes.
 */
converge_status converge_ephemeral_merge(struct converge_ephemeral store,
                                         const struct converge_entry *entries,
                                         size_t entries_len,
                                         struct converge_entries *changed,
                                         struct converge_ephemeral_counts *counts,
                                         struct converge_error **error);

/**
 * Takes in a message that `converge_ephemeral_encode()` or its like made. `counts` may be `NULL`. `CONVERGE_STATUS_MALFORMED`,
 * `_UNSUPPORTED_VERSION`, `_LIMIT_EXCEEDED` (the store is full).
 */
converge_status converge_ephemeral_merge_bytes(struct converge_ephemeral store,
                                               const uint8_t *message,
                                               size_t message_len,
                                               struct converge_ephemeral_counts *counts,
                                               struct converge_error **error);

/**
 * The entries of these namespaces as a message, removed ones included.
 */
converge_status converge_ephemeral_encode(struct converge_ephemeral store,
                                          const struct converge_str *namespaces,
                                          size_t namespaces_len,
                                          struct converge_bytes *message,
                                          struct converge_error **error);

/**
 * All entries as a message, removed ones included.
 */
converge_status converge_ephemeral_encode_all(struct converge_ephemeral store,
                                              struct converge_bytes *message,
                                              struct converge_error **error);

/**
 * The entries that changed after a mark as a message. `*mark` is the mark, 0 for before everything, and becomes the one to ask with next
 * time. Marks of another store say nothing here.
 */
converge_status converge_ephemeral_encode_since(struct converge_ephemeral store,
                                                uint64_t *mark,
                                                struct converge_bytes *message,
                                                struct converge_error **error);

/**
 * The entries that changed after a mark, removed ones included. `*mark` is the mark, 0 for before everything, and becomes the one to ask
 * with next time.
 */
converge_status converge_ephemeral_changed_since(struct converge_ephemeral store,
                                                 uint64_t *mark,
                                                 struct converge_entries *entries,
                                                 struct converge_error **error);

/**
 * This moment, for `converge_ephemeral_encode_since()` and `converge_ephemeral_changed_since()`.
 */
converge_status converge_ephemeral_mark(struct converge_ephemeral store, uint64_t *mark, struct converge_error **error);

/**
 * Frees changes, and empties the list: freeing it again, or `NULL`, does nothing.
 */
void converge_ephemeral_change_list_free(struct converge_ephemeral_change_list *changes);

/**
 * Keeps changes from now on for a reader, at most `limit` of them (`CONVERGE_CHANGES_MAX` is a good bound) and not more bytes than the
 * store may hold: past that they are dropped and the reader is told that it lagged.
 */
converge_status converge_ephemeral_subscribe(struct converge_ephemeral store,
                                             size_t limit,
                                             struct converge_ephemeral_changes *changes,
                                             struct converge_error **error);

/**
 * The next thing to tell: `*what` becomes one of the `CONVERGE_NEXT_…` numbers, `*list` a list of one change, and otherwise empty. It
 * waits for `timeout_ms`: 0 for not at all, less than 0 for ever.
 */
converge_status converge_ephemeral_changes_next(struct converge_ephemeral_changes changes,
                                                int64_t timeout_ms,
                                                int32_t *what,
                                                struct converge_ephemeral_change_list *list,
                                                struct converge_error **error);

/**
 * As `converge_ephemeral_changes_next()`; a change is `{"kind":"added","ns":…,"key":…,"entry":{…},"local":false}`. Otherwise the text is
 * empty.
 */
converge_status converge_ephemeral_changes_next_json(struct converge_ephemeral_changes changes,
                                                     int64_t timeout_ms,
                                                     int32_t *what,
                                                     struct converge_bytes *change,
                                                     struct converge_error **error);

/**
 * All changes that are queued, oldest first, without waiting. When the reader lagged there are none, and `*lagged` is true.
 */
converge_status converge_ephemeral_changes_drain(struct converge_ephemeral_changes changes,
                                                 struct converge_ephemeral_change_list *list,
                                                 bool *lagged,
                                                 struct converge_error **error);

/**
 * Sets what is called when there is something to read, as `converge_changes_set_waker()`.
 */
converge_status converge_ephemeral_changes_set_waker(struct converge_ephemeral_changes changes,
                                                     converge_callback wake,
                                                     void *context,
                                                     converge_callback release,
                                                     struct converge_error **error);

/**
 * Ends the subscription. What was taken over before can still be read; whoever waits is told `CONVERGE_NEXT_CLOSED`.
 */
converge_status converge_ephemeral_changes_close(struct converge_ephemeral_changes changes,
                                                 struct converge_error **error);

/**
 * Ends the subscription and frees the handle; nothing for `{ 0 }`. Whoever waits is told `CONVERGE_NEXT_CLOSED`.
 */
converge_status converge_ephemeral_changes_free(struct converge_ephemeral_changes changes);

/**
 * As `converge_ephemeral_set()`.
 */
converge_status converge_ephemeral_set_json(struct converge_ephemeral store,
                                            struct converge_str ns,
                                            struct converge_str key,
                                            struct converge_str value,
                                            const double *timestamp,
                                            bool *stored,
                                            struct converge_error **error);

/**
 * The entry that shows at a key: `{"value":…,"timestamp":…,"peer":…}`. `*found` says whether there is one; if not, the text is empty.
 */
converge_status converge_ephemeral_get_json(struct converge_ephemeral store,
                                            struct converge_str ns,
                                            struct converge_str key,
                                            struct converge_bytes *entry,
                                            bool *found,
                                            struct converge_error **error);

/**
 * The entries that show in a namespace, `{key: entry}`, sorted by key.
 */
converge_status converge_ephemeral_get_all_json(struct converge_ephemeral store,
                                                struct converge_str ns,
                                                struct converge_bytes *entries,
                                                struct converge_error **error);

/**
 * Takes in `{namespace: {key: entry}}`, by the rules of `converge_ephemeral_merge()`, and gives what changed in the same shape. An entry
 * may have an `age` in milliseconds; what changed is given without.
 */
converge_status converge_ephemeral_merge_json(struct converge_ephemeral store,
                                              struct converge_str entries,
                                              struct converge_bytes *changed,
                                              struct converge_error **error);

/**
 * As `converge_ephemeral_expire()`: what went, `{namespace: {key: entry}}`.
 */
converge_status converge_ephemeral_expire_json(struct converge_ephemeral store,
                                               struct converge_bytes *entries,
                                               struct converge_error **error);

/**
 * As `converge_ephemeral_remove_peer()`: the removals that it made, `{namespace: {key: entry}}`.
 */
converge_status converge_ephemeral_remove_peer_json(struct converge_ephemeral store,
                                                    struct converge_str peer,
                                                    struct converge_bytes *entries,
                                                    struct converge_error **error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* CONVERGE_H */

#ifndef CONVERGE_H_INLINE
#define CONVERGE_H_INLINE

#ifdef __cplusplus
extern "C" {
#endif

/** Text that ends in NUL, as an argument. `NULL` is empty text. It points to `text`. */
static inline converge_str converge_str_of(const char *text) {
  converge_str str;
  str.data = text;
  str.len = text != NULL ? strlen(text) : 0;
  return str;
}

/** What the library gave, as a text argument. */
static inline converge_str converge_str_of_bytes(converge_bytes bytes) {
  converge_str str;
  str.data = (const char *)bytes.data;
  str.len = bytes.len;
  return str;
}

/** Null, as a value. */
static inline converge_value converge_null(void) {
  converge_value value;
  memset(&value, 0, sizeof value);
  return value;
}

/** A Bool, as a value. */
static inline converge_value converge_bool(bool boolean) {
  converge_value value = converge_null();
  value.kind = CONVERGE_KIND_BOOL;
  value.as.boolean = boolean ? 1 : 0;
  return value;
}

/** An Int, as a value. */
static inline converge_value converge_int(int64_t integer) {
  converge_value value = converge_null();
  value.kind = CONVERGE_KIND_INT;
  value.as.integer = integer;
  return value;
}

/** A Float, as a value; it must be finite. */
static inline converge_value converge_float(double real) {
  converge_value value = converge_null();
  value.kind = CONVERGE_KIND_FLOAT;
  value.as.real = real;
  return value;
}

/** A Str, as a value, of text that ends in NUL. It points to `text`. */
static inline converge_value converge_text(const char *text) {
  converge_value value = converge_null();
  value.kind = CONVERGE_KIND_STR;
  value.as.text = converge_str_of(text);
  return value;
}

/** Bytes, as a value. It points to `data`. */
static inline converge_value converge_blob(const void *data, size_t len) {
  converge_value value = converge_null();
  value.kind = CONVERGE_KIND_BYTES;
  value.as.bytes.data = (const uint8_t *)data;
  value.as.bytes.len = len;
  return value;
}

/** A cell, as an argument, of a column's name that ends in NUL. It points to `col` and to what `value` points to. */
static inline converge_cell converge_cell_of(const char *col, converge_value value) {
  converge_cell cell;
  cell.col = converge_str_of(col);
  cell.value = value;
  return cell;
}

#ifdef __cplusplus
}  /* extern "C" */
#endif

#endif  /* CONVERGE_H_INLINE */
