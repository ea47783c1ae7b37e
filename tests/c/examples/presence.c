/* Presence over a socket pair: one process moves its cursor, the other sees it. Each message goes behind its length. */
#define _POSIX_C_SOURCE 200809L
#include <converge.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void ok(converge_status status, converge_error *error) {
  if (status == CONVERGE_STATUS_OK) return;
  fprintf(stderr, "%s\n", converge_error_message(error).data);
  exit(1);
}

static converge_ephemeral open_store(const char *peer) {
  converge_error *error = NULL;
  converge_ephemeral store;
  converge_ephemeral_options options = {0};
  options.size = sizeof options;
  options.peer = converge_str_of(peer);
  ok(converge_ephemeral_new(&options, &store, &error), error);
  return store;
}

static int read_all(int socket, void *data, size_t len) {
  for (size_t done = 0; done < len;) {
    ssize_t got = read(socket, (char *)data + done, len - done);
    if (got <= 0) return 0;
    done += (size_t)got;
  }
  return 1;
}

static void write_all(int socket, const void *data, size_t len) {
  for (size_t done = 0; done < len;) {
    ssize_t put = write(socket, (const char *)data + done, len - done);
    if (put <= 0) exit(1);
    done += (size_t)put;
  }
}

/* Alice moves, and sends what changed since she last sent. */
static void alice(int socket) {
  converge_error *error = NULL;
  converge_ephemeral store = open_store("alice");
  uint64_t mark = 0;
  for (int x = 1; x <= 3; x++) {
    converge_bytes message;
    ok(converge_ephemeral_set(store, converge_str_of("cursors"), converge_str_of("alice"), converge_int(x * 10), NULL, NULL, &error), error);
    ok(converge_ephemeral_encode_since(store, &mark, &message, &error), error);
    uint32_t len = (uint32_t)message.len;
    write_all(socket, &len, sizeof len);
    write_all(socket, message.data, message.len);
    converge_bytes_free(&message);
  }
  converge_ephemeral_free(store);
  close(socket);
}

/* Bob takes in what comes, and looks. */
static void bob(int socket) {
  converge_error *error = NULL;
  converge_ephemeral store = open_store("bob");
  uint32_t len;
  while (read_all(socket, &len, sizeof len)) {
    uint8_t *message = malloc(len);
    converge_entries entries;
    if (message == NULL || !read_all(socket, message, len)) exit(1);
    ok(converge_ephemeral_merge_bytes(store, message, len, NULL, &error), error);
    free(message);
    ok(converge_ephemeral_get_all(store, converge_str_of("cursors"), &entries, &error), error);
    for (size_t i = 0; i < entries.len; i++)
      printf("%.*s is at %lld\n", (int)entries.data[i].key.len, entries.data[i].key.data, (long long)entries.data[i].value.as.integer);
    converge_entries_free(&entries);
  }
  converge_ephemeral_free(store);
}

int main(void) {
  int sockets[2], status = 1;
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0) return 1;
  pid_t child = fork();
  if (child == 0) {
    close(sockets[1]);
    alice(sockets[0]);
    return 0;
  }
  close(sockets[0]);
  bob(sockets[1]);
  waitpid(child, &status, 0);
  return status == 0 ? 0 : 1;
}
