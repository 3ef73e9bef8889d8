/*
 * Inside of libmobidesk: one request and its reply, and the reading of reply members.
 */
#ifndef MOBIDESK_CLIENT_H
#define MOBIDESK_CLIENT_H

#include <jansson.h>
#include <mobidesk.h>
#include <stdbool.h>

struct mobidesk {
  int fd;
  bool events; /* turned into an event stream: takes no further calls */
};

/* Fills `err` and returns -1. */
int client_fail(mobidesk_error *err, int code, int number, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Sends `request` (the reference is consumed; NULL means no memory) and waits for the reply. `*ok` is its content, a
 * new reference; NULL when the caller does not need it. */
int client_call(mobidesk *m, json_t *request, json_t **ok, mobidesk_error *err);

/* Members of replies. Absent integers are 0; a string that does not fit its field is an error. */
uint64_t client_integer(const json_t *o, const char *name);
int client_string(const json_t *o, const char *name, char *out, size_t size, mobidesk_error *err);

/* A request object for an operation on one session; NULL without memory. */
json_t *client_request(const char *op, const char *id);
json_t *client_epoch_request(const char *op, const char *id, uint64_t epoch);

/* Puts the members of a session specification into a request; optional ones that are NULL or 0 are left out. */
int client_put_spec(json_t *request, const mobidesk_session_spec *spec, mobidesk_error *err);

/* Calls an operation whose reply is a ticket. */
int client_ticket(mobidesk *m, json_t *request, char ticket[MOBIDESK_TICKET_SIZE], mobidesk_error *err);

/* Calls an operation whose reply is a count of bytes. */
int client_bytes(mobidesk *m, json_t *request, uint64_t *bytes, mobidesk_error *err);

#endif
