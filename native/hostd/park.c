#include "park.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>

#include "clean.h"
#include "network_address6.h"

/* Largest packet; an IPv6 header does not count in the length that it tells. */
#define PACKET_MAX (65535 + sizeof(struct ip6_hdr))
/* Packets read before the lock is offered to others, and before a release looks at its queue again. */
#define BATCH 256
/* A release gives up on finding the queue empty after this time, when packets come faster than they can be replayed (a
 * flood; TCP waits for its acknowledgements), and flips with the rest to follow: some reordering then, rather than a
 * hold without end. Other sessions' calls wait meanwhile, and the device's queue keeps their packets. */
#define DRAIN_LIMIT_US 500000
#define BUCKETS 256

struct packet {
  STAILQ_ENTRY(packet) next;
  uint32_t length;
  uint8_t data[];
};

struct held {
  struct held *next;
  in_addr_t session;
  bool expired;
  uint64_t since_us;
  uint64_t deadline_us;
  STAILQ_HEAD(packet_queue, packet) queue;
  size_t packets; /* in the queue */
  size_t bytes;
  mobidesk_hold_stats stats;
};

struct park {
  struct park_config config;
  pthread_mutex_t lock;
  pthread_t thread;
  bool started;
  int tun;
  int wake; /* eventfd: a new deadline, or the end */
  bool ending;
  size_t packets; /* of all sessions */
  size_t bytes;
  struct held *held[BUCKETS];
  uint8_t buffer[PACKET_MAX];
};

static uint64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* The place in its list of the session's record, or of the end of that list. */
static struct held **find(struct park *p, in_addr_t session) {
  struct held **at = &p->held[ntohl(session) % BUCKETS];
  while (*at && (*at)->session != session)
    at = &(*at)->next;
  return at;
}

static void drop_queue(struct park *p, struct held *h) {
  struct packet *packet;
  while ((packet = STAILQ_FIRST(&h->queue))) {
    STAILQ_REMOVE_HEAD(&h->queue, next);
    free(packet);
  }
  h->stats.dropped += h->packets;
  p->packets -= h->packets;
  p->bytes -= h->bytes;
  h->packets = h->bytes = 0;
}

static void remove_held(struct park *p, struct held **at) {
  struct held *h = *at;
  drop_queue(p, h);
  *at = h->next;
  free(h);
}

static void wake(struct park *p) {
  if (eventfd_write(p->wake, 1) < 0)
    abort(); /* the counter of a blocking eventfd cannot fail on a valid descriptor */
}

/* ---- packets -------------------------------------------------------------------------------------------------------
 */

/* The packet was forwarded once, into the device, and will be once more: gives back the hop that this costs, so that a
 * peer sees the same time to live as ever. The checksum follows RFC 1624. */
static void give_back_hop(uint8_t *data) {
  struct iphdr *ip = (struct iphdr *)data;
  struct ip6_hdr *ip6 = (struct ip6_hdr *)data;
  if (ip->version == 6) {
    ip6->ip6_hlim += ip6->ip6_hlim != UINT8_MAX;
    return;
  }
  if (ip->ttl == UINT8_MAX)
    return;
  ip->ttl++;
  uint32_t sum = (uint16_t)~ntohs(ip->check) + 0x0100u;
  ip->check = htons((uint16_t)~((sum & 0xffff) + (sum >> 16)));
}

static void enqueue(struct park *p, struct held *h, size_t length) {
  const struct park_config *c = &p->config;
  struct packet *packet = NULL;
  if (!h->expired && h->packets < c->session_packets && h->bytes + length <= c->session_bytes &&
      p->packets < c->total_packets && p->bytes + length <= c->total_bytes)
    packet = malloc(sizeof *packet + length);
  if (!packet) {
    h->stats.dropped++;
    return;
  }
  packet->length = (uint32_t)length;
  memcpy(packet->data, p->buffer, length);
  STAILQ_INSERT_TAIL(&h->queue, packet, next);
  h->packets++;
  h->bytes += length;
  p->packets++;
  p->bytes += length;
}

/* The session address that the packet in the buffer is for; 0: none. */
static in_addr_t destination(const struct park *p, size_t length) {
  const struct iphdr *ip = (const struct iphdr *)p->buffer;
  const struct ip6_hdr *ip6 = (const struct ip6_hdr *)p->buffer;
  if (length >= sizeof *ip && ip->version == 4)
    return ip->daddr;
  if (length < sizeof *ip6 || ip->version != 6)
    return 0;
  return network6_session_of(&p->config.session_network6, &ip6->ip6_dst);
}

/* Reads at most BATCH packets into their queues; those of sessions that are not held (they were on their way when the
 * route flipped) are forwarded at once. Returns how many were read. */
static unsigned read_batch(struct park *p) {
  for (unsigned n = 0; n < BATCH; n++) {
    ssize_t length = read(p->tun, p->buffer, sizeof p->buffer);
    if (length < 0)
      return n;
    in_addr_t session = destination(p, (size_t)length);
    if (!session)
      continue;
    struct held *h = *find(p, session);
    if (h)
      enqueue(p, h, (size_t)length);
    else if (write(p->tun, p->buffer, (size_t)length) < 0)
      continue; /* as any router that is out of buffers: dropped */
  }
  return BATCH;
}

static void replay_queue(struct park *p, struct held *h) {
  struct packet *packet;
  while ((packet = STAILQ_FIRST(&h->queue))) {
    STAILQ_REMOVE_HEAD(&h->queue, next);
    give_back_hop(packet->data);
    if (write(p->tun, packet->data, packet->length) == (ssize_t)packet->length) {
      h->stats.packets++;
      h->stats.bytes += packet->length;
    } else {
      h->stats.dropped++;
    }
    h->packets--;
    h->bytes -= packet->length;
    p->packets--;
    p->bytes -= packet->length;
    free(packet);
  }
}

/* ---- the thread ----------------------------------------------------------------------------------------------------
 */

/* Ends the holds that are over; returns the time of the next end, or UINT64_MAX. */
static uint64_t expire(struct park *p) {
  uint64_t now = now_us(), next = UINT64_MAX;
  for (unsigned b = 0; b < BUCKETS; b++) {
    for (struct held *h = p->held[b]; h; h = h->next) {
      if (h->expired)
        continue;
      if (h->deadline_us <= now) {
        h->expired = true;
        h->stats.held_us = now - h->since_us;
        drop_queue(p, h);
        p->config.expired(h->session, p->config.data);
      } else if (h->deadline_us < next) {
        next = h->deadline_us;
      }
    }
  }
  return next;
}

static int milliseconds_until(uint64_t when_us) {
  if (when_us == UINT64_MAX)
    return -1;
  uint64_t now = now_us();
  return when_us <= now ? 0 : (int)((when_us - now) / 1000 + 1);
}

static void *run(void *data) {
  struct park *p = data;
  struct pollfd ready[] = {{.fd = p->tun, .events = POLLIN}, {.fd = p->wake, .events = POLLIN}};
  for (;;) {
    pthread_mutex_lock(&p->lock);
    bool ending = p->ending;
    bool more = !ending && read_batch(p) == BATCH;
    uint64_t next_us = expire(p);
    pthread_mutex_unlock(&p->lock);
    if (ending)
      return NULL;
    if (poll(ready, 2, more ? 0 : milliseconds_until(next_us)) < 0 && errno != EINTR)
      abort(); /* both descriptors are ours and open */
    eventfd_t count;
    if (ready[1].revents)
      eventfd_read(p->wake, &count);
  }
}

/* ---- interface -----------------------------------------------------------------------------------------------------
 */

static int open_tun(const char *link, int *out, struct error *err) {
  cleanup_close int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return error_sys(err, "opening /dev/net/tun, which the gateway needs");
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", link);
  if (ioctl(fd, TUNSETIFF, &request) < 0) {
    if (errno == EBUSY)
      return error_set(err, MOBIDESK_CONFLICT, "the device `%s` is in use: a gateway of this instance runs already",
                       link);
    return error_sys(err, "making the tun device `%s`", link);
  }
  *out = steal_fd(&fd);
  return 0;
}

int park_open(const struct park_config *config, struct park **out, struct error *err) {
  struct park *p = calloc(1, sizeof *p);
  if (!p)
    return error_sys(err, "making the park");
  p->config = *config;
  p->tun = p->wake = -1;
  pthread_mutex_init(&p->lock, NULL);
  if (open_tun(config->link, &p->tun, err) < 0) {
    park_close(p);
    return -1;
  }
  p->wake = eventfd(0, EFD_CLOEXEC);
  if (p->wake < 0) {
    error_sys(err, "making the park's eventfd");
    park_close(p);
    return -1;
  }
  *out = p;
  return 0;
}

int park_start(struct park *p, struct error *err) {
  errno = pthread_create(&p->thread, NULL, run, p);
  if (errno)
    return error_sys(err, "starting the park's thread");
  p->started = true;
  return 0;
}

void park_close(struct park *p) {
  if (!p)
    return;
  if (p->started) {
    pthread_mutex_lock(&p->lock);
    p->ending = true;
    pthread_mutex_unlock(&p->lock);
    wake(p);
    pthread_join(p->thread, NULL);
  }
  for (unsigned b = 0; b < BUCKETS; b++)
    while (p->held[b])
      remove_held(p, &p->held[b]);
  clean_close(&p->tun);
  clean_close(&p->wake);
  pthread_mutex_destroy(&p->lock);
  free(p);
}

int park_hold(struct park *p, in_addr_t session, struct error *err) {
  pthread_mutex_lock(&p->lock);
  struct held **at = find(p, session);
  if (*at && (*at)->expired)
    remove_held(p, at);
  at = find(p, session);
  if (!*at && (*at = calloc(1, sizeof **at))) {
    (*at)->session = session;
    (*at)->since_us = now_us();
    STAILQ_INIT(&(*at)->queue);
  }
  bool held = *at;
  if (held)
    (*at)->deadline_us = now_us() + p->config.hold_us;
  else
    error_sys(err, "holding a session's packets");
  pthread_mutex_unlock(&p->lock);
  if (held)
    wake(p);
  return held ? 0 : -1;
}

/* Writes until nothing is left or has come; with a bound, see DRAIN_LIMIT_US. */
static void drain(struct park *p, struct held *h) {
  uint64_t end_us = now_us() + DRAIN_LIMIT_US;
  unsigned came;
  do {
    replay_queue(p, h);
    came = read_batch(p);
  } while ((h->packets > 0 || came == BATCH) && now_us() < end_us);
}

int park_release(struct park *p, in_addr_t session, int (*flip)(in_addr_t session, void *data, struct error *err),
                 void *data, mobidesk_hold_stats *out, struct error *err) {
  *out = (mobidesk_hold_stats){0};
  pthread_mutex_lock(&p->lock);
  struct held *h = *find(p, session);
  if (h && !h->expired)
    drain(p, h);
  int result = flip(session, data, err);
  if (h && result == 0) {
    if (!h->expired) {
      drain(p, h);
      h->stats.held_us = now_us() - h->since_us;
    }
    *out = h->stats;
    remove_held(p, find(p, session));
  }
  pthread_mutex_unlock(&p->lock);
  return result;
}

void park_forget(struct park *p, in_addr_t session) {
  pthread_mutex_lock(&p->lock);
  struct held **at = find(p, session);
  if (*at)
    remove_held(p, at);
  pthread_mutex_unlock(&p->lock);
}
