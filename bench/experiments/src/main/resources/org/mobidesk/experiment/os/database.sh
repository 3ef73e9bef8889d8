# Transactions per second of PostgreSQL with four clients: each is on the disk when it is answered.
cd /var/tmp/bench
./as-postgres pg_ctl -D database -l database/log -w start >/dev/null
trap './as-postgres pg_ctl -D database -m fast -w stop >/dev/null' EXIT
./as-postgres pgbench -h /var/tmp/bench/database -n -c 4 -j 2 -t 1000 postgres 2>/dev/null | awk '/^tps/ { print $3 }'
