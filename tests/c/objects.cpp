// The RAII objects of converge.hpp: moves, ranges, failures by exception or, with CONVERGE_NO_EXCEPTIONS, as results.

#include "converge.hpp"

#include <cstring>
#include <type_traits>

#include "check.h"

#ifdef CONVERGE_NO_EXCEPTIONS
#define GET(call) std::move((call).value())
#define DO(call) CHECK((call).ok())
#else
#define GET(call) (call)
#define DO(call) (void)(call)
#endif

namespace {

converge::Doc new_doc() {
  converge::OpenOptions options;
  options.wall_clock = true;
  return GET(converge::Doc::create(options));
}

// What a call that must fail says.
template <typename Call>
converge::Error error_of(Call call) {
#ifdef CONVERGE_NO_EXCEPTIONS
  auto result = call();
  CHECK(!result);
  return result.error();
#else
  try {
    call();
  } catch (const converge::Error &error) {
    return error;
  }
  CHECK(!"it failed");
  return converge::Error(CONVERGE_STATUS_OK, nullptr);
#endif
}

bool says(const converge::Error &error, converge_status status, std::string_view word) {
  bool ok = error.status() == status && std::string_view(error.what()).find(word) != std::string_view::npos;
  if (!ok) std::fprintf(stderr, "%s: %s, without \"%s\"\n", error.name(), error.what(), std::string(word).c_str());
  return ok;
}

template <typename Call>
converge_status status_of(Call call) {
#ifdef CONVERGE_NO_EXCEPTIONS
  auto result = call();
  if (result) return CONVERGE_STATUS_OK;
  CHECK(std::strlen(result.error().what()) > 0);
  return result.error().status();
#else
  try {
    call();
  } catch (const converge::Error &error) {
    CHECK(std::strlen(error.what()) > 0);
    return error.status();
  }
  return CONVERGE_STATUS_OK;
#endif
}

void handles_move_and_free_themselves() {
  converge::Doc doc = new_doc();
  converge_doc handle = doc.handle();
  converge::Doc moved = std::move(doc);
  CHECK(doc.handle().id == 0 && moved.handle().id == handle.id);
  CHECK(status_of([&] { return doc.count("t"); }) == CONVERGE_STATUS_INVALID_HANDLE);
  moved = new_doc();
  CHECK(converge_doc_free(handle) == CONVERGE_STATUS_INVALID_HANDLE);
  handle = moved.handle();
  moved = converge::Doc();
  CHECK(converge_doc_free(handle) == CONVERGE_STATUS_INVALID_HANDLE);
  // Freed behind its back, it frees nothing of others.
  converge::Doc other = new_doc();
  CHECK(converge_doc_free(other.handle()) == CONVERGE_STATUS_OK);
  converge::Doc last = new_doc();
  other = converge::Doc();
  CHECK(GET(last.count("t")) == 0);
}

void rows_are_ranges() {
  converge::Doc doc = new_doc();
  const std::string blob("a\0b", 3);
  for (int i = 0; i < 1000; i++) {
    std::string row_id = std::to_string(1000 + i);
    DO(doc.insert("t", row_id, {{"n", i}, {"text", std::string_view(blob)}, {"none", nullptr}, {"half", 0.5}, {"yes", true}}));
  }
  auto page = GET(doc.scan("t", 10));
  CHECK(page.size() == 10 && page[9].id() == "1009");
  int rows = 0;
  for (converge::Row row : page) {
    CHECK(row.get("n")->integer() == rows++);
    CHECK(row.get("text")->str() == blob && row.get("half")->real() == 0.5 && row.get("yes")->boolean() == true && row.get("none")->is_null());
    CHECK(!row.get("missing") && !row.get("n")->str());
    CHECK(row.cells().size() == 5 && row.cells()[0].col() == "half");
  }
  converge::ScanRange range;
  range.from = "1500";
  range.to_before = "1700";
  auto scan = GET(doc.rows("t", range));
  rows = 0;
#ifdef CONVERGE_NO_EXCEPTIONS
  for (auto part = scan.next(64); part && !part->empty(); part = scan.next(64)) rows += static_cast<int>(part->size());
#else
  for (converge::Row row : scan) {
    CHECK(row.id() == std::to_string(1500 + rows));
    rows++;
  }
#endif
  CHECK(rows == 200);
  auto tables = GET(doc.tables());
  CHECK(tables.size() == 1 && std::string_view(tables[0]) == "t");
  auto value = GET(doc.get("t", "1005", "n"));
  CHECK(value && value->view().integer() == 5);
  CHECK(!GET(doc.get("t", "1005", "missing")));
}

void failures_are_errors() {
  converge::Doc doc = new_doc();
  CHECK(status_of([&] { return doc.remove("t", "r"); }) == CONVERGE_STATUS_ROW_NOT_FOUND);
  CHECK(status_of([&] { return doc.update("t", "\xff", "c", 1); }) == CONVERGE_STATUS_INVALID_ARGUMENT);
  CHECK(status_of([&] { return doc.merge_update(nullptr, 7); }) == CONVERGE_STATUS_INVALID_ARGUMENT);
  DO(doc.insert("t", "r", {}));
  CHECK(status_of([&] { return doc.insert("t", "r", {}); }) == CONVERGE_STATUS_ROW_EXISTS);
#ifndef CONVERGE_NO_EXCEPTIONS
  try {
    doc.insert(std::string(2000, 'x'), "r", {});
    CHECK(false);
  } catch (const converge::Error &error) {
    converge::Error copy = error;
    CHECK(copy.limit() == 1024u && !copy.event_id() && std::string_view(copy.name()) == "limit_exceeded");
  }
  doc.close();
  CHECK(status_of([&] { return doc.count("t"); }) == CONVERGE_STATUS_CLOSED);
#endif
}

// A call that gives nothing says as much of its failure as one that gives something, and leaks nothing (which valgrind sees).
void calls_that_give_nothing_say_why() {
  const std::string large(2000, 'x');
  converge::Doc doc = new_doc();
  DO(doc.insert("t", "there", {}));
  converge::Transaction transaction = GET(doc.begin());
  CHECK(says(error_of([&] { return transaction.insert("t", "there", {}); }), CONVERGE_STATUS_ROW_EXISTS, "there"));
  CHECK(says(error_of([&] { return transaction.update("t", "gone", "c", 1); }), CONVERGE_STATUS_ROW_NOT_FOUND, "gone"));
  CHECK(says(error_of([&] { return transaction.remove("t", "gone"); }), CONVERGE_STATUS_ROW_NOT_FOUND, "gone"));
  converge::Error limit = error_of([&] { return transaction.upsert(large, "r", {}); });
  CHECK(says(limit, CONVERGE_STATUS_LIMIT_EXCEEDED, "2000") && limit.limit() == 1024u);
  CHECK(error_of([&] { return transaction.insert("t", large, {}); }).limit() == 1024u);
  CHECK(error_of([&] { return transaction.update("t", "there", large, 1); }).limit() == 1024u);
  CHECK(says(error_of([&] { return doc.close(); }), CONVERGE_STATUS_INVALID_ARGUMENT, "transaction"));
  DO(transaction.rollback());
  CHECK(says(error_of([&] { return transaction.rollback(); }), CONVERGE_STATUS_CLOSED, "ended"));
  CHECK(says(error_of([&] { return doc.backup("elsewhere.db"); }), CONVERGE_STATUS_INVALID_ARGUMENT, "file"));
  CHECK(says(error_of([&] { return doc.create_index("t", {"c"}); }), CONVERGE_STATUS_INVALID_ARGUMENT, "file"));
  DO(doc.close());
  CHECK(says(error_of([&] { return doc.check(); }), CONVERGE_STATUS_CLOSED, "the document is closed"));
  CHECK(says(error_of([&] { return doc.flush(); }), CONVERGE_STATUS_CLOSED, "the document is closed"));
  CHECK(says(error_of([&] { return doc.suspend(); }), CONVERGE_STATUS_CLOSED, "the document is closed"));
  CHECK(says(error_of([&] { return doc.resume(); }), CONVERGE_STATUS_CLOSED, "the document is closed"));
  CHECK(says(error_of([&] { return doc.compact(); }), CONVERGE_STATUS_CLOSED, "the document is closed"));
  CHECK(says(error_of([&] { return doc.rebuild(); }), CONVERGE_STATUS_CLOSED, "the document is closed"));
  converge::Changes changes;
  CHECK(says(error_of([&] { return changes.close(); }), CONVERGE_STATUS_INVALID_HANDLE, "reader of changes"));
  CHECK(says(error_of([&] { return changes.set_waker([] {}); }), CONVERGE_STATUS_INVALID_HANDLE, "reader of changes"));
  converge::Ephemeral store;
  CHECK(says(error_of([&] { return store.close(); }), CONVERGE_STATUS_INVALID_HANDLE, "ephemeral store"));
}

void transactions_roll_back() {
  converge::Doc doc = new_doc();
  {
    converge::Transaction transaction = GET(doc.begin());
    DO(transaction.insert("t", "1", {{"a", 1}}));
    CHECK(GET(transaction.row("t", "1")).size() == 1);
  }
  CHECK(GET(doc.count("t")) == 0);
  converge::Transaction transaction = GET(doc.begin(1700000000000));
  DO(transaction.insert("t", "1", {{"a", 1}}));
  DO(transaction.update("t", "1", "a", "two"));
  CHECK(GET(transaction.get("t", "1", "a"))->view().str() == "two");
  CHECK(GET(transaction.new_row_id()).size() == 15);
  CHECK(GET(transaction.commit()).events == 2);
  CHECK(GET(doc.contains("t", "1")));
}

enum Colour { RED = 7 };

// What is a value, and of which kind; a pointer that is no text is none.
void values_are_what_they_look_like() {
  using converge::Value;
  static_assert(!std::is_convertible_v<void *, Value> && !std::is_convertible_v<unsigned char *, Value> && !std::is_convertible_v<int *, Value>);
  static_assert(!std::is_convertible_v<std::string *, Value> && std::is_convertible_v<const char *, Value>);
  CHECK(Value(true).boolean() == true && Value(false).kind() == CONVERGE_KIND_BOOL);
  CHECK(Value(7u).integer() == 7 && Value(std::size_t(7)).integer() == 7 && Value(short(-7)).integer() == -7 && Value(0).integer() == 0);
  CHECK(Value(INT64_MIN).integer() == INT64_MIN && Value(UINT32_MAX).integer() == UINT32_MAX && Value(std::int8_t(-1)).integer() == -1);
  CHECK(Value(0.5f).real() == 0.5 && Value(nullptr).is_null() && Value("x").str() == "x" && Value(RED).integer() == 7);
  converge::Doc doc = new_doc();
  CHECK(status_of([&] { return doc.insert("t", "r", {{"n", UINT64_MAX}}); }) == CONVERGE_STATUS_INVALID_ARGUMENT);
  DO(doc.insert("t", "r", {{"n", std::size_t(3)}}));
}

// Cells come from a braced list, a container, a row, or a pointer and a number.
void cells_come_from_anywhere() {
  converge::Doc doc = new_doc();
  std::vector<converge::Cell> cells = {{"a", 1}, {"b", "x"}};
  DO(doc.insert("t", "1", cells));
  DO(doc.insert("t", "2", {cells.data(), 1}));
  auto row = GET(doc.row("t", "1"));
  DO(doc.upsert("t", "3", row[0].cells()));
  cells[0] = converge::Cell("a", 2);
  DO(doc.update_columns("t", "3", cells));
  DO(doc.insert("t", "4", {}));
  converge::Transaction transaction = GET(doc.begin());
  DO(transaction.insert("t", "5", cells));
  DO(transaction.update_columns("t", "5", {{"c", nullptr}}));
  CHECK(GET(transaction.contains("t", "5")) && GET(transaction.count("t")) == 5 && GET(transaction.scan("t", 10)).size() == 5);
  DO(transaction.commit());
  CHECK(GET(doc.rows_json()) ==
        R"({"t":{"1":{"a":1,"b":"x"},"2":{"a":1},"3":{"a":2,"b":"x"},"4":{},"5":{"a":2,"b":"x","c":null}}})");
}

// Lists that nobody keeps give no views.
template <typename T, typename = void>
struct gives_views : std::false_type {};
template <typename T>
struct gives_views<T, std::void_t<decltype(std::declval<T>()[0])>> : std::true_type {};
static_assert(gives_views<converge::Rows &>::value && !gives_views<converge::Rows>::value && !gives_views<const converge::Rows>::value);

void json_and_the_rest() {
  converge::Doc doc = new_doc(), other = new_doc();
  DO(doc.insert_json("t", "1", R"({"a":1})"));
  DO(doc.upsert_json("t", "2", R"([["a",2]])"));
  DO(doc.update_json("t", "1", "a", "3"));
  DO(doc.update_columns_json("t", "1", R"({"b":null})"));
  auto cell = GET(doc.get_json("t", "1", "a")), row = GET(doc.row_json("t", "1"));
  CHECK(cell && cell.text == "3" && row.text == R"({"a":3,"b":null})" && !GET(doc.row_json("t", "9")));
  CHECK(GET(doc.scan_json("t", 1)) == R"([["1",{"a":3,"b":null}]])");
  auto reader = GET(other.subscribe_rows({{"t", "2"}}));
  auto update = GET(doc.encode_update());
  CHECK(!update.has_more && GET(other.merge_update_quiet(update.bytes)).applied == 4);
  auto drained = GET(reader.drain());
  CHECK(!drained.lagged && drained.changes.size() == 1 && drained.changes[0]->patches_len == 1);
  CHECK(GET(other.merge_update_json(update.bytes)).find(R"("duplicates":4)") != std::string::npos);
  auto frontier = GET(doc.frontier()), theirs = GET(other.frontier());
  CHECK(frontier.size() == 1 && GET(doc.compare(frontier, theirs)) == CONVERGE_RELATION_EQUAL);
  CHECK(GET(doc.common_ancestors(frontier, theirs)).size() == 1 && GET(doc.events_between({}, frontier)).size() == 1);
  auto page = GET(doc.log({}, 3));
  CHECK(page.events.size() == 3 && page.has_more && GET(doc.log(page.next, 3)).events.size() == 1);
  CHECK(GET(doc.missing()).empty() && GET(doc.waiting_events()) == 0 && GET(doc.drop_waiting()) == 0);
  CHECK(GET(doc.path()).empty() && !GET(doc.is_read_only()));
  std::vector<converge_update> updates = {{converge::str("1"), converge::str("a"), converge_int(5)}, {converge::str("2"), converge::str("a"), converge_int(6)}};
  CHECK(GET(doc.update_many("t", updates)).events == 2);
  converge_op remove{};
  remove.kind = CONVERGE_OP_DELETE, remove.tbl = converge::str("t"), remove.row_id = converge::str("2");
  CHECK(GET(doc.apply({remove})).events == 1 && GET(doc.rows_json()) == R"({"t":{"1":{"a":5,"b":null}}})");
  CHECK(status_of([&] { return converge::Doc::salvage("nowhere/at all.db"); }) == CONVERGE_STATUS_STORAGE);
}

void replicas_sync() {
  converge::Doc phone = new_doc(), laptop = new_doc();
  DO(phone.insert("t", "1", {{"a", 1}}));
  auto changes = GET(laptop.subscribe({"t"}));
  int woken = 0;
  DO(changes.set_waker([&] { woken++; }));
  auto update = GET(phone.encode_pending(GET(laptop.encode_request())));
  auto result = GET(laptop.merge_update(update.bytes));
  CHECK(result.applied == 1 && result.patches.size() == 1 && result.patches[0].kind() == CONVERGE_PATCH_INSERT_ROW && woken == 1);
  auto next = GET(changes.next(0));
  CHECK(next && next.patches[0].peer() == GET(phone.peer()) && next.patches[0].tbl() == "t");
  CHECK(!GET(changes.next(0)));
  DO(laptop.update("t", "1", "a", 2));
  auto state = GET(phone.sync_state());
  CHECK(state.frontier.size() == 1 && state.versions[0]->counter == 0);
  auto pending = GET(laptop.get_pending(state.versions));
  CHECK(!pending.has_more && pending.runs.size() == 1);
  auto merged = GET(phone.merge_remote(pending.runs));
  CHECK(merged.patches[0].value().integer() == 2);
  auto copy = GET(converge::Doc::decode(GET(phone.encode_replica())));
  converge_digest left = GET(copy.digest()), right = GET(laptop.digest());
  CHECK(std::memcmp(&left, &right, sizeof left) == 0);
  CHECK(GET(phone.rows_json()) == "{\"t\":{\"1\":{\"a\":2}}}");
}

void histories_are_read() {
  converge::Doc doc = new_doc();
  DO(doc.insert_many("t", {{"1", {{"a", 1}}}, {"2", {{"a", 2}, {"b", "x"}}}}));
  auto before = GET(doc.versions());
  DO(doc.update("t", "1", "a", 3));
  DO(doc.apply_json(R"([{"type":"delete","tbl":"t","row_id":"2"}])"));
  CHECK(GET(doc.cell_history("t", "1", "a")).size() == 2 && GET(doc.row_history("t", "2")).size() == 2);
  auto past = GET(doc.row_as_of("t", "1", before));
  CHECK(past[0].get("a")->integer() == 1);
  CHECK(GET(doc.table_as_of("t", before)).size() == 2 && GET(doc.events()) == 4);
  auto event = GET(doc.event(GET(doc.peer()), 2));
  CHECK(event.size() == 1 && event[0]->op.kind == CONVERGE_OP_UPDATE && event[0]->at.is_known);
  CHECK(!GET(doc.needs_fresh_peer()));
  DO(doc.delete_all("t"));
  DO(doc.check());
  CHECK(status_of([&] { return doc.query("SELECT 1"); }) == CONVERGE_STATUS_INVALID_ARGUMENT);
}

#ifndef CONVERGE_NO_EXCEPTIONS
void changes_are_a_range() {
  converge::Doc doc = new_doc();
  auto changes = doc.subscribe();
  for (int i = 0; i < 3; i++) doc.insert("t", std::to_string(i), {{"n", i}});
  doc.close();
  int seen = 0;
  for (const converge::Next &next : changes) CHECK(next && next.patches[0].cells()[0].value().integer() == seen++);
  CHECK(seen == 3);
}
#endif

void stores_tell() {
  converge::EphemeralOptions options;
  options.peer = "alice";
  auto alice = GET(converge::Ephemeral::create(options));
  auto bob = GET(converge::Ephemeral::create());
  auto changes = GET(bob.subscribe());
  std::uint64_t mark = 0;
  CHECK(GET(alice.set("cursors", "alice", 7)));
  CHECK(GET(bob.merge_bytes(GET(alice.encode_since(mark)))).changed == 1);
  auto entries = GET(bob.get_all("cursors"));
  CHECK(entries.size() == 1 && converge::Value(entries[0]->value).integer() == 7);
  auto next = GET(changes.next(0));
  CHECK(next && next.changes.size() == 1 && GET(changes.next(0)).what == CONVERGE_NEXT_TIMEOUT);
  // A reader whose bound is passed lagged; what waits for it is told by the waker; what is closed says so.
  auto slow = GET(bob.subscribe(1));
  int woken = 0;
  DO(slow.set_waker([&] { woken++; }));
  for (int i = 0; i < 3; i++) DO(bob.set("cursors", "bob", i));
  CHECK(woken > 0 && GET(slow.next(0)).what == CONVERGE_NEXT_LAGGED);
  auto drained = GET(changes.drain());
  CHECK(!drained.lagged && drained.changes.size() == 3);
  DO(slow.set_waker(nullptr));
  DO(slow.close());
  CHECK(GET(slow.next(0)).what == CONVERGE_NEXT_CLOSED);
  CHECK(GET(alice.peer()) == "alice" && GET(bob.size()) == 2 && GET(bob.namespaces()).size() == 1 && GET(bob.ttl_ms()) == 30000);
  std::uint64_t since = 0;
  CHECK(GET(bob.changed_since(since)).size() == 2 && since == GET(bob.mark()));
  CHECK(GET(alice.merge(GET(bob.get_all("cursors")))).size() == 1);
  CHECK(GET(bob.remove_peer("alice")).size() == 1 && GET(bob.get("cursors", "alice")).empty());
  DO(bob.close());
#ifndef CONVERGE_NO_EXCEPTIONS
  int seen = 0;
  for (const converge::EphemeralNext &told : changes) seen += told ? 1 : 0;
  CHECK(seen == 1);
#endif
}

}  // namespace

int main() {
  handles_move_and_free_themselves();
  rows_are_ranges();
  failures_are_errors();
  calls_that_give_nothing_say_why();
  transactions_roll_back();
  values_are_what_they_look_like();
  cells_come_from_anywhere();
  json_and_the_rest();
  replicas_sync();
  histories_are_read();
#ifndef CONVERGE_NO_EXCEPTIONS
  changes_are_a_range();
#endif
  stores_tell();
  return done("objects");
}
