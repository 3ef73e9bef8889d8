#include "attach.h"

#include "clean.h"
#include "display.h"
#include "session.h"
#include "ticket.h"

#include <stdlib.h>
#include <string.h>

/* How long a viewer waits for another operation on the session, a dump for example. */
#define PATIENCE_MS 10000

static int not_running(const char *id, int state, struct error *err) {
  return error_set(err, MOBIDESK_CONFLICT, "session `%s` is %s: it has no display now", id, session_state_name(state));
}

/* An operation of its own, so that nobody connects between QUIESCE and the end of a dump. */
static int connect_display(const char *id, struct error *err) {
  struct session *s;
  if (session_begin_briefly(id, PATIENCE_MS, &s, err) < 0)
    return -1;
  int fd = s->record.state == MOBIDESK_RUNNING ? display_connect(s->record.init_pid, err)
                                               : not_running(id, s->record.state, err);
  session_end(s);
  return fd;
}

static int stream(int viewer, void *data, struct error *err) {
  const char *id = data;
  cleanup_close int driver = connect_display(id, err);
  if (driver < 0)
    return -1;
  session_count_viewer(id, 1);
  display_relay(viewer, driver);
  session_count_viewer(id, -1);
  return 0;
}

int attach_ticket(const char *id, char ticket[MOBIDESK_TICKET_SIZE], struct error *err) {
  struct session_record record;
  if (!session_copy(id, &record))
    return error_set(err, MOBIDESK_NOT_FOUND, "session `%.64s` is not on this server", id);
  if (record.state != MOBIDESK_RUNNING)
    return not_running(id, record.state, err);
  char *name = strdup(record.spec.id);
  if (!name)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory for a viewer");
  if (ticket_issue(stream, name, free, ticket, err) == 0)
    return 0;
  free(name);
  return -1;
}
