/* Runs the conformance vectors through converge.h, each in every mode, and prints one line for each that fails:
 *
 *   vectors FOLDER SCRATCH
 *
 * FOLDER holds the vectors, SCRATCH takes the files of replicas on disk. The last line is `N passed, N failed`. */

#include "vectors.h"

#include <dirent.h>

static const char *const MODE_NAMES[MODES] = {"memory, typed", "memory, json", "memory, binary", "memory, binary by request", "disk, typed", "disk, binary"};

static void ephemeral(struct given *given, struct world *world, struct peer *peer, const char *action, const struct json *step) {
  struct arena arena = {0};
  const struct json *stamp = json_get(step, "timestamp"), *json = json_get(step, "value");
  double number = stamp != NULL ? json_number(stamp) : 0, *timestamp = stamp != NULL ? &number : NULL;
  converge_str ns = {0}, key = {0};
  converge_value value;
  converge_bytes bytes;
  bool stored = false;
  typed_str(json_get(step, "ns"), &ns);
  typed_str(json_get(step, "key"), &key);
  if (strcmp(action, "ephemeral_get_all") == 0 && is_typed(world->mode)) {
    converge_entries entries;
    given->status = converge_ephemeral_get_all(peer->store, ns, &entries, &given->error);
    if (given->status == CONVERGE_STATUS_OK) {
      given->is_something = true;
      write_entries(&given->text, entries.data, entries.len);
      converge_entries_free(&entries);
    }
  } else if (strcmp(action, "ephemeral_get_all") == 0) {
    given->status = converge_ephemeral_get_all_json(peer->store, ns, &bytes, &given->error);
    give_bytes(given, &bytes);
  } else if (strcmp(action, "ephemeral_merge") == 0) {
    converge_str entries = {0};
    typed_str(json_get(step, "entries"), &entries);
    given->status = converge_ephemeral_merge_json(peer->store, entries, &bytes, &given->error);
    give_bytes(given, &bytes);
  } else {
    if (strcmp(action, "ephemeral_remove") == 0)
      given->status = converge_ephemeral_remove(peer->store, ns, key, timestamp, &stored, &given->error);
    else if (world->mode != BY_JSON && json != NULL && typed_value(&arena, json, &value))
      given->status = converge_ephemeral_set(peer->store, ns, key, value, timestamp, &stored, &given->error);
    else given->status = converge_ephemeral_set_json(peer->store, ns, key, raw(json), timestamp, &stored, &given->error);
    if (given->status == CONVERGE_STATUS_OK) {
      given->is_something = true;
      text_put(&given->text, stored ? "{\"stored\":true}" : "{\"stored\":false}");
    }
  }
  arena_free(&arena);
}

static void call(struct given *given, struct world *world, struct peer *peer, const char *action, const struct json *step) {
  converge_commit commit = {0, 0, 0};
  if (strcmp(action, "insert") == 0) {
    insert(given, world, peer, step, &commit);
    give_commit(given, world, peer, commit, false);
  } else if (strcmp(action, "update") == 0) {
    update(given, world, peer, step);
  } else if (strcmp(action, "delete") == 0) {
    delete_row(given, world, peer, step);
  } else if (strcmp(action, "transaction") == 0) {
    transaction(given, world, peer, step);
  } else if (strcmp(action, "sync") == 0) {
    struct peer *from = find(world, json_get(step, "from"));
    if (from == NULL) return;
    if (is_typed(world->mode)) sync_typed(given, from, peer);
    else if (world->mode == BY_JSON) sync_json(given, from, peer);
    else sync_binary(given, world, from, peer);
  } else if (strcmp(action, "deliver") == 0) {
    converge_str runs = {0};
    converge_bytes bytes;
    typed_str(json_get(step, "runs"), &runs);
    given->status = converge_doc_merge_remote_json(peer->doc, runs, &bytes, &given->error);
    give_bytes(given, &bytes);
  } else if (strcmp(action, "state") == 0) {
    state(given, world, peer);
  } else if (strcmp(action, "sync_state") == 0) {
    sync_state(given, world, peer);
  } else if (strcmp(action, "get_pending") == 0) {
    get_pending(given, world, peer, step);
  } else if (strcmp(action, "reopen") == 0) {
    reopen(world, peer);
  } else if (strcmp(action, "insert_as_fresh_peer") == 0) {
    insert_as_fresh_peer(given, world, peer, step);
  } else if (strncmp(action, "ephemeral_", 10) == 0) {
    ephemeral(given, world, peer, action, step);
  } else {
    fail("this runner does not know the step");
  }
}

static void add_bytes(struct text *out, converge_status status, converge_bytes *bytes) {
  text_printf(out, "|%d:", (int)status);
  if (status == CONVERGE_STATUS_OK) {
    text_add(out, (const char *)bytes->data, bytes->len);
    converge_bytes_free(bytes);
  }
}

/* Everything that a refused call must leave as it was. */
static void fingerprint(struct text *out, struct peer *peer) {
  converge_bytes bytes;
  converge_event_ids missing = {0};
  converge_names namespaces = {0};
  uint64_t waiting = 0, entries = 0, size = 0;
  bool needs_fresh_peer = false;
  write_digest(out, peer->doc);
  add_bytes(out, converge_doc_sync_state_json(peer->doc, &bytes, NULL), &bytes);
  converge_doc_waiting_events(peer->doc, &waiting, NULL);
  converge_doc_needs_fresh_peer(peer->doc, &needs_fresh_peer, NULL);
  converge_doc_missing(peer->doc, &missing, NULL);
  text_printf(out, "|%" PRIu64 "|%d|", waiting, needs_fresh_peer);
  write_ids(out, missing.data, missing.len);
  converge_event_ids_free(&missing);
  converge_ephemeral_namespaces(peer->store, &namespaces, NULL);
  for (size_t i = 0; i < namespaces.len; i++) {
    text_json(out, namespaces.data[i].data, namespaces.data[i].len);
    add_bytes(out, converge_ephemeral_get_all_json(peer->store, namespaces.data[i], &bytes, NULL), &bytes);
  }
  converge_names_free(&namespaces);
  converge_ephemeral_size(peer->store, &entries, &size, NULL);
  text_printf(out, "|%" PRIu64 "|%" PRIu64, entries, size);
}

/* Compares what came of a step with what it expects. */
static void compare(struct given *given, const struct json *step, const char *action, const struct text *before, struct peer *peer) {
  const struct json *expected = json_get(step, "expect"), *kind = json_get(step, "error");
  struct text after = {0}, words = {0};
  struct json actual;
  if (given->status != CONVERGE_STATUS_OK) {
    const char *name = converge_status_name(given->status);
    if (kind == NULL || kind->text_len != strlen(name) || memcmp(kind->text, name, kind->text_len) != 0)
      text_printf(&words, "it failed otherwise: %s", converge_error_message(given->error).data);
    if (converge_error_status(given->error) != given->status) text_put(&words, "the error has another status than the call");
    fingerprint(&after, peer);
    if (after.len != before->len || memcmp(after.data, before->data, after.len) != 0) text_put(&words, "it failed, but changed something");
  } else if (kind != NULL) {
    text_printf(&words, "expected the error %.*s, got %.300s", (int)kind->raw_len, kind->raw, given->is_something ? given->text.data : "nothing");
  } else if ((expected != NULL) != given->is_something) {
    text_put(&words, expected != NULL ? "the call gives nothing to expect" : "the step expects nothing");
  } else if (expected != NULL) {
    if (json_parse(given->text.data, given->text.len, &actual)) json_difference(expected, &actual, strncmp(action, "ephemeral", 9) == 0, &words);
    else text_put(&words, "what the call gave is no JSON");
    json_free(&actual);
  }
  if (words.len > 0) fail(words.data);
  text_free(&words);
  text_free(&after);
}

static void take_step(struct world *world, const struct json *step) {
  const struct json *to = json_get(step, "to"), *action = json_get(step, "do");
  struct peer *peer = find(world, to != NULL ? to : json_get(step, "at"));
  struct given given = {0};
  struct text before = {0};
  if (peer == NULL || action == NULL) return;
  fingerprint(&before, peer);
  call(&given, world, peer, action->text, step);
  compare(&given, step, action->text, &before, peer);
  converge_error_free(&given.error);
  if (converge_doc_check(peer->doc, &given.error) != CONVERGE_STATUS_OK) fail(converge_error_message(given.error).data);
  if (converge_ephemeral_check(peer->store, NULL) != CONVERGE_STATUS_OK) fail("an invariant of the store is broken");
  converge_error_free(&given.error);
  text_free(&given.text);
  text_free(&before);
}

static void run(const struct json *vector, enum mode mode, const char *scratch, const char *name) {
  struct world world;
  const struct json *format = json_get(vector, "format"), *peers = json_get(vector, "peers"), *steps = json_get(vector, "steps");
  memset(&world, 0, sizeof world);
  world.mode = mode;
  world.scratch = scratch;
  text_free(&failure);
  if (format == NULL || !json_is_word(format, "1") || peers == NULL || steps == NULL) fail("this runner knows format 1");
  for (size_t i = 0; failure.len == 0 && i < peers->len; i++) open_peer(&world, &peers->items[i]);
  for (size_t i = 0; failure.len == 0 && i < steps->len; i++) {
    take_step(&world, &steps->items[i]);
    if (failure.len > 0) {
      const struct json *action = json_get(&steps->items[i], "do");
      printf("FAILED %s: [%s] step %zu (%s): %s\n", name, MODE_NAMES[mode], i, action != NULL ? action->text : "?", failure.data);
      close_world(&world);
      return;
    }
  }
  close_world(&world);
  if (failure.len > 0) printf("FAILED %s: [%s] %s\n", name, MODE_NAMES[mode], failure.data);
}

static bool run_file(const char *folder, const char *name, const char *scratch) {
  char path[1024];
  struct text content = {0};
  struct json vector;
  bool passed = true;
  char buffer[65536];
  size_t got;
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "rb");
  if (file == NULL) return false;
  while ((got = fread(buffer, 1, sizeof buffer, file)) > 0) text_add(&content, buffer, got);
  fclose(file);
  text_add(&content, "", 0);
  if (!json_parse(content.data, content.len, &vector)) passed = false;
  for (int mode = 0; passed && mode < MODES; mode++) {
#ifdef CONVERGE_WITHOUT_FILES
    if (on_disk((enum mode)mode)) continue;
#endif
    run(&vector, (enum mode)mode, scratch, name);
    passed = failure.len == 0;
  }
  json_free(&vector);
  text_free(&content);
  text_free(&failure);
  return passed;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

int main(int argc, char **argv) {
  char *names[4096];
  size_t len = 0, passed = 0, failed = 0;
  DIR *folder = argc == 3 ? opendir(argv[1]) : NULL;
  if (folder == NULL) {
    fprintf(stderr, "vectors FOLDER SCRATCH\n");
    return 2;
  }
  for (struct dirent *entry; (entry = readdir(folder)) != NULL && len < sizeof names / sizeof *names;) {
    size_t n = strlen(entry->d_name);
    if (n < 6 || strcmp(entry->d_name + n - 5, ".json") != 0) continue;
    names[len] = malloc(n + 1);
    memcpy(names[len++], entry->d_name, n + 1);
  }
  closedir(folder);
  qsort(names, len, sizeof *names, by_name);
  for (size_t i = 0; i < len; i++) {
    if (run_file(argv[1], names[i], argv[2])) passed++;
    else failed++;
    free(names[i]);
  }
  printf("%zu passed, %zu failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
