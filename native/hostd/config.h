/*
 * The daemon's configuration: a file of `key = value` lines, `#` starts a comment. Unknown keys are refused. Read once.
 */
#ifndef MOBIDESK_CONFIG_H
#define MOBIDESK_CONFIG_H

#include "error.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CONFIG_USERS_MAX 32

struct config {
  char instance[41];            /* in the names of cgroups and devices: [a-z0-9-], unique on this machine */
  bool server, gateway;         /* role = server | gateway | both */
  char run_dir[PATH_MAX / 4];   /* sockets, mount points: /run/mobidesk */
  char state_dir[PATH_MAX / 4]; /* records that survive a restart: /var/lib/mobidesk */
  char templates_dir[PATH_MAX / 4];
  char storage_dir[PATH_MAX / 4]; /* session disks and stored images; the storage tier */
  char images_dir[PATH_MAX / 4];  /* checkpoint images in memory; a tmpfs is mounted here when there is none */
  char criu_tree[PATH_MAX / 4];   /* root of the tree that CRIU runs in */
  char libexec_dir[PATH_MAX / 4]; /* where mobidesk-criu is; default: next to the daemon */
  char keys_dir[PATH_MAX / 4];    /* keys of images (image_keys.h): /etc/mobidesk/image-keys */
  char storage_key[64];           /* the key in it that kept images are encrypted with; empty: none can be kept */
  char session_network[32];       /* network of the sessions' addresses, "10.74.0.0/16" */
  char gateway_address[16];   /* the proxy's address on the servers' subnet; empty: this host is the proxy as well */
  char session_network6[50];  /* IPv6 network of the sessions' addresses, 96 bits; empty: sessions have no IPv6 */
  char gateway_address6[46];  /* server: the proxy's IPv6 address on the servers' network */
  char physical_network6[50]; /* server: IPv6 network of 64 bits that is routed to this server */
  char dns_server[16];        /* gateway: resolver of the sessions; empty: the host's, "none": none */
  char gateway_interface[16]; /* gateway: interface that leads to outside hosts; empty: the default route's */
  uint32_t session_ports;     /* gateway: ports of the proxy that are each session's own; 0: none */
  uint32_t gateway_shortcut;  /* gateway: 1: conversations under way go past the host's rules, gateway_shortcut.h */
  char network_key[PATH_MAX / 4]; /* file with what servers and gateways know each other by; the same everywhere */
  char physical_pool[32];         /* server: addresses of its subnet that are its to give, "10.73.0.128/26" */
  char dhcp_server[16];           /* server: who gives addresses of the pool; empty: the server itself does */
  char virtual_address[16];       /* server: what sessions see as theirs: "first", or one address for all */
  char closed_networks[512];      /* server: what sessions may not reach besides its own networks */
  uint32_t physical_quarantine;   /* server: seconds before a physical address is given to another session */
  uid_t allow_users[CONFIG_USERS_MAX];
  unsigned allow_count;
  uid_t uid_base;        /* host uid of the first session's root */
  uint64_t image_memory; /* bytes of the tmpfs for images; 0: half of the machine's memory */
  uint64_t disk_bytes, memory_bytes;
  uint64_t disk_rate; /* bytes a second; 0: no limit */
  uint32_t cpu_shares, pids;
  uint32_t golden;           /* 1: new sessions are restored from a desktop that has booted before, see golden.h */
  uint32_t decision_seconds; /* server: how long a restored session waits for being let run */
  /* gateway: what is kept of a session's packets while it moves, and of all sessions', and for how long */
  uint32_t hold_packets, hold_total_packets, hold_seconds;
  uint64_t hold_bytes, hold_total_bytes;
};

/* Reads `path`; NULL gives the defaults. Names the file, line and key in its errors. */
int config_load(struct config *c, const char *path, struct error *err);

#endif
