/**
 * converge in C++17: header-only RAII over converge.h, without logic of its own.
 *
 * Handles are move-only objects that free themselves; text goes in as `std::string_view`; scans and lists are ranges. A failure is thrown as
 * `converge::Error`, unless `CONVERGE_NO_EXCEPTIONS` is defined or exceptions are off: then every fallible call returns a
 * `converge::Result<T>`, which is to be asked before it is used. Files of both kinds may be linked into one program. What a function does,
 * needs and gives is said in converge.h, under the function of its name. What has no function here has one there: `handle()` is the handle
 * in C, and `c()` of a list, value or cell what it is in C.
 *
 * Views (`Row`, `Cell`, `Value` of a list, …) live as long as the list that they come from; `Value::str()` and its like point into it. A
 * list that nobody keeps gives none: `doc.row("t", "1")[0]` does not compile. Arguments are views, too, for the time of the call.
 */
#ifndef CONVERGE_HPP
#define CONVERGE_HPP

#include "converge.h"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#if !defined(CONVERGE_NO_EXCEPTIONS) && !defined(__cpp_exceptions)
#define CONVERGE_NO_EXCEPTIONS
#endif

namespace converge {

/* What is compiled in one way has other names for the linker than what is compiled in the other. */
#ifdef CONVERGE_NO_EXCEPTIONS
inline namespace results {
#else
inline namespace exceptions {
#endif

/** Text as an argument. */
inline converge_str str(std::string_view text) noexcept { return converge_str{text.data(), text.size()}; }

/** Text of a list or an error, which lives as long as that. */
inline std::string_view view(converge_str text) noexcept { return text.len == 0 ? std::string_view() : std::string_view(text.data, text.len); }

/** What went wrong: a status, a message, and details. */
class [[nodiscard]] Error : public std::exception {
 public:
  Error(converge_status status, converge_error *error) : status_(status), error_(error, Free()) {}

  /** One of the `CONVERGE_STATUS_…` numbers. */
  converge_status status() const noexcept { return status_; }
  /** Its name, such as `row_exists`. */
  const char *name() const noexcept { return converge_status_name(status_); }
  /** What and where, for people. */
  const char *what() const noexcept override {
    const char *message = converge_error_message(error_.get()).data;
    return error_ ? message : name();
  }

  /** The event that it is about. The text lives as long as the error. */
  std::optional<std::pair<std::string_view, std::uint64_t>> event_id() const noexcept {
    converge_str peer{};
    std::uint64_t counter = 0;
    if (!converge_error_event_id(error_.get(), &peer, &counter)) return std::nullopt;
    return std::make_pair(view(peer), counter);
  }
  /** The peer that it is about. The text lives as long as the error. */
  std::optional<std::string_view> peer() const noexcept {
    converge_str peer{};
    if (!converge_error_peer(error_.get(), &peer)) return std::nullopt;
    return view(peer);
  }
  /** The bound that was passed. */
  std::optional<std::uint64_t> limit() const noexcept {
    std::uint64_t limit = 0;
    if (!converge_error_limit(error_.get(), &limit)) return std::nullopt;
    return limit;
  }
  /** Where in the input it lies, in bytes. */
  std::optional<std::uint64_t> offset() const noexcept {
    std::uint64_t offset = 0;
    if (!converge_error_offset(error_.get(), &offset)) return std::nullopt;
    return offset;
  }
  /** The file, or the place inside a JSON text. The text lives as long as the error. */
  std::optional<std::string_view> path() const noexcept {
    converge_str path{};
    if (!converge_error_path(error_.get(), &path)) return std::nullopt;
    return view(path);
  }

 private:
  struct Free {
    void operator()(converge_error *error) const noexcept { converge_error_free(&error); }
  };
  converge_status status_;
  std::shared_ptr<converge_error> error_;
};

#ifdef CONVERGE_NO_EXCEPTIONS

/** What a call gave, or why it failed. */
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Error error) : error_(std::move(error)) {}
  explicit operator bool() const noexcept { return value_.has_value(); }
  bool ok() const noexcept { return value_.has_value(); }
  /** Only where it is ok. */
  T &operator*() { return *value_; }
  T *operator->() { return &*value_; }
  T &value() { return *value_; }
  /** Only where it is not ok. */
  const Error &error() const noexcept { return *error_; }

 private:
  std::optional<T> value_;
  std::optional<Error> error_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}
  explicit operator bool() const noexcept { return !error_; }
  bool ok() const noexcept { return !error_; }
  const Error &error() const noexcept { return *error_; }

 private:
  std::optional<Error> error_;
};

#else

/** What a call gives; a failure is thrown. */
template <typename T>
using Result = T;

#endif

namespace detail {

/* Ends a call that gives `value`. The call is made before: arguments are evaluated in any order, and it writes `error`. */
template <typename T>
Result<T> finish(converge_status status, converge_error *error, T &&value) {
  if (status == CONVERGE_STATUS_OK) return Result<T>(std::forward<T>(value));
#ifdef CONVERGE_NO_EXCEPTIONS
  return Error(status, error);
#else
  throw Error(status, error);
#endif
}

inline Result<void> finish(converge_status status, converge_error *error) {
  if (status == CONVERGE_STATUS_OK) return Result<void>();
#ifdef CONVERGE_NO_EXCEPTIONS
  return Error(status, error);
#else
  throw Error(status, error);
#endif
}

/* Makes a call that gives nothing. */
template <typename Call>
Result<void> act(Call call) {
  converge_error *error = nullptr;
  converge_status status = call(&error);
  return finish(status, error);
}

/* Makes a call that writes one thing in C, and gives a `T` of it. */
template <typename T, typename C = T, typename Call>
Result<T> give(Call call) {
  converge_error *error = nullptr;
  C c{};
  converge_status status = call(&c, &error);
  return finish(status, error, T(std::move(c)));
}

/* As `give`, where the call also says whether there is something, or more. */
template <typename T, typename C, typename Call>
Result<T> give_flagged(Call call) {
  converge_error *error = nullptr;
  C c{};
  bool flag = false;
  converge_status status = call(&c, &flag, &error);
  return finish(status, error, T(c, flag));
}

/* A handle that frees itself. */
template <typename Handle, converge_status (*FREE)(Handle)>
class Owned {
 public:
  Owned() noexcept : handle_{0} {}
  explicit Owned(Handle handle) noexcept : handle_(handle) {}
  Owned(Owned &&other) noexcept : handle_(std::exchange(other.handle_, Handle{0})) {}
  Owned &operator=(Owned &&other) noexcept {
    if (this != &other) {
      FREE(handle_);
      handle_ = std::exchange(other.handle_, Handle{0});
    }
    return *this;
  }
  Owned(const Owned &) = delete;
  Owned &operator=(const Owned &) = delete;
  ~Owned() { FREE(handle_); }

  /** The C handle, which this object keeps. */
  Handle handle() const noexcept { return handle_; }

 private:
  Handle handle_;
};

/* A list that frees itself, as a range of views. */
template <typename CList, void (*FREE)(CList *), typename View>
class List {
 public:
  List() noexcept : list_{} {}
  explicit List(CList list) noexcept : list_(list) {}
  List(List &&other) noexcept : list_(std::exchange(other.list_, CList{})) {}
  List &operator=(List &&other) noexcept {
    if (this != &other) {
      FREE(&list_);
      list_ = std::exchange(other.list_, CList{});
    }
    return *this;
  }
  List(const List &) = delete;
  List &operator=(const List &) = delete;
  ~List() { FREE(&list_); }

  std::size_t size() const noexcept { return list_.len; }
  bool empty() const noexcept { return list_.len == 0; }
  View operator[](std::size_t index) const & noexcept { return View(list_.data[index]); }
  View operator[](std::size_t index) const && = delete;
  const CList &c() const noexcept { return list_; }

  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = View;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = View;
    iterator(const List *list, std::size_t at) noexcept : list_(list), at_(at) {}
    View operator*() const noexcept { return (*list_)[at_]; }
    iterator &operator++() noexcept {
      ++at_;
      return *this;
    }
    iterator operator++(int) noexcept { return iterator(list_, at_++); }
    bool operator==(const iterator &other) const noexcept { return at_ == other.at_; }
    bool operator!=(const iterator &other) const noexcept { return at_ != other.at_; }

   private:
    const List *list_;
    std::size_t at_;
  };
  iterator begin() const noexcept { return iterator(this, 0); }
  iterator end() const noexcept { return iterator(this, list_.len); }

 private:
  CList list_;
};

/* An array inside a list, as a range of views. */
template <typename C, typename View>
class Span {
 public:
  Span(const C *data, std::size_t len) noexcept : data_(data), len_(len) {}
  std::size_t size() const noexcept { return len_; }
  bool empty() const noexcept { return len_ == 0; }
  View operator[](std::size_t index) const noexcept { return View(data_[index]); }

  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = View;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = View;
    explicit iterator(const C *at) noexcept : at_(at) {}
    View operator*() const noexcept { return View(*at_); }
    iterator &operator++() noexcept {
      ++at_;
      return *this;
    }
    iterator operator++(int) noexcept { return iterator(at_++); }
    bool operator==(const iterator &other) const noexcept { return at_ == other.at_; }
    bool operator!=(const iterator &other) const noexcept { return at_ != other.at_; }

   private:
    const C *at_;
  };
  iterator begin() const noexcept { return iterator(data_); }
  iterator end() const noexcept { return iterator(data_ + len_); }

 private:
  const C *data_;
  std::size_t len_;
};

}  // namespace detail

/** A value, as an argument or inside a list: a view, which owns no text. */
class Value {
 public:
  Value() noexcept : value_(converge_null()) {}
  Value(std::nullptr_t) noexcept : value_(converge_null()) {}
  /** A Bool of a `bool` alone, not of pointers; an Int of any other integer. One above 2^63 - 1 is none: the call refuses it. */
  template <typename T, std::enable_if_t<std::is_integral_v<T> || (std::is_enum_v<T> && std::is_convertible_v<T, long long>), int> = 0>
  Value(T number) noexcept : value_(converge_null()) {
    if constexpr (std::is_same_v<T, bool>) {
      value_ = converge_bool(number);
    } else {
      value_ = converge_int(static_cast<std::int64_t>(number));
      if (number > 0 && value_.as.integer < 0) value_.kind = -1;
    }
  }
  template <typename T, std::enable_if_t<std::is_floating_point_v<T>, int> = 0>
  Value(T real) noexcept : value_(converge_float(static_cast<double>(real))) {}
  Value(const char *text) noexcept : Value(view(converge_str_of(text))) {}
  Value(const std::string &text) noexcept : Value(std::string_view(text)) {}
  Value(std::string_view text) noexcept : value_(converge_null()) {
    value_.kind = CONVERGE_KIND_STR;
    value_.as.text = converge::str(text);
  }
  explicit Value(converge_value value) noexcept : value_(value) {}
  static Value bytes(const void *data, std::size_t len) noexcept { return Value(converge_blob(data, len)); }

  /** One of the `CONVERGE_KIND_…` numbers. */
  std::int32_t kind() const noexcept { return value_.kind; }
  bool is_null() const noexcept { return value_.kind == CONVERGE_KIND_NULL; }
  /** Of that kind, or nothing. */
  std::optional<bool> boolean() const noexcept { return kind() == CONVERGE_KIND_BOOL ? std::optional<bool>(value_.as.boolean != 0) : std::nullopt; }
  std::optional<std::int64_t> integer() const noexcept {
    return kind() == CONVERGE_KIND_INT ? std::optional<std::int64_t>(value_.as.integer) : std::nullopt;
  }
  std::optional<double> real() const noexcept { return kind() == CONVERGE_KIND_FLOAT ? std::optional<double>(value_.as.real) : std::nullopt; }
  std::optional<std::string_view> str() const noexcept {
    return kind() == CONVERGE_KIND_STR ? std::optional<std::string_view>(view(value_.as.text)) : std::nullopt;
  }
  std::optional<std::pair<const std::uint8_t *, std::size_t>> bytes() const noexcept {
    if (kind() != CONVERGE_KIND_BYTES) return std::nullopt;
    return std::make_pair(value_.as.bytes.data, value_.as.bytes.len);
  }
  const converge_value &c() const noexcept { return value_; }

 private:
  converge_value value_;
};

/** A value of its own, as a read gives it. */
class OwnedValue {
 public:
  explicit OwnedValue(converge_value value) noexcept : value_(value) {}
  OwnedValue(OwnedValue &&other) noexcept : value_(std::exchange(other.value_, converge_null())) {}
  OwnedValue &operator=(OwnedValue &&other) noexcept {
    if (this != &other) {
      converge_value_free(&value_);
      value_ = std::exchange(other.value_, converge_null());
    }
    return *this;
  }
  OwnedValue(const OwnedValue &) = delete;
  OwnedValue &operator=(const OwnedValue &) = delete;
  ~OwnedValue() { converge_value_free(&value_); }
  /** A view of it, which lives as long as it does. */
  Value view() const & noexcept { return Value(value_); }
  Value view() const && = delete;
  Value operator*() const & noexcept { return view(); }
  Value operator*() const && = delete;

 private:
  converge_value value_;
};

/** Bytes or text of its own. */
class Bytes {
 public:
  Bytes() noexcept : bytes_{} {}
  explicit Bytes(converge_bytes bytes) noexcept : bytes_(bytes) {}
  Bytes(Bytes &&other) noexcept : bytes_(std::exchange(other.bytes_, converge_bytes{})) {}
  Bytes &operator=(Bytes &&other) noexcept {
    if (this != &other) {
      converge_bytes_free(&bytes_);
      bytes_ = std::exchange(other.bytes_, converge_bytes{});
    }
    return *this;
  }
  Bytes(const Bytes &) = delete;
  Bytes &operator=(const Bytes &) = delete;
  ~Bytes() { converge_bytes_free(&bytes_); }
  const std::uint8_t *data() const noexcept { return bytes_.data; }
  std::size_t size() const noexcept { return bytes_.len; }
  bool empty() const noexcept { return bytes_.len == 0; }
  std::string_view text() const & noexcept { return converge::view(converge_str_of_bytes(bytes_)); }
  std::string_view text() const && = delete;
  std::string string() const { return std::string(text()); }

 private:
  converge_bytes bytes_;
};

/** A column and a value, as an argument or inside a list. */
class Cell {
 public:
  Cell(std::string_view col, Value value) noexcept : cell_{converge::str(col), value.c()} {}
  explicit Cell(const converge_cell &cell) noexcept : cell_(cell) {}
  std::string_view col() const noexcept { return view(cell_.col); }
  Value value() const noexcept { return Value(cell_.value); }
  const converge_cell &c() const noexcept { return cell_; }

 private:
  converge_cell cell_;
};

using Cells = detail::Span<converge_cell, Cell>;

/** Cells as an argument: a braced list, any container of cells, those of a row, or a pointer and a number. It points to their texts. */
class CellList {
 public:
  CellList() = default;
  CellList(std::initializer_list<Cell> cells) { add(cells); }
  CellList(const Cell *cells, std::size_t len) {
    for (std::size_t i = 0; i < len; i++) list_.push_back(cells[i].c());
  }
  template <typename List, std::enable_if_t<std::is_convertible_v<decltype(*std::declval<const List &>().begin()), Cell>, int> = 0>
  CellList(const List &cells) {
    add(cells);
  }
  const converge_cell *data() const noexcept { return list_.data(); }
  std::size_t size() const noexcept { return list_.size(); }

 private:
  template <typename List>
  void add(const List &cells) {
    for (const Cell &cell : cells) list_.push_back(cell.c());
  }
  std::vector<converge_cell> list_;
};

/** A row of a list. */
class Row {
 public:
  explicit Row(const converge_row &row) noexcept : row_(row) {}
  std::string_view id() const noexcept { return view(row_.id); }
  Cells cells() const noexcept { return Cells(row_.cells, row_.cells_len); }
  /** The value of a column, if the row has it. */
  std::optional<Value> get(std::string_view col) const noexcept {
    for (Cell cell : cells())
      if (cell.col() == col) return cell.value();
    return std::nullopt;
  }

 private:
  converge_row row_;
};

/** A name of a list. */
class Name {
 public:
  explicit Name(const converge_str &name) noexcept : name_(name) {}
  std::string_view view() const noexcept { return converge::view(name_); }
  operator std::string_view() const noexcept { return view(); }

 private:
  converge_str name_;
};

/** A patch of a list. */
class Patch {
 public:
  explicit Patch(const converge_patch &patch) noexcept : patch_(patch) {}
  /** One of the `CONVERGE_PATCH_…` numbers. */
  std::int32_t kind() const noexcept { return patch_.kind; }
  std::string_view tbl() const noexcept { return view(patch_.tbl); }
  std::string_view row_id() const noexcept { return view(patch_.row_id); }
  std::string_view col() const noexcept { return view(patch_.col); }
  Value value() const noexcept { return Value(patch_.value); }
  Cells cells() const noexcept { return Cells(patch_.cells, patch_.cells_len); }
  /** The other peer that is behind it, if one is. */
  std::optional<std::string_view> peer() const noexcept { return patch_.is_remote ? std::optional<std::string_view>(view(patch_.peer)) : std::nullopt; }

 private:
  converge_patch patch_;
};

/** Ids, versions, events, runs, entries and changes are read as in C. */
template <typename C>
class Plain {
 public:
  explicit Plain(const C &plain) noexcept : plain_(&plain) {}
  const C *operator->() const noexcept { return plain_; }
  const C &operator*() const noexcept { return *plain_; }

 private:
  const C *plain_;
};

using Rows = detail::List<converge_rows, converge_rows_free, Row>;
using Names = detail::List<converge_names, converge_names_free, Name>;
using Patches = detail::List<converge_patches, converge_patches_free, Patch>;
using EventIds = detail::List<converge_event_ids, converge_event_ids_free, Plain<converge_event_id>>;
using EventRanges = detail::List<converge_event_ranges, converge_event_ranges_free, Plain<converge_event_range>>;
using Events = detail::List<converge_events, converge_events_free, Plain<converge_event>>;
using Runs = detail::List<converge_runs, converge_runs_free, Plain<converge_run>>;
using Entries = detail::List<converge_entries, converge_entries_free, Plain<converge_entry>>;
using ChangeList = detail::List<converge_change_list, converge_change_list_free, Plain<converge_change>>;
using SalvagedRows = detail::List<converge_salvaged_rows, converge_salvaged_rows_free, Plain<converge_salvaged_row>>;
using EphemeralChangeList = detail::List<converge_ephemeral_change_list, converge_ephemeral_change_list_free, Plain<converge_ephemeral_change>>;

/** What a merge did. */
struct MergeResult {
  Patches patches;
  std::uint64_t applied = 0, duplicates = 0, pending = 0, rejected = 0;
  bool fresh_peer = false;
};

/** A page of a history, and whether there is more. */
struct Update {
  Update(converge_bytes update, bool more) noexcept : bytes(update), has_more(more) {}
  Bytes bytes;
  bool has_more;
};

/** A page of a history in plain data, and whether there is more. */
struct Pending {
  Pending(converge_runs page, bool more) noexcept : runs(page), has_more(more) {}
  Runs runs;
  bool has_more;
};

/** A page of the log, where the next one begins, and whether there is one. */
struct LogPage {
  Events events;
  EventIds next;
  bool has_more;
};

/** All changes that were queued, or that the reader lagged and they are lost. */
template <typename Changes>
struct Drained {
  template <typename C>
  Drained(C list, bool has_lagged) noexcept : changes(list), lagged(has_lagged) {}
  Changes changes;
  bool lagged;
};

/** JSON text, if there is what was asked for. */
struct FoundText {
  FoundText(converge_bytes json, bool has) : found(has), text(Bytes(json).string()) {}
  explicit operator bool() const noexcept { return found; }
  bool found;
  std::string text;
};

/** What is left of a damaged file. */
struct Salvage {
  SalvagedRows rows;
  Runs events;
  Names problems;
};

/** How far a replica is. */
struct SyncState {
  EventIds versions, frontier;
};

/** What a reader of changes was told: one of the `CONVERGE_NEXT_…` numbers, and the patches of a change. */
struct Next {
  std::int32_t what = CONVERGE_NEXT_TIMEOUT;
  Patches patches;
  explicit operator bool() const noexcept { return what == CONVERGE_NEXT_CHANGE; }
};

/** What a reader of an ephemeral store was told: one of the `CONVERGE_NEXT_…` numbers, and the change. */
struct EphemeralNext {
  std::int32_t what = CONVERGE_NEXT_TIMEOUT;
  EphemeralChangeList changes;
  explicit operator bool() const noexcept { return what == CONVERGE_NEXT_CHANGE; }
};

/** What opening a file came to: `fresh_peer` is one of the `CONVERGE_FRESH_PEER_…` numbers. */
struct OpenReport {
  bool created = false;
  std::int32_t fresh_peer = CONVERGE_FRESH_PEER_NONE;
  std::string rebuilt;
};

/** What a query found. */
class QueryRows {
 public:
  explicit QueryRows(converge_query_rows rows) noexcept : rows_(rows) {}
  QueryRows(QueryRows &&other) noexcept : rows_(std::exchange(other.rows_, converge_query_rows{})) {}
  QueryRows &operator=(QueryRows &&other) noexcept {
    if (this != &other) {
      converge_query_rows_free(&rows_);
      rows_ = std::exchange(other.rows_, converge_query_rows{});
    }
    return *this;
  }
  QueryRows(const QueryRows &) = delete;
  QueryRows &operator=(const QueryRows &) = delete;
  ~QueryRows() { converge_query_rows_free(&rows_); }
  /** The number of rows, and of columns. */
  std::size_t size() const noexcept { return rows_.rows_len; }
  std::size_t columns() const noexcept { return rows_.columns_len; }
  std::string_view column(std::size_t index) const & noexcept { return converge::view(rows_.columns[index]); }
  std::string_view column(std::size_t index) const && = delete;
  Value at(std::size_t row, std::size_t column) const & noexcept { return Value(rows_.data[row * rows_.columns_len + column]); }
  Value at(std::size_t row, std::size_t column) const && = delete;

 private:
  converge_query_rows rows_;
};

/** How a document is made or opened; what is not set is the default. */
struct OpenOptions {
  std::string peer, document, mark_folder;
  bool wall_clock = false, read_only = false, must_exist = false;
  std::uint8_t durability = CONVERGE_DURABILITY_FULL;
  std::uint64_t waiting_events = 0, waiting_bytes = 0;

  /** The same in C, which points into this. */
  converge_open_options c() const noexcept {
    converge_open_options options{};
    options.size = sizeof options;
    options.wall_clock = wall_clock ? 1 : 0;
    options.read_only = read_only ? 1 : 0;
    options.must_exist = must_exist ? 1 : 0;
    options.durability = durability;
    options.peer = str(peer);
    options.document = str(document);
    options.waiting_events = waiting_events;
    options.waiting_bytes = waiting_bytes;
    options.mark_folder = str(mark_folder);
    return options;
  }
};

/** Which rows a scan gives; what is not set is no condition. It points to its texts. */
struct ScanRange {
  std::string_view prefix, after;
  std::optional<std::string_view> from, from_after, to, to_before;

  /** The same in C. */
  converge_scan_range c() const noexcept {
    converge_scan_range range{};
    range.size = sizeof range;
    range.prefix = str(prefix);
    range.after = str(after);
    if (from) range.from_bound = CONVERGE_BOUND_INCLUDED, range.from = str(*from);
    if (from_after) range.from_bound = CONVERGE_BOUND_EXCLUDED, range.from = str(*from_after);
    if (to) range.to_bound = CONVERGE_BOUND_INCLUDED, range.to = str(*to);
    if (to_before) range.to_bound = CONVERGE_BOUND_EXCLUDED, range.to = str(*to_before);
    return range;
  }
};

namespace detail {

inline MergeResult merge_result(converge_merge_result &result) noexcept {
  return MergeResult{Patches(result.patches), result.applied, result.duplicates, result.pending, result.rejected, result.fresh_peer};
}

/* What a waker calls: the function that was given, which must not throw. */
inline void wake(void *context) { (*static_cast<std::function<void()> *>(context))(); }
inline void release(void *context) { delete static_cast<std::function<void()> *>(context); }

template <typename Handle>
Result<void> set_waker(Handle handle, converge_status (*set)(Handle, converge_callback, void *, converge_callback, converge_error **),
                       std::function<void()> wake) {
  converge_error *error = nullptr;
  auto context = wake ? std::make_unique<std::function<void()>>(std::move(wake)) : nullptr;
  converge_status status = set(handle, context ? detail::wake : nullptr, context.get(), detail::release, &error);
  if (status == CONVERGE_STATUS_OK) context.release();
  return finish(status, error);
}

#ifndef CONVERGE_NO_EXCEPTIONS
/* Waits for each thing that a reader is told, and ends when nothing comes any more. */
template <typename Reader, typename Next>
class Told {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = Next;
  using difference_type = std::ptrdiff_t;
  using pointer = const Next *;
  using reference = const Next &;
  Told() = default;
  explicit Told(Reader *reader) : reader_(reader) { fetch(); }
  const Next &operator*() const noexcept { return next_; }
  const Next *operator->() const noexcept { return &next_; }
  Told &operator++() {
    fetch();
    return *this;
  }
  bool operator==(const Told &other) const noexcept { return (reader_ == nullptr) == (other.reader_ == nullptr); }
  bool operator!=(const Told &other) const noexcept { return !(*this == other); }

 private:
  void fetch() {
    next_ = reader_->next();
    if (next_.what == CONVERGE_NEXT_CLOSED) reader_ = nullptr;
  }
  Reader *reader_ = nullptr;
  Next next_;
};
#endif

}  // namespace detail

/** A transaction in progress; without a commit it is rolled back. */
class Transaction : public detail::Owned<converge_transaction, converge_transaction_free> {
 public:
  using Owned::Owned;

  Result<void> insert(std::string_view tbl, std::string_view row_id, const CellList &cells) {
    converge_error *error = nullptr;
    converge_status status = converge_transaction_insert(handle(), str(tbl), str(row_id), cells.data(), cells.size(), &error);
    return detail::finish(status, error);
  }
  Result<void> upsert(std::string_view tbl, std::string_view row_id, const CellList &cells) {
    converge_error *error = nullptr;
    converge_status status = converge_transaction_upsert(handle(), str(tbl), str(row_id), cells.data(), cells.size(), &error);
    return detail::finish(status, error);
  }
  Result<void> update(std::string_view tbl, std::string_view row_id, std::string_view col, Value value) {
    converge_error *error = nullptr;
    converge_status status = converge_transaction_update(handle(), str(tbl), str(row_id), str(col), value.c(), &error);
    return detail::finish(status, error);
  }
  Result<void> remove(std::string_view tbl, std::string_view row_id) {
    converge_error *error = nullptr;
    converge_status status = converge_transaction_delete(handle(), str(tbl), str(row_id), &error);
    return detail::finish(status, error);
  }
  Result<std::optional<OwnedValue>> get(std::string_view tbl, std::string_view row_id, std::string_view col) const {
    converge_error *error = nullptr;
    converge_value value = converge_null();
    bool found = false;
    converge_status status = converge_transaction_get(handle(), str(tbl), str(row_id), str(col), &value, &found, &error);
    return detail::finish(status, error, found ? std::optional<OwnedValue>(OwnedValue(value)) : std::optional<OwnedValue>());
  }
  Result<Rows> row(std::string_view tbl, std::string_view row_id) const {
    converge_error *error = nullptr;
    converge_rows rows{};
    converge_status status = converge_transaction_row(handle(), str(tbl), str(row_id), &rows, &error);
    return detail::finish(status, error, Rows(rows));
  }
  Result<std::string> new_row_id() const {
    converge_error *error = nullptr;
    converge_bytes text{};
    converge_status status = converge_transaction_new_row_id(handle(), &text, &error);
    return detail::finish(status, error, Bytes(text).string());
  }
  Result<void> update_columns(std::string_view tbl, std::string_view row_id, const CellList &cells) {
    return detail::act([&](auto error) {
      return converge_transaction_update_columns(handle(), str(tbl), str(row_id), cells.data(), cells.size(), error);
    });
  }
  Result<bool> contains(std::string_view tbl, std::string_view row_id) const {
    return detail::give<bool>([&](auto out, auto error) { return converge_transaction_contains(handle(), str(tbl), str(row_id), out, error); });
  }
  Result<std::uint64_t> count(std::string_view tbl) const {
    return detail::give<std::uint64_t>([&](auto out, auto error) { return converge_transaction_count(handle(), str(tbl), out, error); });
  }
  Result<Rows> scan(std::string_view tbl, std::size_t limit, const ScanRange &range = {}) const {
    converge_scan_range c = range.c();
    return detail::give<Rows, converge_rows>(
        [&](auto out, auto error) { return converge_transaction_scan(handle(), str(tbl), &c, limit, out, error); });
  }
  Result<converge_commit> commit() {
    converge_error *error = nullptr;
    converge_commit commit{};
    converge_status status = converge_transaction_commit(handle(), &commit, &error);
    return detail::finish(status, error, std::move(commit));
  }
  Result<void> rollback() {
    converge_error *error = nullptr;
    converge_status status = converge_transaction_rollback(handle(), &error);
    return detail::finish(status, error);
  }
};

/** The rows of a table in the order of their ids, page by page. */
class Scan : public detail::Owned<converge_scan, converge_scan_free> {
 public:
  using Owned::Owned;

  /** The next rows, at most `limit`; none when there is no more. */
  Result<Rows> next(std::size_t limit = 256) {
    converge_error *error = nullptr;
    converge_rows rows{};
    converge_status status = converge_scan_next(handle(), limit, &rows, &error);
    return detail::finish(status, error, Rows(rows));
  }

#ifndef CONVERGE_NO_EXCEPTIONS
  /** `for (Row row : scan)`, once; a row lives until the next one is asked for. */
  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Row;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = Row;
    iterator() = default;
    explicit iterator(Scan *scan) : scan_(scan) { fetch(); }
    Row operator*() const noexcept { return page_[at_]; }
    iterator &operator++() {
      if (++at_ == page_.size()) fetch();
      return *this;
    }
    bool operator==(const iterator &other) const noexcept { return (scan_ == nullptr) == (other.scan_ == nullptr); }
    bool operator!=(const iterator &other) const noexcept { return !(*this == other); }

   private:
    void fetch() {
      page_ = scan_->next();
      at_ = 0;
      if (page_.empty()) scan_ = nullptr;
    }
    Scan *scan_ = nullptr;
    Rows page_;
    std::size_t at_ = 0;
  };
  iterator begin() { return iterator(this); }
  iterator end() { return iterator(); }
#endif
};

/** A reader of a document's changes. */
class Changes : public detail::Owned<converge_changes, converge_changes_free> {
 public:
  using Owned::Owned;

  /** The next thing to tell; it waits for `timeout_ms`, 0 for not at all, less than 0 for ever. */
  Result<Next> next(std::int64_t timeout_ms = -1) {
    converge_error *error = nullptr;
    Next next;
    converge_patches patches{};
    converge_status status = converge_changes_next(handle(), timeout_ms, &next.what, &patches, &error);
    next.patches = Patches(patches);
    return detail::finish(status, error, std::move(next));
  }
  /** Calls `wake`, which must not throw, when there is something to read; an empty function for nothing. */
  Result<void> set_waker(std::function<void()> wake) { return detail::set_waker(handle(), converge_changes_set_waker, std::move(wake)); }
  /** All changes that are queued, without waiting. */
  Result<Drained<ChangeList>> drain() {
    return detail::give_flagged<Drained<ChangeList>, converge_change_list>(
        [&](auto list, auto lagged, auto error) { return converge_changes_drain(handle(), list, lagged, error); });
  }
  Result<void> close() {
    return detail::act([&](auto error) { return converge_changes_close(handle(), error); });
  }

#ifndef CONVERGE_NO_EXCEPTIONS
  /** `for (const Next &next : changes)`: waits for each, a change or that the reader lagged, and ends when nothing comes any more. */
  using iterator = detail::Told<Changes, Next>;
  iterator begin() { return iterator(this); }
  iterator end() { return iterator(); }
#endif
};

/** A document: tables of rows, and every write that made them. */
class Doc : public detail::Owned<converge_doc, converge_doc_free> {
 public:
  using Owned::Owned;

  /** A new, empty document in memory. */
  static Result<Doc> create(const OpenOptions &options = {}) {
    converge_error *error = nullptr;
    converge_open_options c = options.c();
    converge_doc doc{0};
    converge_status status = converge_doc_new(&c, &doc, &error);
    return detail::finish(status, error, Doc(doc));
  }
  /** A document in a file. */
  static Result<Doc> open(std::string_view path, const OpenOptions &options = {}) {
    converge_error *error = nullptr;
    converge_open_options c = options.c();
    converge_doc doc{0};
    converge_status status = converge_doc_open(str(path), &c, &doc, &error);
    return detail::finish(status, error, Doc(doc));
  }
  /** A document in memory of what `encode_replica` gave. */
  static Result<Doc> decode(const Bytes &bytes, const OpenOptions &options = {}) {
    converge_error *error = nullptr;
    converge_open_options c = options.c();
    converge_doc doc{0};
    converge_status status = converge_doc_decode(bytes.data(), bytes.size(), &c, &doc, &error);
    return detail::finish(status, error, Doc(doc));
  }
  Result<void> close() {
    converge_error *error = nullptr;
    converge_status status = converge_doc_close(handle(), &error);
    return detail::finish(status, error);
  }
  Result<std::string> peer() const { return text(converge_doc_peer); }
  Result<std::string> document_id() const { return text(converge_doc_document_id); }
  Result<std::string> new_row_id() const { return text(converge_doc_new_row_id); }
  Result<std::string> rows_json() const { return text(converge_doc_rows_json); }
  Result<std::string> sync_state_json() const { return text(converge_doc_sync_state_json); }

  Result<converge_commit> insert(std::string_view tbl, std::string_view row_id, const CellList &cells) {
    converge_error *error = nullptr;
    converge_commit commit{};
    converge_status status = converge_doc_insert(handle(), str(tbl), str(row_id), cells.data(), cells.size(), &commit, &error);
    return detail::finish(status, error, std::move(commit));
  }
  Result<converge_commit> upsert(std::string_view tbl, std::string_view row_id, const CellList &cells) {
    converge_error *error = nullptr;
    converge_commit commit{};
    converge_status status = converge_doc_upsert(handle(), str(tbl), str(row_id), cells.data(), cells.size(), &commit, &error);
    return detail::finish(status, error, std::move(commit));
  }
  Result<converge_commit> update(std::string_view tbl, std::string_view row_id, std::string_view col, Value value) {
    converge_error *error = nullptr;
    converge_commit commit{};
    converge_status status = converge_doc_update(handle(), str(tbl), str(row_id), str(col), value.c(), &commit, &error);
    return detail::finish(status, error, std::move(commit));
  }
  Result<converge_commit> update_columns(std::string_view tbl, std::string_view row_id, const CellList &cells) {
    converge_error *error = nullptr;
    converge_commit commit{};
    converge_status status = converge_doc_update_columns(handle(), str(tbl), str(row_id), cells.data(), cells.size(), &commit, &error);
    return detail::finish(status, error, std::move(commit));
  }
  Result<converge_commit> remove(std::string_view tbl, std::string_view row_id) {
    converge_error *error = nullptr;
    converge_commit commit{};
    converge_status status = converge_doc_delete(handle(), str(tbl), str(row_id), &commit, &error);
    return detail::finish(status, error, std::move(commit));
  }
  /** Many rows of one table; each is its id and its cells. */
  Result<converge_commit> insert_many(std::string_view tbl, const std::vector<std::pair<std::string_view, std::vector<Cell>>> &rows) {
    converge_error *error = nullptr;
    std::vector<std::vector<converge_cell>> cells;
    std::vector<converge_row> list;
    cells.reserve(rows.size());
    list.reserve(rows.size());
    for (const auto &row : rows) {
      cells.emplace_back();
      for (const Cell &cell : row.second) cells.back().push_back(cell.c());
      list.push_back(converge_row{str(row.first), cells.back().data(), cells.back().size()});
    }
    converge_commit commit{};
    converge_status status = converge_doc_insert_many(handle(), str(tbl), list.data(), list.size(), &commit, &error);
    return detail::finish(status, error, std::move(commit));
  }
  Result<converge_commit> delete_all(std::string_view tbl) {
    converge_error *error = nullptr;
    converge_commit commit{};
    converge_status status = converge_doc_delete_all(handle(), str(tbl), &commit, &error);
    return detail::finish(status, error, std::move(commit));
  }
  Result<converge_commit> apply_json(std::string_view ops, std::optional<std::int64_t> at = std::nullopt) {
    converge_error *error = nullptr;
    converge_commit commit{};
    converge_status status = converge_doc_apply_json(handle(), str(ops), at ? &*at : nullptr, &commit, &error);
    return detail::finish(status, error, std::move(commit));
  }
  Result<Transaction> begin(std::optional<std::int64_t> at = std::nullopt) {
    converge_error *error = nullptr;
    converge_transaction transaction{0};
    converge_status status = converge_doc_begin(handle(), at ? &*at : nullptr, &transaction, &error);
    return detail::finish(status, error, Transaction(transaction));
  }

  Result<std::optional<OwnedValue>> get(std::string_view tbl, std::string_view row_id, std::string_view col) const {
    converge_error *error = nullptr;
    converge_value value = converge_null();
    bool found = false;
    converge_status status = converge_doc_get(handle(), str(tbl), str(row_id), str(col), &value, &found, &error);
    return detail::finish(status, error, found ? std::optional<OwnedValue>(OwnedValue(value)) : std::optional<OwnedValue>());
  }
  /** A list of one row, or of none if it does not show. */
  Result<Rows> row(std::string_view tbl, std::string_view row_id) const {
    converge_error *error = nullptr;
    converge_rows rows{};
    converge_status status = converge_doc_row(handle(), str(tbl), str(row_id), &rows, &error);
    return detail::finish(status, error, Rows(rows));
  }
  Result<bool> contains(std::string_view tbl, std::string_view row_id) const {
    converge_error *error = nullptr;
    bool contains = false;
    converge_status status = converge_doc_contains(handle(), str(tbl), str(row_id), &contains, &error);
    return detail::finish(status, error, std::move(contains));
  }
  Result<std::uint64_t> count(std::string_view tbl) const {
    converge_error *error = nullptr;
    std::uint64_t rows = 0;
    converge_status status = converge_doc_count(handle(), str(tbl), &rows, &error);
    return detail::finish(status, error, std::move(rows));
  }
  Result<Names> tables() const {
    converge_error *error = nullptr;
    converge_names names{};
    converge_status status = converge_doc_tables(handle(), &names, &error);
    return detail::finish(status, error, Names(names));
  }
  Result<Names> columns(std::string_view tbl) const {
    converge_error *error = nullptr;
    converge_names names{};
    converge_status status = converge_doc_columns(handle(), str(tbl), &names, &error);
    return detail::finish(status, error, Names(names));
  }
  /** One page of a table. */
  Result<Rows> scan(std::string_view tbl, std::size_t limit, const ScanRange &range = {}) const {
    converge_error *error = nullptr;
    converge_scan_range c = range.c();
    converge_rows rows{};
    converge_status status = converge_doc_scan(handle(), str(tbl), &c, limit, &rows, &error);
    return detail::finish(status, error, Rows(rows));
  }
  /** All rows of a table, page by page. */
  Result<Scan> rows(std::string_view tbl, const ScanRange &range = {}) const {
    converge_error *error = nullptr;
    converge_scan_range c = range.c();
    converge_scan scan{0};
    converge_status status = converge_doc_rows(handle(), str(tbl), &c, &scan, &error);
    return detail::finish(status, error, Scan(scan));
  }
  /** Cells of any rows of one table, as one transaction. */
  Result<converge_commit> update_many(std::string_view tbl, const std::vector<converge_update> &updates) {
    return detail::give<converge_commit>(
        [&](auto out, auto error) { return converge_doc_update_many(handle(), str(tbl), updates.data(), updates.size(), out, error); });
  }
  /** Operations in C, as one transaction. */
  Result<converge_commit> apply(const std::vector<converge_op> &ops, std::optional<std::int64_t> at = std::nullopt) {
    return detail::give<converge_commit>(
        [&](auto out, auto error) { return converge_doc_apply(handle(), ops.data(), ops.size(), at ? &*at : nullptr, out, error); });
  }
  Result<converge_commit> insert_json(std::string_view tbl, std::string_view row_id, std::string_view cells) {
    return detail::give<converge_commit>(
        [&](auto out, auto error) { return converge_doc_insert_json(handle(), str(tbl), str(row_id), str(cells), out, error); });
  }
  Result<converge_commit> upsert_json(std::string_view tbl, std::string_view row_id, std::string_view cells) {
    return detail::give<converge_commit>(
        [&](auto out, auto error) { return converge_doc_upsert_json(handle(), str(tbl), str(row_id), str(cells), out, error); });
  }
  Result<converge_commit> update_columns_json(std::string_view tbl, std::string_view row_id, std::string_view cells) {
    return detail::give<converge_commit>(
        [&](auto out, auto error) { return converge_doc_update_columns_json(handle(), str(tbl), str(row_id), str(cells), out, error); });
  }
  Result<converge_commit> update_json(std::string_view tbl, std::string_view row_id, std::string_view col, std::string_view value) {
    return detail::give<converge_commit>(
        [&](auto out, auto error) { return converge_doc_update_json(handle(), str(tbl), str(row_id), str(col), str(value), out, error); });
  }
  Result<FoundText> get_json(std::string_view tbl, std::string_view row_id, std::string_view col) const {
    return detail::give_flagged<FoundText, converge_bytes>([&](auto out, auto found, auto error) {
      return converge_doc_get_json(handle(), str(tbl), str(row_id), str(col), out, found, error);
    });
  }
  Result<FoundText> row_json(std::string_view tbl, std::string_view row_id) const {
    return detail::give_flagged<FoundText, converge_bytes>(
        [&](auto out, auto found, auto error) { return converge_doc_row_json(handle(), str(tbl), str(row_id), out, found, error); });
  }
  Result<std::string> scan_json(std::string_view tbl, std::size_t limit, const ScanRange &range = {}) const {
    converge_scan_range c = range.c();
    return text([&](auto, auto out, auto error) { return converge_doc_scan_json(handle(), str(tbl), &c, limit, out, error); });
  }
  /** A reader of all changes from now on. */
  Result<Changes> subscribe(std::size_t patches_max = CONVERGE_CHANGES_MAX) const { return subscribe_to(nullptr, patches_max); }
  /** A reader of the changes of these rows, each a table and a row id. */
  Result<Changes> subscribe_rows(const std::vector<std::pair<std::string_view, std::string_view>> &rows,
                                 std::size_t patches_max = CONVERGE_CHANGES_MAX) const {
    std::vector<converge_row_name> names;
    for (const auto &row : rows) names.push_back(converge_row_name{str(row.first), str(row.second)});
    converge_change_filter filter{};
    filter.size = sizeof filter;
    filter.rows = names.data();
    filter.rows_len = names.size();
    return subscribe_to(&filter, patches_max);
  }
  /** A reader of the changes of these tables. */
  Result<Changes> subscribe(std::initializer_list<std::string_view> tables, std::size_t patches_max = CONVERGE_CHANGES_MAX) const {
    std::vector<converge_str> names;
    for (std::string_view table : tables) names.push_back(str(table));
    converge_change_filter filter{};
    filter.size = sizeof filter;
    filter.tables = names.data();
    filter.tables_len = names.size();
    return subscribe_to(&filter, patches_max);
  }

  Result<Bytes> encode_request() const { return bytes(converge_doc_encode_request); }
  Result<Bytes> encode_replica() const { return bytes(converge_doc_encode_replica); }
  Result<Update> encode_pending(const Bytes &request) const {
    converge_error *error = nullptr;
    converge_bytes update{};
    bool has_more = false;
    converge_status status = converge_doc_encode_pending(handle(), request.data(), request.size(), nullptr, &update, &has_more, &error);
    return detail::finish(status, error, Update(update, has_more));
  }
  Result<Update> encode_update(const EventIds &known = {}) const {
    return detail::give_flagged<Update, converge_bytes>([&](auto out, auto more, auto error) {
      return converge_doc_encode_update(handle(), known.c().data, known.size(), nullptr, out, more, error);
    });
  }
  /** A merge whose result has no patches. */
  Result<MergeResult> merge_update_quiet(const Bytes &update) {
    converge_error *error = nullptr;
    converge_merge_result result{};
    converge_status status = converge_doc_merge_update_quiet(handle(), update.data(), update.size(), &result, &error);
    return detail::finish(status, error, detail::merge_result(result));
  }
  Result<std::string> merge_update_json(const Bytes &update) {
    return text([&](auto, auto out, auto error) { return converge_doc_merge_update_json(handle(), update.data(), update.size(), out, error); });
  }
  Result<std::string> merge_remote_json(std::string_view runs) {
    return text([&](auto, auto out, auto error) { return converge_doc_merge_remote_json(handle(), str(runs), out, error); });
  }
  Result<EventIds> missing() const { return ids(converge_doc_missing); }
  Result<EventIds> frontier() const { return ids(converge_doc_frontier); }
  Result<std::uint64_t> waiting_events() const {
    return detail::give<std::uint64_t>([&](auto out, auto error) { return converge_doc_waiting_events(handle(), out, error); });
  }
  Result<std::uint64_t> drop_waiting() {
    return detail::give<std::uint64_t>([&](auto out, auto error) { return converge_doc_drop_waiting(handle(), out, error); });
  }
  Result<MergeResult> merge_update(const Bytes &update) { return merge_update(update.data(), update.size()); }
  Result<MergeResult> merge_update(const std::uint8_t *data, std::size_t len) {
    converge_error *error = nullptr;
    converge_merge_result result{};
    converge_status status = converge_doc_merge_update(handle(), data, len, &result, &error);
    return detail::finish(status, error, detail::merge_result(result));
  }
  Result<SyncState> sync_state() const {
    converge_error *error = nullptr;
    converge_event_ids versions{}, frontier{};
    converge_status status = converge_doc_sync_state(handle(), &versions, &frontier, &error);
    return detail::finish(status, error, SyncState{EventIds(versions), EventIds(frontier)});
  }
  Result<Pending> get_pending(const EventIds &known) const {
    converge_error *error = nullptr;
    converge_runs runs{};
    bool has_more = false;
    converge_status status = converge_doc_get_pending(handle(), known.c().data, known.size(), nullptr, &runs, &has_more, &error);
    return detail::finish(status, error, Pending(runs, has_more));
  }
  Result<MergeResult> merge_remote(const Runs &runs) {
    converge_error *error = nullptr;
    converge_merge_result result{};
    converge_status status = converge_doc_merge_remote(handle(), runs.c().data, runs.size(), &result, &error);
    return detail::finish(status, error, detail::merge_result(result));
  }
  Result<converge_digest> digest() const {
    converge_error *error = nullptr;
    converge_digest digest{};
    converge_status status = converge_doc_digest(handle(), &digest, &error);
    return detail::finish(status, error, std::move(digest));
  }

  /** A page of the log after what `since` knows. */
  Result<LogPage> log(const EventIds &since, std::size_t limit) const {
    converge_error *error = nullptr;
    converge_events events{};
    converge_event_ids next{};
    bool has_more = false;
    converge_status status = converge_doc_log(handle(), since.c().data, since.size(), limit, &events, &next, &has_more, &error);
    return detail::finish(status, error, LogPage{Events(events), EventIds(next), has_more});
  }
  /** One of the `CONVERGE_RELATION_…` numbers. */
  Result<std::int32_t> compare(const EventIds &a, const EventIds &b) const {
    return detail::give<std::int32_t>(
        [&](auto out, auto error) { return converge_doc_compare(handle(), a.c().data, a.size(), b.c().data, b.size(), out, error); });
  }
  Result<EventIds> common_ancestors(const EventIds &a, const EventIds &b) const {
    return detail::give<EventIds, converge_event_ids>(
        [&](auto out, auto error) { return converge_doc_common_ancestors(handle(), a.c().data, a.size(), b.c().data, b.size(), out, error); });
  }
  Result<EventRanges> events_between(const EventIds &from, const EventIds &to) const {
    return detail::give<EventRanges, converge_event_ranges>([&](auto out, auto error) {
      return converge_doc_events_between(handle(), from.c().data, from.size(), to.c().data, to.size(), out, error);
    });
  }
  /** An applied event: a list of one, or of none. */
  Result<Events> event(std::string_view peer, std::uint64_t counter) const {
    converge_error *error = nullptr;
    converge_events events{};
    converge_status status = converge_doc_event(handle(), str(peer), counter, &events, &error);
    return detail::finish(status, error, Events(events));
  }
  Result<Events> row_history(std::string_view tbl, std::string_view row_id) const {
    converge_error *error = nullptr;
    converge_events events{};
    converge_status status = converge_doc_row_history(handle(), str(tbl), str(row_id), &events, &error);
    return detail::finish(status, error, Events(events));
  }
  Result<Events> cell_history(std::string_view tbl, std::string_view row_id, std::string_view col) const {
    converge_error *error = nullptr;
    converge_events events{};
    converge_status status = converge_doc_cell_history(handle(), str(tbl), str(row_id), str(col), &events, &error);
    return detail::finish(status, error, Events(events));
  }
  Result<Rows> row_as_of(std::string_view tbl, std::string_view row_id, const EventIds &version) const {
    converge_error *error = nullptr;
    converge_rows rows{};
    converge_status status = converge_doc_row_as_of(handle(), str(tbl), str(row_id), version.c().data, version.size(), &rows, &error);
    return detail::finish(status, error, Rows(rows));
  }
  Result<Rows> table_as_of(std::string_view tbl, const EventIds &version) const {
    converge_error *error = nullptr;
    converge_rows rows{};
    converge_status status = converge_doc_table_as_of(handle(), str(tbl), version.c().data, version.size(), &rows, &error);
    return detail::finish(status, error, Rows(rows));
  }
  Result<MergeResult> fork(std::uint64_t from) {
    converge_error *error = nullptr;
    converge_merge_result result{};
    converge_status status = converge_doc_fork(handle(), from, &result, &error);
    return detail::finish(status, error, detail::merge_result(result));
  }
  Result<bool> needs_fresh_peer() const {
    converge_error *error = nullptr;
    bool needs = false;
    converge_status status = converge_doc_needs_fresh_peer(handle(), &needs, &error);
    return detail::finish(status, error, std::move(needs));
  }
  Result<std::uint64_t> events() const {
    converge_error *error = nullptr;
    std::uint64_t events = 0;
    converge_status status = converge_doc_events(handle(), &events, &error);
    return detail::finish(status, error, std::move(events));
  }
  Result<EventIds> versions() const {
    converge_error *error = nullptr;
    converge_event_ids versions{};
    converge_status status = converge_doc_versions(handle(), &versions, &error);
    return detail::finish(status, error, EventIds(versions));
  }
  Result<Bytes> encode_state() const { return bytes(converge_doc_encode_state); }
  Result<void> check() const {
    converge_error *error = nullptr;
    converge_status status = converge_doc_check(handle(), &error);
    return detail::finish(status, error);
  }

  // For documents in files.
  static Result<Salvage> salvage(std::string_view path) {
    converge_error *error = nullptr;
    converge_salvaged_rows rows{};
    converge_runs events{};
    converge_names problems{};
    converge_status status = converge_salvage(str(path), &rows, &events, &problems, &error);
    return detail::finish(status, error, Salvage{SalvagedRows(rows), Runs(events), Names(problems)});
  }
  Result<std::string> path() const { return text(converge_doc_path); }
  Result<bool> is_read_only() const {
    return detail::give<bool>([&](auto out, auto error) { return converge_doc_is_read_only(handle(), out, error); });
  }
  Result<void> flush() {
    converge_error *error = nullptr;
    converge_status status = converge_doc_flush(handle(), &error);
    return detail::finish(status, error);
  }
  Result<void> suspend() {
    converge_error *error = nullptr;
    converge_status status = converge_doc_suspend(handle(), &error);
    return detail::finish(status, error);
  }
  Result<void> resume() {
    converge_error *error = nullptr;
    converge_status status = converge_doc_resume(handle(), &error);
    return detail::finish(status, error);
  }
  Result<void> compact() {
    converge_error *error = nullptr;
    converge_status status = converge_doc_compact(handle(), &error);
    return detail::finish(status, error);
  }
  Result<void> rebuild() {
    converge_error *error = nullptr;
    converge_status status = converge_doc_rebuild(handle(), &error);
    return detail::finish(status, error);
  }
  Result<void> backup(std::string_view to) const {
    converge_error *error = nullptr;
    converge_status status = converge_doc_backup(handle(), str(to), &error);
    return detail::finish(status, error);
  }
  Result<Names> verify() const {
    converge_error *error = nullptr;
    converge_names problems{};
    converge_status status = converge_doc_verify(handle(), &problems, &error);
    return detail::finish(status, error, Names(problems));
  }
  Result<converge_store_stats> stats() const {
    converge_error *error = nullptr;
    converge_store_stats stats{};
    converge_status status = converge_doc_stats(handle(), &stats, &error);
    return detail::finish(status, error, std::move(stats));
  }
  Result<OpenReport> opened() const {
    converge_error *error = nullptr;
    converge_open_report report{};
    converge_status status = converge_doc_opened(handle(), &report, &error);
    return detail::finish(status, error, OpenReport{report.created, report.fresh_peer, Bytes(report.rebuilt).string()});
  }
  Result<QueryRows> query(std::string_view sql, std::initializer_list<Value> parameters = {}) const {
    converge_error *error = nullptr;
    std::vector<converge_value> list;
    for (const Value &parameter : parameters) list.push_back(parameter.c());
    converge_query_rows rows{};
    converge_status status = converge_doc_query(handle(), str(sql), list.data(), list.size(), nullptr, &rows, &error);
    return detail::finish(status, error, QueryRows(rows));
  }
  Result<void> create_index(std::string_view tbl, std::initializer_list<std::string_view> columns) {
    converge_error *error = nullptr;
    std::vector<converge_str> names;
    for (std::string_view column : columns) names.push_back(str(column));
    converge_status status = converge_doc_create_index(handle(), str(tbl), names.data(), names.size(), &error);
    return detail::finish(status, error);
  }

 private:
  using Give = converge_status (*)(converge_doc, converge_bytes *, converge_error **);
  Result<Bytes> bytes(Give give) const {
    converge_error *error = nullptr;
    converge_bytes bytes{};
    converge_status status = give(handle(), &bytes, &error);
    return detail::finish(status, error, Bytes(bytes));
  }
  template <typename Call>
  Result<std::string> text(Call call) const {
    converge_error *error = nullptr;
    converge_bytes text{};
    converge_status status = call(handle(), &text, &error);
    return detail::finish(status, error, Bytes(text).string());
  }
  Result<EventIds> ids(converge_status (*call)(converge_doc, converge_event_ids *, converge_error **)) const {
    return detail::give<EventIds, converge_event_ids>([&](auto out, auto error) { return call(handle(), out, error); });
  }
  Result<Changes> subscribe_to(const converge_change_filter *filter, std::size_t patches_max) const {
    converge_error *error = nullptr;
    converge_changes changes{0};
    converge_status status = converge_doc_subscribe(handle(), filter, patches_max, &changes, &error);
    return detail::finish(status, error, Changes(changes));
  }
};

/** How an ephemeral store is made; what is not set is the default. */
struct EphemeralOptions {
  std::string peer;
  std::int32_t clock = CONVERGE_CLOCK_SYSTEM;
  std::uint64_t ttl_ms = 0, entries_max = 0, bytes_max = 0;
};

/** A reader of an ephemeral store's changes. */
class EphemeralChanges : public detail::Owned<converge_ephemeral_changes, converge_ephemeral_changes_free> {
 public:
  using Owned::Owned;

  /** The next thing to tell; it waits as `Changes::next`. */
  Result<EphemeralNext> next(std::int64_t timeout_ms = -1) {
    converge_error *error = nullptr;
    EphemeralNext next;
    converge_ephemeral_change_list list{};
    converge_status status = converge_ephemeral_changes_next(handle(), timeout_ms, &next.what, &list, &error);
    next.changes = EphemeralChangeList(list);
    return detail::finish(status, error, std::move(next));
  }
  /** As `Changes::set_waker`. */
  Result<void> set_waker(std::function<void()> wake) {
    return detail::set_waker(handle(), converge_ephemeral_changes_set_waker, std::move(wake));
  }
  /** All changes that are queued, without waiting. */
  Result<Drained<EphemeralChangeList>> drain() {
    return detail::give_flagged<Drained<EphemeralChangeList>, converge_ephemeral_change_list>(
        [&](auto list, auto lagged, auto error) { return converge_ephemeral_changes_drain(handle(), list, lagged, error); });
  }
  Result<void> close() {
    return detail::act([&](auto error) { return converge_ephemeral_changes_close(handle(), error); });
  }

#ifndef CONVERGE_NO_EXCEPTIONS
  /** `for (const EphemeralNext &next : changes)`, as of `Changes`. */
  using iterator = detail::Told<EphemeralChanges, EphemeralNext>;
  iterator begin() { return iterator(this); }
  iterator end() { return iterator(); }
#endif
};

/** Presence: registers that age, end by themselves and are never on disk. */
class Ephemeral : public detail::Owned<converge_ephemeral, converge_ephemeral_free> {
 public:
  using Owned::Owned;

  static Result<Ephemeral> create(const EphemeralOptions &options = {}) {
    converge_error *error = nullptr;
    converge_ephemeral_options c{};
    c.size = sizeof c;
    c.clock = options.clock;
    c.peer = str(options.peer);
    c.ttl_ms = options.ttl_ms;
    c.entries_max = options.entries_max;
    c.bytes_max = options.bytes_max;
    converge_ephemeral store{0};
    converge_status status = converge_ephemeral_new(&c, &store, &error);
    return detail::finish(status, error, Ephemeral(store));
  }
  Result<void> close() {
    converge_error *error = nullptr;
    converge_status status = converge_ephemeral_close(handle(), &error);
    return detail::finish(status, error);
  }
  /** Whether it was stored. */
  Result<bool> set(std::string_view ns, std::string_view key, Value value, std::optional<double> timestamp = std::nullopt) {
    converge_error *error = nullptr;
    bool stored = false;
    converge_status status = converge_ephemeral_set(handle(), str(ns), str(key), value.c(), timestamp ? &*timestamp : nullptr, &stored, &error);
    return detail::finish(status, error, std::move(stored));
  }
  Result<bool> remove(std::string_view ns, std::string_view key, std::optional<double> timestamp = std::nullopt) {
    converge_error *error = nullptr;
    bool stored = false;
    converge_status status = converge_ephemeral_remove(handle(), str(ns), str(key), timestamp ? &*timestamp : nullptr, &stored, &error);
    return detail::finish(status, error, std::move(stored));
  }
  Result<Entries> get(std::string_view ns, std::string_view key) const {
    converge_error *error = nullptr;
    converge_entries entries{};
    converge_status status = converge_ephemeral_get(handle(), str(ns), str(key), &entries, &error);
    return detail::finish(status, error, Entries(entries));
  }
  Result<Entries> get_all(std::string_view ns) const {
    converge_error *error = nullptr;
    converge_entries entries{};
    converge_status status = converge_ephemeral_get_all(handle(), str(ns), &entries, &error);
    return detail::finish(status, error, Entries(entries));
  }
  Result<Entries> expire() {
    converge_error *error = nullptr;
    converge_entries entries{};
    converge_status status = converge_ephemeral_expire(handle(), &entries, &error);
    return detail::finish(status, error, Entries(entries));
  }
  Result<std::string> peer() const {
    converge_error *error = nullptr;
    converge_bytes peer{};
    converge_status status = converge_ephemeral_peer(handle(), &peer, &error);
    return detail::finish(status, error, Bytes(peer).string());
  }
  /** In milliseconds, or `CONVERGE_TTL_NONE`. */
  Result<std::uint64_t> ttl_ms() const {
    return detail::give<std::uint64_t>([&](auto out, auto error) { return converge_ephemeral_ttl_ms(handle(), out, error); });
  }
  /** The number of entries. */
  Result<std::uint64_t> size() const {
    return detail::give<std::uint64_t>([&](auto out, auto error) { return converge_ephemeral_size(handle(), out, nullptr, error); });
  }
  Result<std::uint64_t> mark() const {
    return detail::give<std::uint64_t>([&](auto out, auto error) { return converge_ephemeral_mark(handle(), out, error); });
  }
  Result<Names> namespaces() const {
    return detail::give<Names, converge_names>([&](auto out, auto error) { return converge_ephemeral_namespaces(handle(), out, error); });
  }
  Result<Entries> changed_since(std::uint64_t &mark) const {
    return detail::give<Entries, converge_entries>(
        [&](auto out, auto error) { return converge_ephemeral_changed_since(handle(), &mark, out, error); });
  }
  Result<Entries> remove_peer(std::string_view peer) {
    return detail::give<Entries, converge_entries>(
        [&](auto out, auto error) { return converge_ephemeral_remove_peer(handle(), str(peer), out, error); });
  }
  /** Takes in entries; gives those that were stored. */
  Result<Entries> merge(const Entries &entries) {
    return detail::give<Entries, converge_entries>([&](auto out, auto error) {
      return converge_ephemeral_merge(handle(), entries.c().data, entries.size(), out, nullptr, error);
    });
  }
  Result<void> advance(std::uint64_t ms) {
    return detail::act([&](auto error) { return converge_ephemeral_advance(handle(), ms, error); });
  }
  Result<void> set_wall(std::int64_t ms) {
    return detail::act([&](auto error) { return converge_ephemeral_set_wall(handle(), ms, error); });
  }
  Result<Bytes> encode_all() const {
    converge_error *error = nullptr;
    converge_bytes message{};
    converge_status status = converge_ephemeral_encode_all(handle(), &message, &error);
    return detail::finish(status, error, Bytes(message));
  }
  /** What changed after `mark`, which begins with 0 and becomes the one to ask with next time. */
  Result<Bytes> encode_since(std::uint64_t &mark) const {
    converge_error *error = nullptr;
    converge_bytes message{};
    converge_status status = converge_ephemeral_encode_since(handle(), &mark, &message, &error);
    return detail::finish(status, error, Bytes(message));
  }
  Result<converge_ephemeral_counts> merge_bytes(const std::uint8_t *data, std::size_t len) {
    converge_error *error = nullptr;
    converge_ephemeral_counts counts{};
    converge_status status = converge_ephemeral_merge_bytes(handle(), data, len, &counts, &error);
    return detail::finish(status, error, std::move(counts));
  }
  Result<converge_ephemeral_counts> merge_bytes(const Bytes &message) { return merge_bytes(message.data(), message.size()); }
  Result<EphemeralChanges> subscribe(std::size_t limit = CONVERGE_CHANGES_MAX) const {
    converge_error *error = nullptr;
    converge_ephemeral_changes changes{0};
    converge_status status = converge_ephemeral_subscribe(handle(), limit, &changes, &error);
    return detail::finish(status, error, EphemeralChanges(changes));
  }
};

}  // inline namespace
}  // namespace converge

#endif  // CONVERGE_HPP
